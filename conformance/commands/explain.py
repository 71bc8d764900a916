"""`scimulator explain`: describes a requirement, section, check, seeded defect, profile, or verdict, with source and example."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any

import typer

from conformance.commands.errors import one_line_errors
from conformance.commands.example_request import example_of
from conformance.defects.described import Described, described
from conformance.report.coverage import OWNERS
from conformance.report.harm import label_of
from conformance.report.run_events import document_name, link_of, section_title
from conformance.requirements.catalogue import STRICT_LEVELS, Requirement, catalogue
from conformance.requirements.profiles import PROFILES
from conformance.requirements.verdict import LEGEND, MARKS, Verdict
from conformance.run.declared import Declared, declared, functions_of
from conformance.settings.bad_input import BadInput
from simulator.wording import counted

MOST = 6
LEVELS = {
    "MUST": "a violation fails the check",
    "MUST NOT": "a violation fails the check",
    "STATED": "a statement without a keyword; a violation fails the check",
    "SHOULD": "a violation is a warning, or a failure with --level should",
    "SHOULD NOT": "a violation is a warning, or a failure with --level should",
    "MAY": "optional, never a failure",
}
PARTIES = {"server": "applies to servers", "client": "applies to clients", "both": "applies to servers and clients"}


class NothingKnown(Exception):
    """There is nothing with that name; the message suggests other names."""


def explain(
    id_: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A requirement, section, check, defect, profile, or verdict; or `profiles` or `verdicts` for a list of them.",
        ),
    ],
) -> None:
    """Explain a requirement, section, check, defect, profile, or verdict: what it requires, why, and where it is specified.

    Example: scimulator explain RFC7644-3.5.2.2-04
    """
    with one_line_errors("explain"):
        try:
            sys.stdout.write(explain_id(id_) + "\n")
        except NothingKnown as error:
            raise BadInput(str(error)) from None


def explain_id(id_: str) -> str:
    """Text for a terminal; raises NothingKnown. Case does not matter, and a check may be named by a part of its name."""
    wanted = id_.strip()
    if wanted.lower() in ("profiles", "verdicts"):
        return _all_profiles() if wanted.lower() == "profiles" else _all_verdicts()
    row = next((row for row in catalogue().values() if row.id.lower() == wanted.lower()), None)
    if row is not None:
        return _requirement(row)
    rows = [row for row in catalogue().values() if _section_of(row).lower() == wanted.lower()]
    if rows:
        return _section(rows)
    verdict = next(
        (known for known in Verdict if known.value == wanted.upper().replace("_", " ").replace("-", " ")), None
    )
    if verdict is not None:
        return f"{MARKS[verdict]} {verdict.value}   {LEGEND[verdict]}"
    if wanted.lower() in PROFILES:
        return _profile(wanted.lower())
    if wanted.lower().replace("_", "-") in described():
        return _defect(described()[wanted.lower().replace("_", "-")])
    names = _matching(wanted)
    if names:
        more = [f"and {len(names) - MOST} more: scimulator check --list -k {wanted}"] if len(names) > MOST else []
        return "\n\n".join([*(_check(check) for check in _named(names[:MOST])), *more])
    raise NothingKnown(f'unknown name "{id_}". {_hint(wanted)}')


def _requirement(row: Requirement) -> str:
    # Some files name only the section and append the numbers of its requirements.
    checks = [check for check in _checks(f"{_section_of(row)}-") if row.id in check.facts.ids]
    lines = [
        f"{row.id}   {row.level}: {LEVELS.get(row.level, '')}; {PARTIES.get(row.party, row.party)}",
        _line("says", row.requirement),
        _line("where", f"{document_name(row.rfc)} {row.section} {section_title(row.rfc, row.section)}".rstrip()),
        _line("", link_of(row)),
        _line("tested by", row.how),
        *(
            [_line("certainty", f"{row.confidence}: the document can be read in more than one way")]
            if row.confidence != "high"
            else []
        ),
        *([_line("testable", "no: the requirement cannot be observed from outside")] if row.testable == "no" else []),
    ]
    for check in checks[:MOST]:
        lines += ["", *_told(check)]
    lines += [] if checks else [_line("check", "none yet")]
    lines += [_line("", f"and {counted(len(checks) - MOST, 'more check')}")] if len(checks) > MOST else []
    lines += [_line("defect", f"{found.name}: {found.breaks}") for found in _defects_of(checks)[:MOST]]
    return "\n".join(lines)


def _section(rows: list[Requirement]) -> str:
    """All requirements of a section, and the sections below it."""
    first, section = rows[0], _section_of(rows[0])
    below = dict.fromkeys(
        _section_of(row) for row in catalogue().values() if _section_of(row).startswith(f"{section}.")
    )
    lines = [
        f"{document_name(first.rfc)} {first.section} {section_title(first.rfc, first.section)}".rstrip(),
        _line("where", link_of(first)),
        "",
        *(f"  {row.id}   {row.level}   {row.requirement}" for row in rows),
    ]
    lines += ["", _line("below it", ", ".join(below))] if below else []
    return "\n".join([*lines, "", _line("more", f"scimulator explain {first.id}")])


def _section_of(row: Requirement) -> str:
    """The name of the section that contains a requirement: RFC7644-3.5.2 for RFC7644-3.5.2-01."""
    return row.id.rpartition("-")[0]


def _check(check: Declared) -> str:
    lines = [*_told(check), ""]
    for id_ in check.facts.ids:
        row = catalogue()[id_]
        lines += [f"  {id_}   {row.level}", _line("says", row.requirement), _line("where", link_of(row))]
    lines += [_line("defect", f"{found.name}: {found.breaks}") for found in _defects_of([check])[:MOST]]
    return "\n".join(lines)


def _told(check: Declared) -> list[str]:
    """A check: its requirement, the impact of a failure, its main request, and how to run it."""
    option = "" if check.profile == "rfc" else f"--profile {check.profile} "
    return [
        _line("check", f"{check.function}   {check.title}"),
        _line(
            "failure", f"{label_of('FAIL', check.facts.level, '')}{'' if _strict(check) else '; reported as a warning'}"
        ),
        *_optional("impact", check.facts.consequence),
        *_optional("fix", check.facts.fix),
        *_optional("sends", example_of(check)),
        _line("profile", f"{check.profile}: {PROFILES[check.profile].title}"),
        _line("file", f"conformance/checks/{check.folder}/{check.file}"),
        _line("run", f"scimulator check --url … {option}-k {check.function}"),
    ]


def _defect(found: Described) -> str:
    """A defect: what it breaks, its source, and the checks that find it."""
    killers = _named(list(found.killed_by))
    lines = [
        f"{found.name}   a seeded defect: a known bug of real servers",
        _line("breaks", found.breaks),
        _line("source", found.source),
        _line("found by", ", ".join(found.killed_by)),
        _line("serve it", f"scimulator defect {found.name}"),
    ]
    for check in killers[:2]:
        lines += ["", *_told(check)]
    return "\n".join(lines)


def _profile(name: str) -> str:
    profile = PROFILES[name]
    judged = "replays a provider's requests and judges by the state afterward" if profile.client else "tests a document"
    rows = [row for row in catalogue().values() if row.counts and row.id.startswith(OWNERS.get(name, ("-",)))]
    lines = [
        f"{name}   {profile.title}",
        _line("how", f"{judged}; its verdicts are not merged with those of other profiles"),
    ]
    lines.append(_line("checks", str(len(functions_of(profile)))))
    lines += [_line("counts", f"{counted(len(rows), 'requirement')} that can be tested from outside")] if rows else []
    lines.append(_line("run", f"scimulator check --url … --profile {name}"))
    return "\n".join(lines)


def _all_profiles() -> str:
    return "\n".join(f"{name:<18}{profile.title}" for name, profile in PROFILES.items())


def _all_verdicts() -> str:
    return "\n".join(f"{MARKS[verdict]} {verdict.value:<15}{LEGEND[verdict]}" for verdict in Verdict)


@cache
def _checks(*mentioning: str) -> list[Declared]:
    """The checks under the first profile that has them; only of files that contain one of the words, if any."""
    return declared(word.lower() for word in mentioning)


@cache
def _names_of_checks() -> list[str]:
    """The functions of all checks, found without parsing their files."""
    return list(dict.fromkeys(name for profile in PROFILES.values() for name in functions_of(profile)))


def _named(functions: list[str]) -> list[Declared]:
    """The checks with these functions. Only the files that name them are parsed."""
    return [check for check in _checks(*functions) if check.function in functions]


def _matching(wanted: str) -> list[str]:
    """The functions of the checks with this name or id, or else of those whose name contains it."""
    word = wanted.rpartition("::")[2].partition("[")[0].lower()
    named = [name for name in _names_of_checks() if word in name.lower()] if word else []
    return [name for name in named if name.lower() in (word, f"test_{word}")] or named


def _defects_of(checks: Iterable[Declared]) -> list[Described]:
    names = {check.function for check in checks}
    return [found for found in described().values() if names & set(found.killed_by)]


def _hint(wanted: str) -> str:
    names: list[str] = [*PROFILES, *(verdict.value for verdict in Verdict), *catalogue(), *described()]
    upper = {name.upper(): name for name in [*names, *_names_of_checks()]}
    begins = [name for key, name in upper.items() if key.startswith(wanted.upper())][:5]
    near = begins or [upper[key] for key in get_close_matches(wanted.upper(), list(upper), 3, 0.6)]
    if near:
        return f"Did you mean {', '.join(near)}?"
    return "Try a requirement such as RFC7644-3.5.2.2-04, the name of a check, `profiles`, or `verdicts`."


def _strict(check: Declared) -> bool:
    return any(catalogue()[id_].level in STRICT_LEVELS for id_ in check.facts.ids)


def _optional(label: str, words: Any) -> list[str]:
    return [_line(label, str(words))] if words else []


def _line(label: str, words: str) -> str:
    return f"  {label:<11}{words}"
