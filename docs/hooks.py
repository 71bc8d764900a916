"""MkDocs hook: adds the pages that are generated from the code, and everything outside docs/ that a page links to."""

from __future__ import annotations

import importlib
import os
import posixpath
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, get_args

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

DOCS = Path(__file__).parent
ROOT = DOCS.parent
# Pages of the site that live at the top of the repository.
FROM_ROOT = {
    "index.md": "README.md",
    "contributing.md": "CONTRIBUTING.md",
    "security.md": "SECURITY.md",
    "changelog.md": "CHANGELOG.md",
}
LINK = re.compile(r"\]\(([^)#:\s]+)(#[^)\s]*)?\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Replace each folder in the navigation with its pages, and set the address of the published site.

    A folder without pages is removed. The workflow that publishes the site sets SITE_URL; a local build needs no address.
    """
    sys.path.insert(0, str(ROOT))  # MkDocs has removed the path of its hooks by now
    known = [*generated(), *(path.relative_to(DOCS).as_posix() for path in sorted(DOCS.rglob("*.md")))]
    config.nav = _expanded(config.nav or [], known)
    config.site_url = os.environ.get("SITE_URL", config.site_url)
    return config


def _expanded(entries: Sequence[Any], known: Sequence[str]) -> list[Any]:
    found: list[Any] = []
    for entry in entries:
        ((title, value),) = entry.items()
        if isinstance(value, list):
            found.append({title: _expanded(value, known)})
        elif not value.endswith("/"):
            found.append(entry)
        elif pages := [page for page in known if page.startswith(value)]:
            found.append({title: sorted(pages, key=lambda page: (not page.endswith("/index.md"), pages.index(page)))})
    return found


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages, and the files of the repository that pages link to, below `source/`."""
    for path, text in generated().items():
        files.append(File.generated(config, path, content=text))
    for target in sorted({target for path in known_pages() for target in _outside(path)}):
        for source in sorted(path for path in (target, *target.rglob("*")) if path.is_file()):
            if "__pycache__" not in source.parts:
                files.append(File.generated(config, _place_of(source), abs_src_path=str(source)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Rewrite links that leave docs/: they lead to another page of the site, or below `source/`."""
    path = page.file.src_uri
    written = Path(posixpath.normpath(posixpath.join("docs", path))) if path not in FROM_ROOT else Path(FROM_ROOT[path])

    def rewritten(match: re.Match[str]) -> str:
        target = (ROOT / written.parent / match[1]).resolve()
        if not target.exists():
            return match[0]
        return f"]({posixpath.relpath(_place_of(target), posixpath.dirname(path) or '.')}{match[2] or ''})"

    return LINK.sub(rewritten, markdown)


def _place_of(target: Path) -> str:
    """Where a file of the repository is on the site; a folder is shown by its first file."""
    for page, source in FROM_ROOT.items():
        if target == ROOT / source:
            return page
    if target.is_relative_to(DOCS) and target.is_file():
        return target.relative_to(DOCS).as_posix()
    first = target if target.is_file() else min(path for path in target.rglob("*") if path.is_file())
    if target.is_relative_to(DOCS):
        return first.relative_to(DOCS).as_posix()
    return f"source/{first.relative_to(ROOT).as_posix().lstrip('.')}"  # MkDocs leaves out names that begin with a dot


def known_pages() -> list[Path]:
    """Every page that a person wrote."""
    return [*(ROOT / name for name in FROM_ROOT.values() if (ROOT / name).exists()), *sorted(DOCS.rglob("*.md"))]


def _outside(page: Path) -> Iterator[Path]:
    """What a page links to outside docs/ that is not a page of the site itself."""
    for target, _ in LINK.findall(page.read_text("utf-8")):
        path = (page.parent / target).resolve()
        if path.exists() and path.is_relative_to(ROOT) and not path.is_relative_to(DOCS) and path not in known_pages():
            yield path


@cache
def generated() -> dict[str, str]:
    """Path below docs/ → Markdown of each generated page."""
    pages = {page: (ROOT / source).read_text("utf-8") for page, source in FROM_ROOT.items()}
    pages["reference/exit-codes.md"] = _exit_codes(pages["index.md"])
    pages["reference/knobs.md"] = _knobs()
    return pages | _command_line() | _python() | _checks() | _defects() | _clients()


def _exit_codes(readme: str) -> str:
    section = re.search(r"^## Exit codes\n(.*?)(?=^## )", readme, re.M | re.S)
    assert section, "README.md: expected a section with the title Exit codes"
    # The links of the README start at the top of the repository.
    return f"# Exit codes\n{section[1]}".replace("](docs/", "](../")


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = [[cell.replace("\n", " ").replace("|", "\\|") for cell in row] for row in (titles, *rows)]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join([lines[0], f"|{' --- |' * len(titles)}", *lines[1:]]) + "\n"


def _code(text: object) -> str:
    return f"`{text}`" if str(text) else ""


def _knobs() -> str:
    from simulator.entra.settings import EntraSettings

    rows = [[_code(name), _code(default), values, why] for name, default, values, why in EntraSettings.described()]
    return (
        "# Knobs\n\nA knob changes one behavior of the simulated Entra ID. Set it with `--knob NAME=VALUE` or in the"
        " `provider` section of a [scenario](../simulate.md).\n\n"
        + _table(["knob", "default", "values", "meaning"], rows)
    )


def _command_line() -> dict[str, str]:
    from scimulator import PANELS, function_of

    folder, index = (
        "reference/command-line",
        ["# Command line\n\n`scimulator COMMAND --help` shows the same information.\n"],
    )
    pages = {}
    for panel, commands in PANELS.items():
        rows = [[f"[{name}]({name}.md)", summary] for name, (_, summary) in commands.items()]
        index.append(f"## {panel}\n\n{_table(['command', 'purpose'], rows)}")
        for name, (module, _) in commands.items():
            function = getattr(importlib.import_module(module), function_of(name))
            pages[f"{folder}/{name}.md"] = _command(name, function)
    return {f"{folder}/index.md": "\n".join(index), **pages}


def _command(name: str, function: Any) -> str:
    import typer

    app = typer.Typer()
    app.command(name)(function)
    command = typer.main.get_command(app)
    text, _, example = (function.__doc__ or "").partition("Example: ")
    lines = [f"# scimulator {name}\n", *(line.strip() for line in text.strip().splitlines()), ""]
    lines += [f"```\n{example.strip()}\n```\n"] if example else []
    visible = [each for each in command.params if not getattr(each, "hidden", False)]
    arguments = [each for each in visible if each.param_type_name == "argument"]
    if arguments:
        rows = [[_code(each.metavar or each.name.upper()), getattr(each, "help", "") or ""] for each in arguments]
        lines += ["## Arguments\n", _table(["argument", "meaning"], rows)]
    panels: dict[str, list[Any]] = {}
    for option in visible:
        if option.param_type_name == "option" and option.name not in ("install_completion", "show_completion"):
            panels.setdefault(getattr(option, "rich_help_panel", None) or "Options", []).append(option)
    for panel, options in panels.items():
        titles = ["option", "meaning", "default", "environment"]
        lines += [f"## {panel}\n", _table(titles, [_option(each) for each in options])]
    return "\n".join(lines)


def _option(option: Any) -> list[str]:
    names = ", ".join(_code(name) for name in (*option.opts, *option.secondary_opts))
    choices = "|".join(str(choice) for choice in get_args(option.type_descriptor.annotation) if isinstance(choice, str))
    value = "" if option.is_flag or option.count else choices or option.metavar or "VALUE"
    default = option.default if isinstance(option.default, str | int | float) else ""
    if option.is_flag:
        default = option.opts[0] if option.secondary_opts and default else ""
    variables = [option.envvar] if isinstance(option.envvar, str) else option.envvar or []
    return [f"{names} {_code(value)}", option.help or "", _code(default), ", ".join(map(_code, variables))]


def _python() -> dict[str, str]:
    """A page for the exported names of each package, which mkdocstrings fills from their docstrings."""
    folder, rows, pages = "reference/python", [], {}
    for package in ("conformance", "simulator", "reference_server"):
        module = importlib.import_module(package)
        names = sorted(module.__all__, key=str.casefold)
        rows.append([f"[{package}]({package}.md)", str(module.__doc__).partition("\n")[0]])
        pages[f"{folder}/{package}.md"] = f"# {package}\n\n" + "\n".join(
            f"::: {package}.api.{name}\n" for name in names
        )
    intro = "# Python classes and functions\n\n[Python API](../../python.md) shows how to use them.\n"
    return {f"{folder}/index.md": f"{intro}\n{_table(['package', 'content'], rows)}", **pages}


def _checks() -> dict[str, str]:
    from conformance.requirements.profiles import PROFILES
    from conformance.run.collect import collect

    folder, rows, pages = "reference/checks", [], {}
    for profile, facts in PROFILES.items():
        if facts.essentials:
            continue
        found = collect([profile])
        for place, checks in groupby(sorted(found, key=lambda each: each.folder), key=lambda each: each.folder):
            name = profile if len(facts.folders) == 1 else place.replace("_", "-")
            by_function = {check.function: check for check in reversed(list(checks))}
            rows.append([f"[{name}]({name}.md)", _code(profile), facts.title, str(len(by_function))])
            pages[f"{folder}/{name}.md"] = _checks_page(name, profile, list(by_function.values()))
    index = "# Checks\n\nEach page lists the checks of one profile or document, with the requirement, the impact, and the fix.\n"
    table = _table(["page", "profile", "source", "checks"], rows)
    return {f"{folder}/index.md": f"{index}\n{table}", **pages}


def _checks_page(name: str, profile: str, checks: Sequence[Any]) -> str:
    from conformance.report.run_events import document_name, section_rank, section_title

    lines = ["---\nhide: [toc]\n---", f"# Checks: {re.sub('^rfc', 'RFC ', name)}\n"]
    option = "" if profile == "rfc" else f" --profile {profile}"
    lines += [
        f"Run these checks with `scimulator check{option or ' --profile rfc'}`, or one of them with `-k` and its name.\n"
    ]
    ordered = sorted(checks, key=lambda each: (each.document, section_rank(each.section), each.title))
    for (document, section), group in groupby(ordered, key=lambda each: (each.document, each.section)):
        lines.append(f"## {document_name(document)} {section} {section_title(document, section)}".rstrip() + "\n")
        for check in group:
            lines += _check(check)
    return "\n".join(lines)


def _check(check: Any) -> list[str]:
    from conformance.report.run_events import link_of
    from conformance.requirements.catalogue import catalogue

    excepted = ", except where the title says that it is a warning" if "warning" in check.title else ""
    verdict = f"fails the run{excepted}" if check.failing.value == "FAIL" else "is a warning"
    lines = [f"### {_plain(check.title.partition(' [')[0])} {{ #{check.function} }}\n"]
    lines.append(f"`{check.function}`. A deviation {verdict}.\n")
    for row in (catalogue()[id_] for id_ in check.facts.ids):
        lines.append(f"- **Requirement** [{row.id}]({link_of(row)}) ({row.level}): {_plain(row.requirement)}")
    lines += [f"- **Impact:** {_plain(check.facts.consequence)}"] if check.facts.consequence else []
    lines += [f"- **Fix:** {_plain(check.facts.fix)}"] if check.facts.fix else []
    return [*lines, ""]


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, except that code in backticks stays code."""
    parts = text.split("`")
    escaped = [
        re.sub(r"([\\*_<>\[\]{}#])", r"\\\1", part) if index % 2 == 0 else part for index, part in enumerate(parts)
    ]
    return "`".join(escaped).replace("\\<", "&lt;").replace("\\>", "&gt;")


def _defects() -> dict[str, str]:
    from conformance.defects.catalogue import defects

    folder, rows, pages = "reference/defects", [], {}
    every: Mapping[str, Any] = defects()
    for topic, group in groupby(
        sorted(every.values(), key=lambda each: (each.topic, each.name)), key=lambda each: each.topic
    ):
        found = list(group)
        rows.append([f"[{topic}]({topic}.md)", str(len(found))])
        cells = [
            [
                _code(each.name),
                _plain(each.breaks),
                "<br>".join(map(_code, each.killed_by)),
                each.verdict,
                _plain(each.source),
            ]
            for each in found
        ]
        titles = ["defect", "what the server does", "found by", "verdict", "source"]
        pages[f"{folder}/{topic}.md"] = f"---\nhide: [toc]\n---\n# Defects: {topic}\n\n{_table(titles, cells)}"
    intro = "# Defects\n\nThe suite is tested with seeded defects: each one makes the reference server break one rule."
    serve = (
        "`scimulator defect NAME` serves one of them, and [Write a defect](../../defects.md) explains how to add one.\n"
    )
    return {f"{folder}/index.md": f"{intro} {serve}\n{_table(['topic', 'defects'], rows)}", **pages}


def _clients() -> dict[str, str]:
    from conformance.client.rule import rules
    from conformance.client.situation import situations

    served = [
        [_code(each.name), _plain(each.title), _plain(each.needs), each.verdict, _plain(each.fix)]
        for each in situations().values()
    ]
    judged = [
        [_code(each.name), each.profile, _plain(each.title), each.verdict, "<br>".join(each.requirements)]
        for each in rules().values()
    ]
    situation = _table(["situation", "what is required", "what the client must do", "otherwise", "usual fix"], served)
    rule = _table(["rule", "profile", "what is required", "otherwise", "requirements"], judged)
    intro = "`scimulator check-client` serves these situations; each has a base URL of its own."
    return {
        "reference/situations.md": f"---\nhide: [toc]\n---\n# Situations for clients\n\n{intro}\n\n{situation}",
        "reference/client-rules.md": f"---\nhide: [toc]\n---\n# Rules for clients\n\n{rule}",
    }
