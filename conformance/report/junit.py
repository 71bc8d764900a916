"""JUnit XML of a check run: one suite per profile, a failure for FAIL, and an error for UNDECIDED."""

from __future__ import annotations

from itertools import groupby

from conformance.report.run_events import checks_of, document_name, header_of, left_of, profile_of, section_title
from simulator.report.junit import Case, Finding, Kind, Suite, junit_document
from simulator.stream.events import CheckEvent, CheckResultEvent
from simulator.wording import counted

KINDS: dict[str, Kind] = {
    "FAIL": "failure",
    "UNDECIDED": "error",
    "NOT OFFERED": "skipped",
    "NOT EXERCISED": "skipped",
    "WAIVED": "skipped",
}


def as_junit(events: list[CheckEvent]) -> str:
    """The XML document. In a run with `--level should`, warnings count as failures."""
    strict = header_of(events)["settings"].get("level") == "should"
    kinds: dict[str, Kind] = {**KINDS, "WARN": "failure"} if strict else KINDS
    groups = groupby(checks_of(events), key=profile_of)
    suites = [_suite(profile, list(own), kinds) for profile, own in groups]
    return junit_document("scimulator check", [*suites, _cleanup(left_of(events))])


def _cleanup(left: list[str]) -> Suite:
    """Whether the run removed everything that it created, which decides about its exit code like a check."""
    message = f"{counted(len(left), 'resource')} could not be removed"
    finding = Finding("failure", message, "\n".join(left)) if left else None
    return Suite("cleanup", [Case("cleanup", "all created resources were deleted", finding)], "0.000")


def _suite(profile: str, checks: list[CheckResultEvent], kinds: dict[str, Kind]) -> Suite:
    seconds = sum(check["duration_ms"] for check in checks) / 1000
    return Suite(profile, [_case(check, kinds) for check in checks], f"{seconds:.3f}")


def _case(check: CheckResultEvent, kinds: dict[str, Kind]) -> Case:
    place = (
        f"{document_name(check['document'])} {check['section']} {section_title(check['document'], check['section'])}"
    )
    finding, output = None, None
    if kind := kinds.get(check["verdict"]):
        message = check.get("waiver") or check["message"]
        finding = Finding(kind, f"{check['verdict']}: {message}", _words(check))
    elif check["verdict"] == "WARN":
        output = f"WARN: {check['message']}\n{_words(check)}"
    return Case(
        f"{profile_of(check)}.{place.replace('.', '_').strip()}",
        check["name"],
        finding,
        output,
        f"{check['duration_ms'] / 1000:.3f}",
    )


def _words(check: CheckResultEvent) -> str:
    lines = [check["title"], f"requires: {', '.join(check['requirements'])}"]
    lines += [f"{label}: {check.get(label)}" for label in ("expected", "got", "consequence", "fix") if check.get(label)]
    return "\n".join(lines)
