"""Coverage: every testable requirement of the documents, and its state after this run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.report.run_events import checks_of, profile_of, profile_rank, section_rank
from conformance.requirements.catalogue import Requirement, catalogue
from conformance.requirements.verdict import Verdict, merged
from simulator.stream.events import CheckEvent, CheckResultEvent

NO_CHECK = "not run"
STATES = ("passed", "failed", "warned", "not offered", "not exercised", "undecided", "waived", NO_CHECK)
# NOTE counts as passed, because the document leaves the behavior open.
_STATE_OF = {
    Verdict.PASS: "passed",
    Verdict.NOTE: "passed",
    Verdict.FAIL: "failed",
    Verdict.WARN: "warned",
    Verdict.NOT_OFFERED: "not offered",
    Verdict.NOT_EXERCISED: "not exercised",
    Verdict.UNDECIDED: "undecided",
    Verdict.WAIVED: "waived",
}
# The profile of each document. Its own checks decide the rows whose ids begin with the name of the document.
OWNERS = {
    "rfc": ("RFC7643-", "RFC7644-", "RFC6750-"),
    "client": ("RFC7643-", "RFC7644-", "RFC6750-", "RFC9865-"),
    "client-interop": ("INTEROP-",),
    "client-ipsie": ("IPSIE-",),
    "cursor": ("RFC9865-",),
    "interop": ("INTEROP-",),
    "ipsie-al1": ("IPSIE-ALL-", "IPSIE-AL1-"),
    "ipsie-al2": ("IPSIE-ALL-", "IPSIE-AL1-", "IPSIE-AL2-"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement, its state in this run, and the checks that decided it."""

    requirement: Requirement
    state: str
    checks: tuple[CheckResultEvent, ...]


@dataclass(frozen=True, slots=True)
class SectionCoverage:
    """A section of a document under one profile, with its testable rows in order."""

    profile: str
    document: str
    section: str
    rows: tuple[Row, ...]

    @property
    def counts(self) -> Counter[str]:
        return Counter(row.state for row in self.rows)


def coverage(events: Iterable[CheckEvent], rows: Mapping[str, Requirement] | None = None) -> list[SectionCoverage]:
    """The testable rows of the run's profiles, by document and section.

    Testable rows can be observed from outside, apply to servers, and are not only a MAY. The state of a row is the worst
    verdict of the checks of its own profile that name it, or of all checks if its profile has none for it. If a run does not
    include the profile of a document, only the rows that its checks name are shown.
    """
    known = list(events)
    asked = {name for event in known if event["event"] == "run" for name in event["settings"]["profiles"]}
    naming = _by_requirement(checks_of(known))
    found: dict[tuple[str, str, str], list[Row]] = {}
    for row in (rows or catalogue()).values():
        if row.binds_a_client(row.id in naming) if "client" in asked else row.counts:
            for profile in _judges_of(row, asked, naming):
                place = (profile, row.rfc, row.section)
                found.setdefault(place, []).append(_row(row, profile, naming.get(row.id, [])))
    return [SectionCoverage(*place, tuple(found[place])) for place in sorted(found, key=_order)]


def totals(sections: Iterable[SectionCoverage]) -> Counter[str]:
    """States over several sections, with `testable` and `covered` (what a check of this run names)."""
    counts: Counter[str] = Counter()
    for section in sections:
        counts.update(section.counts)
    testable = sum(counts.values())
    return counts + Counter({"testable": testable, "covered": testable - counts[NO_CHECK]})


def worst_state(counts: Mapping[str, int]) -> str:
    """The state of a section that can show only one."""
    order = ("failed", "undecided", "warned", "waived", "passed", "not offered", "not exercised", NO_CHECK)
    return next((state for state in order if counts.get(state)), NO_CHECK)


def _by_requirement(checks: list[CheckResultEvent]) -> dict[str, list[CheckResultEvent]]:
    naming: dict[str, list[CheckResultEvent]] = {}
    for check in checks:
        for id_ in check["requirements"]:
            naming.setdefault(id_, []).append(check)
    return naming


def _judges_of(row: Requirement, asked: set[str], naming: Mapping[str, list[CheckResultEvent]]) -> list[str]:
    """The profiles of this run under which the row is shown."""
    owners = [profile for profile, begins in OWNERS.items() if row.id.startswith(begins)]
    judges = [profile for profile in owners if profile in asked]
    if judges or row.id not in naming:
        return judges
    return [_foremost({profile_of(check) for check in naming[row.id]})]


def _foremost(profiles: set[str]) -> str:
    return min(profiles, key=profile_rank)


def _row(row: Requirement, profile: str, checks: list[CheckResultEvent]) -> Row:
    own = [check for check in checks if profile_of(check) == profile] or checks
    state = _STATE_OF[merged(Verdict(check["verdict"]) for check in own)] if own else NO_CHECK
    return Row(row, state, tuple(own))


def _order(place: tuple[str, str, str]) -> tuple[Any, ...]:
    profile, document, section = place
    documents = list(dict.fromkeys(row.rfc for row in catalogue().values()))
    at = documents.index(document) if document in documents else len(documents)
    return profile_rank(profile), at, section_rank(section)
