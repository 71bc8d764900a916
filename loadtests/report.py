"""Readers of a load run's stream: console, JSON, HTML."""

from __future__ import annotations

import json
from typing import Any

from simulator.report.shell import Section, page, table, text

Event = dict[str, Any]
FIGURES = ("count", "errors", "per_second", "p50_ms", "p95_ms", "p99_ms", "max_ms")
JSON_VERSION = 1
MOST_SHOWN = 5


def console_lines(events: list[Event]) -> list[str]:
    """The table of operations, errors, missed limits, the pace and the verdict."""
    lines = [f"  {'operation':<16}" + "".join(f"{name.replace('_', ' '):>11}" for name in FIGURES)]
    for event in _of(events, "operation"):
        lines.append(f"  {event['name']:<16}" + "".join(f"{_number(event[name]):>11}" for name in FIGURES))
    lines += [f"  error  {event['name'][:80]}  {event['count']} times" for event in _of(events, "error")[:MOST_SHOWN]]
    for event in _of(events, "budget"):
        if not event["ok"]:
            lines.append(f"  ✘ {event['name']}: {_number(event['measured'])}, limit {_number(event['limit'])}")
    for event in _of(events, "verified"):
        lines.append(f"  end state   {event['people']:,} users, {event['groups']:,} groups read back")
        for found in event["differences"][:MOST_SHOWN]:
            place = found["attribute"] or found["kind"]
            told = f"{found['person']}: {place}: expected {found['expected']}, found {found['found']}"
            lines.append(f"  ✘ {told[:96]}")
        if event["total"] > MOST_SHOWN:
            lines.append(f"    and {event['total'] - MOST_SHOWN:,} more; --json and --html list a hundred")
    for event in _of(events, "cleanup"):
        lines.append(f"  clean-up    {event['removed']:,} removed, {event['total']:,} left")
        lines += [f"  ✘ left {url}" for url in event["left"][:MOST_SHOWN]]
    footer = events[-1]
    summary = footer["summary"]
    rates = f"{summary['users_per_second']} users/s, {summary['requests_per_second']} requests/s"
    lines.append(f"  pace        {rates}")
    lines.append(f"              {summary['pace']}")
    if summary["generator_was_the_limit"]:
        share = f"{summary['generator_share']:.0%}"
        lines.append(f"  !           the load generator used {share} of its core: the target may be faster than this")
    lines.append(f"  {footer['verdict']}     exit {footer['exit_code']}")
    return lines


def as_json(events: list[Event]) -> str:
    """The stable JSON form (docs/load.md)."""
    value = {
        "version": JSON_VERSION,
        "verdict": events[-1]["verdict"],
        "exit_code": events[-1]["exit_code"],
        "seed": events[0]["seed"],
        "target": events[0]["target"],
        "settings": events[0]["settings"],
        "summary": events[-1]["summary"],
        "operations": _of(events, "operation"),
        "errors": _of(events, "error"),
        "budget": _of(events, "budget"),
        "differences": [found for event in _of(events, "verified") for found in event["differences"]],
        "left": [url for event in _of(events, "cleanup") for url in event["left"]],
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def as_html(events: list[Event]) -> str:
    """One self-contained page."""
    header, footer = events[0], events[-1]
    rows = [[text(e["name"]), *(text(_number(e[name])) for name in FIGURES)] for e in _of(events, "operation")]
    limits = [
        [text("✔" if e["ok"] else "✘"), text(e["name"]), text(_number(e["limit"])), text(_number(e["measured"]))]
        for e in _of(events, "budget")
    ]
    found = [f for event in _of(events, "verified") for f in event["differences"]]
    wrong = [
        [text(f["person"]), text(f["attribute"] or f["kind"]), text(f["expected"]), text(f["found"])] for f in found
    ]
    heads = ["Operation", *(name.replace("_", " ") for name in FIGURES)]
    sections = [
        Section("operations", "Operations", table(heads, rows, numbers=frozenset(range(1, 8)))),
        Section("budget", "Budget", table(["", "Limit", "Allowed", "Measured"], limits, numbers=frozenset([2, 3]))),
        Section(
            "end-state",
            "End state",
            table(["Who", "What", "Expected", "Found"], wrong) if wrong else "<p>Equal to what was sent.</p>",
        ),
    ]
    facts = [
        ("Target", header["target"]["url"]),
        ("People", str(header["settings"]["users"])),
        ("Seed", str(header["seed"])),
        ("Pace", footer["summary"]["pace"]),
    ]
    return page("Load", footer["verdict"], footer["exit_code"] == 0, facts, sections, {"footer": footer})


def _of(events: list[Event], kind: str) -> list[Event]:
    return [event for event in events if event["event"] == kind]


def _number(value: float | None) -> str:
    if value is None:  # no request of this kind was answered
        return "–"
    return f"{value:,.1f}" if isinstance(value, float) and not value.is_integer() else f"{value:,.0f}"
