"""The HTML report of a check run: one file with verdict, scope, coverage, causes, checks, exchanges, and legend."""

from __future__ import annotations

from importlib.resources import files

from conformance.report.causes import causes_of
from conformance.report.console import counts_line
from conformance.report.crowd import crowd_lines
from conformance.report.html_checks import causes_html, checks_html, filter_style
from conformance.report.html_coverage import coverage_html, shown_requirements
from conformance.report.packed_events import packed
from conformance.report.run_events import (
    counts_of,
    end_of,
    exchanges_of,
    header_of,
    left_of,
    network_fault_lines,
    preflight_of,
    profile_title,
    remains_lines,
    requests_of,
    seconds_of,
    serious_of,
    title_of,
    trimmed_of,
)
from conformance.report.trim import MAX_BODY, trimmed, with_roots
from conformance.requirements.verdict import LEGEND, MARKS, Verdict
from simulator.report.page import Section, page, table, text
from simulator.stream.events import CheckEndEvent, CheckEvent, CheckResultEvent, CheckRunEvent, TrimmedEvent

LARGEST = 4_600_000  # bytes; pages over 5 MB are slow to open and hard to mail
BUDGETS = (
    1_000_000,
    500_000,
    200_000,
    50_000,
    0,
)  # budgets in characters for exchanges; if the page is too large, the next one is tried


def as_html(events: list[CheckEvent]) -> str:
    """The HTML report. It contains its own events, so `scimulator report page.html` can read it and create the same page."""
    made, events = "", with_roots(events)
    for budget in BUDGETS:
        made = _page(trimmed(events, budget))
        if len(made.encode("utf-8", "replace")) <= LARGEST:
            break
    return made


def _page(events: list[CheckEvent]) -> str:
    end = end_of(events)
    checks = [event for event in events if event["event"] == "check"]
    shown = shown_requirements(events)
    sections = [
        Section("coverage", "Coverage by section", coverage_html(events)),
        Section("causes", "Causes", causes_html(events, shown)),
        Section("checks", "Checks", checks_html(events, shown)),
        Section("exchanges", "Exchanges", _exchanges(events)),
        Section("legend", "What the verdicts mean", _legend()),
    ]
    failed = len(causes_of(events, ("FAIL",)))
    counted = counts_line(counts_of(checks), end["exit_code"], failed).replace("   ", " · ")
    verdict = f"{end['verdict']} {counted}"
    style = (files("conformance.report") / "check.css").read_text("utf-8")
    style += filter_style([known.value for known in Verdict])
    return page(
        title_of(header_of(events)),
        verdict,
        _good(header_of(events), end, checks),
        _facts(events),
        sections,
        {"events": packed(events)},
        style=style,
    )


def _good(header: CheckRunEvent, end: CheckEndEvent, checks: list[CheckResultEvent]) -> bool | None:
    """True, False, or None if nothing failed but not every check has a verdict."""
    if end["exit_code"] == 0:
        return True
    counts = counts_of(checks)
    return None if counts["UNDECIDED"] and not any(counts[name] for name in serious_of(header)) else False


def _facts(events: list[CheckEvent]) -> list[tuple[str, str]]:
    header = header_of(events)
    settings = header["settings"]
    left = left_of(events)
    left_out = trimmed_of(events)
    began = left_out.get("began_at", "")[:16].replace("T", " ") if left_out else ""
    switches = [name.replace("_", " ") for name in ("fuzz", "read_only", "insecure") if settings.get(name)]
    facts = [
        ("Client", f"scimulator check-client {settings['client']}" if "client" in settings else ""),
        ("Target", header["target"]["url"] + (" (embedded)" if header["target"].get("embedded") else "")),
        ("Profiles", "; ".join(f"{name} ({profile_title(name)})" for name in settings["profiles"])),
        ("Only", f"-k {settings['expression']}" if settings.get("expression") else ""),
        ("Resource types", ", ".join(settings.get("resource_types") or ())),
        ("Counts as failure", "a SHOULD as well" if settings.get("level") == "should" else "a MUST"),
        ("Settings", ", ".join(switches)),
        ("Seed", "" if header["seed"] is None else str(header["seed"])),
        ("Scimulator", str(header.get("version", ""))),
        ("Began", f"{began} UTC" if began else ""),
        ("Requests", f"{requests_of(events):,} in {seconds_of(events):.0f} s"),
        ("Network faults", "; ".join(network_fault_lines(events))),
        ("Crowd", " ".join(crowd_lines(events))),
        ("Setup", ", ".join(event["sentence"] for event in preflight_of(events))),
        ("Clean-up", "; ".join([*remains_lines(events), *left[:10]])),
    ]
    return [(name, value) for name, value in facts if value]


def _exchanges(events: list[CheckEvent]) -> str:
    told = trimmed_of(events) or TrimmedEvent(event="trimmed", exchanges=0, kept=0)
    note = (
        f"{told['kept']:,} of {told['exchanges']:,} exchanges are on this page, grouped by check. Those of failed checks "
        "come first, then those of checks that passed because a request was rejected, then one of each kind. "
        f"Bodies are cut after {MAX_BODY:,} characters. `scimulator check --stream run.jsonl` writes all of them."
    )
    counts: dict[tuple[str, str], int] = {}
    for event in exchanges_of(events).values():
        kind = (event["method"], str(event["status"] or "no response"))
        counts[kind] = counts.get(kind, 0) + 1
    rows = [[text(method), text(status), text(count)] for (method, status), count in sorted(counts.items())]
    return f"<p>{text(note)}</p>" + table(["Method", "Answer", "On this page"], rows, numbers=frozenset([2]))


def _legend() -> str:
    return table(["", "Verdict", "Meaning"], [[MARKS[v], text(v.value), text(LEGEND[v])] for v in Verdict])
