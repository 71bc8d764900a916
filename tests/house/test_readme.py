"""What README and docs promise is there: links lead somewhere, and every command they show runs."""

from __future__ import annotations

import importlib
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from reference_server.embedded import EmbeddedServer
from scimulator import COMMANDS, function_of
from tests.support import Command

ROOT = Path(__file__).parents[2]
STORED = ROOT / "tests" / "fixtures" / "store" / "format-1"
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
GENERATED = DOCS / "reference"  # written when the site is built, which checks the links to it
SLOW = ("serve", "demo", "defect", "ui")  # tests/journeys and every server test run these


def commands() -> list[str]:
    """Every `scimulator …` line of a code block, once."""
    pages = [page for page in PAGES if page.name != "CONTRIBUTING.md"]  # test_contributing.py runs its commands
    blocks = [block for page in pages for block in re.findall(r"```\n(.*?)```", page.read_text("utf-8"), re.S)]
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    lines += [example_of(command) for command in COMMANDS]
    lines = [re.sub(r"https://\S+/scim/v2", "https://host/scim/v2", line) for line in lines]
    return sorted({line for line in lines if line.startswith("scimulator ") and line.split()[1] not in SLOW})


def example_of(command: str) -> str:
    """The example on the help page of a command."""
    function = getattr(importlib.import_module(COMMANDS[command][0]), function_of(command))
    return str(function.__doc__.partition("Example: ")[2].splitlines()[0])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    targets = [(page.parent / target).resolve() for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8"))]
    assert [target for target in targets if not target.exists() and not target.is_relative_to(GENERATED)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_sections_lead_to_headings(page: Path) -> None:
    found = re.findall(r"\]\(([^)#:\s]*)#([^)\s]+)\)", page.read_text("utf-8"))
    targets = [((page.parent / name).resolve() if name else page, section) for name, section in found]
    assert [(path.name, section) for path, section in targets if path in PAGES and section not in sections(path)] == []


def sections(page: Path) -> set[str]:
    """The anchors of a page: those of its headings, and those that it sets."""
    text = page.read_text("utf-8")
    headings, anchors = re.findall(r"^#+ (.*)", text, re.M), re.findall(r'<a id="([^"]+)">', text)
    return set(anchors) | {re.sub(r"[^\w\s-]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def saved_files(line: str) -> dict[str, str]:
    """Name → content of each file that a page tells the reader to save, if the command names it."""
    blocks = [
        block
        for page in PAGES
        for block in re.findall(r"[Ss]ave this as `([\w.-]+)`:\n\n```\w+\n(.*?)```", page.read_text("utf-8"), re.S)
    ]
    return {name: content for name, content in blocks if name in line.split()}


def test_make_targets_of_the_readme_exist() -> None:
    named = set(re.findall(r"^make ([a-z-]+)", (ROOT / "README.md").read_text("utf-8"), re.M))
    assert named == {"demo", "test"}
    assert all(f"\n{target}:" in (ROOT / "Makefile").read_text("utf-8") for target in named)


# The sizes are for readers. That a command does what its page says is proved with fewer users, days, and checks.
SMALLER = {
    "--users 50000": "--users 20",
    "--users 1000": "--users 20",
    "--users 50 --days 10": "--users 20 --days 2",
    "--chaos 5": "--chaos 1",
    "simulate leaver": "simulate leaver --days 1",
    "simulate friday-evening-leaver": "simulate friday-evening-leaver --days 1",
    "simulate mover": "simulate mover --days 1",
    "check-client --": "check-client --situation page-cap --",
}


def smaller(line: str) -> str:
    """The same command with less to do."""
    for long, short in SMALLER.items():
        line = line.replace(long, short)
    if line.startswith("scimulator check ") and not re.search(r"--(list|self-test|only|init)|-k ", line):
        line += " -k delete"
    return line


def sizes() -> list[Any]:
    """Every command in its small form, and as written where that is another."""
    small = [pytest.param(smaller(line), id=line) for line in commands()]
    # 50,000 users take several minutes: loadtests/bench/scale.py sends them.
    long = [line for line in commands() if smaller(line) != line and "50000" not in line]
    return small + [pytest.param(line, id=f"{line} as written", marks=pytest.mark.full) for line in long]


@pytest.mark.parametrize("line", sizes())
def test_commands_run(
    line: str,
    scimulator: Command,
    shared_server: EmbeddedServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    """Run in an empty folder, with the URL and token in the place of the reader's."""
    monkeypatch.chdir(tmp_path)
    if "https://" in line:
        # A load run reads everything that its target holds, a simulation turns the target's clock, and a replay finds
        # the users of its tape there already if another command has left them.
        alone = re.match("scimulator (load|simulate|replay)", line)
        server = request.getfixturevalue("monday").server if alone else shared_server
        line = re.sub(r"https://\S+/scim/v2", server.base_url, line).replace('"$SCIM_TOKEN"', server.token)
    if "./data" in line or "moved.jsonl" in line:
        shutil.copytree(STORED, tmp_path / "data")
    for name, content in saved_files(line).items():
        (tmp_path / name).write_text(content, "utf-8")
    for prerequisite in _prerequisites(line):
        _run(prerequisite, scimulator)
    for part in line.split(" && "):
        _run(part, scimulator)


def _prerequisites(line: str) -> list[str]:
    made = {
        "my-life.yaml": "scimulator generate --users 5 --days 1 > my-life.yaml",
        "log run.jsonl": "scimulator simulate mover --days 1 --stream run.jsonl",
        "report run.jsonl": "scimulator simulate mover --days 1 --stream run.jsonl",
        "replay life.tape": "scimulator simulate mover --days 1 --record life.tape",
        "replay shareable.tape": "scimulator simulate mover --days 1 --record shareable.tape",
        "--mapping schema.json": "scimulator mapping > schema.json",
        "--baseline scim-baseline.jsonl": "scimulator check -k delete --stream scim-baseline.jsonl",
        "import --data ./new-data": "scimulator export --data ./data --output moved.jsonl",
    }
    return [command for sign, command in made.items() if sign in line]


def _run(part: str, scimulator: Command) -> None:
    command, _, output = part.partition(" > ")
    shown = scimulator(*shlex.split(command)[1:])
    assert shown.returncode == 0, shown.stdout + shown.stderr
    if output:
        Path(output).write_text(shown.stdout, "utf-8")
