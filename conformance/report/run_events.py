"""Questions about the events of a run: profile, document, and section of a check, their order and their titles."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import cache
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
_GROUP_LINK = "https://openid.net/wg/ipsie/"  # the IPSIE drafts have no address that stays


def header_of(events: Iterable[CheckEvent]) -> CheckRunEvent:
    """The run's first event: target and settings."""
    return next(event for event in events if event["event"] == "run")


def end_of(events: Iterable[CheckEvent]) -> CheckEndEvent:
    """The run's last event: result, exit code, and totals."""
    return next(event for event in events if event["event"] == "end")


def checks_of(events: Iterable[CheckEvent]) -> list[CheckResultEvent]:
    """The checks in an order that does not depend on which thread was faster: profile, document, section, id."""
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
    """What a run left behind in sentences; every run that cleaned up has at least one."""
    lines = []
    for event in events:
        if event["event"] == "cleanup":
            count, unverified = len(event["left"]), event.get("unverified", [])
            if count:
                lines.append(f"{count} resources could not be removed")
            lines += [f"what remains could not be verified: {reason}" for reason in unverified]
            if not lines:
                lines.append("nothing remains of what the run created")
    return lines


def trimmed_of(events: Iterable[CheckEvent]) -> TrimmedEvent | None:
    """How much a report left out of the run; None for a whole run."""
    return next((event for event in events if event["event"] == "trimmed"), None)


def counts_of(checks: Iterable[CheckResultEvent]) -> Counter[str]:
    """How often each verdict was given."""
    return Counter(event["verdict"] for event in checks)


def profile_of(event: CheckResultEvent) -> str:
    """Whose demands the check judges by: `rfc`, `entra` …"""
    return str(event.get("profile") or event["document"]).lower()


def profile_title(profile: str) -> str:
    """A profile in words; a name that is unknown here stands for itself."""
    return PROFILES[profile].title if profile in PROFILES else OF_CLIENTS.get(profile, profile)


def document_name(document: str) -> str:
    """`RFC 7644` for RFC7644; other documents by their short names."""
    return f"RFC {document[3:]}" if document.startswith("RFC") and document[3:].isdigit() else document


def section_title(document: str, section: str) -> str:
    """A section in a few words; empty when the table has none."""
    if section.startswith("E") and section[1:].isdigit():
        return f"Erratum {section[1:]}"
    return _titles().get((document, section), "")


def link_of(row: Requirement) -> str:
    """Where the sentence is written."""
    if not row.rfc.startswith("RFC"):
        return _LINKS.get(row.rfc, _GROUP_LINK).format(section=row.section)
    if row.section.startswith("E"):
        return f"https://www.rfc-editor.org/errata/eid{row.section[1:]}"
    return f"https://www.rfc-editor.org/rfc/{row.rfc.lower()}#section-{row.section}"


def profile_rank(profile: str) -> tuple[int, str]:
    """The profiles in the order of their table; strangers last."""
    order = [*PROFILES, *OF_CLIENTS]
    return (order.index(profile) if profile in order else len(order), profile)


def section_rank(section: str) -> tuple[tuple[int, int | str], ...]:
    """3.10 comes after 3.9, errata after all sections."""
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in section.split("."))


def place_rank(event: CheckResultEvent) -> tuple[Any, ...]:
    """Documents that are written before what is generated, each by its sections."""
    document = event["document"]
    return document not in _documents(), document, section_rank(event["section"])


def seconds_of(events: Iterable[CheckEvent]) -> float:
    """The run's length, from its first request to its last, in seconds."""
    moments = [moment for event in events for moment in _moments(event)]
    if not moments:
        return 0.0
    return (datetime.fromisoformat(max(moments)) - datetime.fromisoformat(min(moments))).total_seconds()


def requests_of(events: Iterable[CheckEvent]) -> int:
    """How many requests the run sent; a page that was read again knows it though it lacks most of them."""
    known = list(events)
    trimmed = trimmed_of(known)
    return trimmed["exchanges"] if trimmed else sum(event["event"] == "exchange" for event in known)


def network_fault_lines(events: Iterable[CheckEvent]) -> list[str]:
    """Throttling and lost responses of the run, one sentence each."""
    told: list[str] = []
    for event in events:
        if event["event"] == "weather":
            sentences = (
                (event["throttled"], "the target throttled {} requests, which were retried after waiting"),
                (event["retried"], "{} reads were retried because there was no response"),
                (event["no_answers"], "{} requests got no response"),
            )
            told += [sentence.format(count) for count, sentence in sentences if count]
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
