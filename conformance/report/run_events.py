"""Functions that read the events of a run: profile, document, and section of a check, and their order and titles."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from conformance.requirements.catalogue import Requirement, catalogue
from conformance.requirements.profiles import OF_CLIENTS, PROFILES
from conformance.requirements.verdict import Verdict
from simulator.stream.events import (
    CheckEndEvent,
    CheckEvent,
    CheckResultEvent,
    CheckRunEvent,
    ExchangeEvent,
    PreflightEvent,
    TrimmedEvent,
)
from simulator.wording import counted, pluralize

BAD = ("FAIL", "UNDECIDED")
WORDS = {
    Verdict.PASS: "pass",
    Verdict.FAIL: "fail",
    Verdict.WARN: "warn",
    Verdict.NOTE: "note",
    Verdict.NOT_OFFERED: "not offered",
    Verdict.NOT_EXERCISED: "not exercised",
    Verdict.UNDECIDED: "undecided",
    Verdict.WAIVED: "waived",
}
_LINKS = {"INTEROP": "https://datatracker.ietf.org/doc/html/draft-zollner-scim-interop-profile-01#section-{section}"}
_GROUP_LINK = "https://openid.net/wg/ipsie/"  # the IPSIE drafts have no permanent URL


def header_of(events: Iterable[CheckEvent]) -> CheckRunEvent:
    """The run's first event: target and settings."""
    return next(event for event in events if event["event"] == "run")


def title_of(header: CheckRunEvent) -> str:
    """The title of a report."""
    return "SCIM conformance of a client" if "client" in header["settings"] else "SCIM conformance"


def end_of(events: Iterable[CheckEvent]) -> CheckEndEvent:
    """The run's last event: result, exit code, and totals."""
    return next(event for event in events if event["event"] == "end")


def checks_of(events: Iterable[CheckEvent]) -> list[CheckResultEvent]:
    """The checks in an order that does not depend on the timing of threads: profile, document, section, id."""
    checks = [event for event in events if event["event"] == "check"]
    return sorted(checks, key=lambda e: (profile_rank(profile_of(e)), *place_rank(e), e["id"]))


def exchanges_of(events: Iterable[CheckEvent]) -> dict[int, ExchangeEvent]:
    """The requests with their responses, by number."""
    return {event["number"]: event for event in events if event["event"] == "exchange"}


def preflight_of(events: Iterable[CheckEvent]) -> list[PreflightEvent]:
    """The probes before the first check, in their order."""
    return [event for event in events if event["event"] == "preflight"]


def left_of(events: Iterable[CheckEvent]) -> list[str]:
    """URLs of the resources that the run could not remove."""
    return [url for event in events if event["event"] == "cleanup" for url in event["left"]]


def remains_lines(events: Iterable[CheckEvent]) -> list[str]:
    """Sentences about the resources that remain after a run. A run that cleaned up has at least one."""
    lines = []
    for event in events:
        if event["event"] == "cleanup":
            count, unverified = len(event["left"]), event.get("unverified", [])
            if count:
                lines.append(f"{counted(count, 'resource')} could not be removed")
            lines += [f"what remains could not be verified: {reason}" for reason in unverified]
            if not lines:
                lines.append("nothing remains of what the run created")
    return lines


def trimmed_of(events: Iterable[CheckEvent]) -> TrimmedEvent | None:
    """How much a report omits from the run; None for a complete run."""
    return next((event for event in events if event["event"] == "trimmed"), None)


def serious_of(header: CheckRunEvent) -> tuple[str, ...]:
    """The verdicts that count as failures, besides UNDECIDED."""
    return ("FAIL", "WARN") if header["settings"].get("level") == "should" else ("FAIL",)


def counts_of(checks: Iterable[CheckResultEvent]) -> Counter[str]:
    """The number of checks with each verdict."""
    return Counter(event["verdict"] for event in checks)


def profile_of(event: CheckResultEvent) -> str:
    """The profile whose requirements the check tests, such as `rfc` or `entra`."""
    return str(event.get("profile") or event["document"]).lower()


def profile_title(profile: str) -> str:
    """The title of a profile; an unknown name is returned as it is."""
    return PROFILES[profile].title if profile in PROFILES else OF_CLIENTS.get(profile, profile)


def document_name(document: str) -> str:
    """The display name of a document, such as `RFC 7644` for RFC7644."""
    return f"RFC {document[3:]}" if document.startswith("RFC") and document[3:].isdigit() else document


def section_title(document: str, section: str) -> str:
    """A short title of a section; empty if the table has none."""
    if section.startswith("E") and section[1:].isdigit():
        return f"Erratum {section[1:]}"
    return _titles().get((document, section), "")


def link_of(row: Requirement) -> str:
    """The URL of the document at which a requirement can be read."""
    if not row.rfc.startswith("RFC"):
        return _LINKS.get(row.rfc, _GROUP_LINK).format(section=row.section)
    if row.section.startswith("E"):
        return f"https://www.rfc-editor.org/errata/eid{row.section[1:]}"
    return f"https://www.rfc-editor.org/rfc/{row.rfc.lower()}#section-{row.section}"


@lru_cache(maxsize=64)
def profile_rank(profile: str) -> tuple[int, str]:
    """The position in the table of profiles; unknown profiles come last."""
    order = [*PROFILES, *OF_CLIENTS]
    return (order.index(profile) if profile in order else len(order), profile)


@lru_cache(maxsize=1024)  # a run has thousands of checks of few sections, and they are sorted several times
def section_rank(section: str) -> tuple[tuple[int, int | str], ...]:
    """Sort key of a section: 3.10 comes after 3.9, and errata come after all sections."""
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in section.split("."))


def place_rank(event: CheckResultEvent) -> tuple[Any, ...]:
    """Sort key: documents with written checks come before generated checks, each by section."""
    document = event["document"]
    return document not in _documents(), document, section_rank(event["section"])


def seconds_of(events: Iterable[CheckEvent]) -> float:
    """The duration of the run in seconds. Of a run that was stopped, only the time of the requests is known."""
    known = list(events)
    for event in known:
        if event["event"] == "end" and "wall_seconds" in event["summary"]:
            return event["summary"]["wall_seconds"]
    moments = [moment for event in known for moment in _moments(event)]
    if not moments:
        return 0.0
    return (datetime.fromisoformat(max(moments)) - datetime.fromisoformat(min(moments))).total_seconds()


def requests_of(events: Iterable[CheckEvent]) -> int:
    """The number of requests of the run, even if a report omits most of them."""
    known = list(events)
    trimmed = trimmed_of(known)
    return trimmed["exchanges"] if trimmed else sum(event["event"] == "exchange" for event in known)


def network_fault_lines(events: Iterable[CheckEvent]) -> list[str]:
    """Throttling and lost responses of the run, one sentence each."""
    told: list[str] = []
    for event in events:
        if event["event"] == "network_faults":
            if throttled := event["throttled"]:
                again = pluralize(throttled, "which was retried", "which were retried")
                told.append(f"the target throttled {counted(throttled, 'request')}, {again} after waiting")
            if retried := event["retried"]:
                told.append(f"{counted(retried, 'read was', 'reads were')} retried because there was no response")
            if event["no_answers"]:
                told.append(f"{counted(event['no_answers'], 'request')} got no response")
    return told


def _moments(event: CheckEvent) -> list[str]:
    if event["event"] == "exchange":
        return [event["started_at"]]
    if event["event"] == "trimmed":
        return [moment for moment in (event.get("began_at"), event.get("ended_at")) if moment]
    return []


@cache
def _documents() -> frozenset[str]:
    return frozenset(row.rfc for row in catalogue().values())


@cache
def _titles() -> dict[tuple[str, str], str]:
    content = (files("conformance.report") / "sections.csv").read_text("utf-8")
    return {(row["document"], row["section"]): row["title"] for row in csv.DictReader(content.splitlines())}
