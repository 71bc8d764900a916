"""The files of a check run, each a function of its events: HTML, JSON, JUnit, Markdown."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from typing import Any

from conformance.report.console import counts_line
from conformance.requirements import catalogue
from conformance.verdict import LEGEND, MARKS, Verdict
from simulator.report.shell import Section, page, table, text
from simulator.wire.curl import as_curl
from simulator.wire.exchange import Exchange

Event = dict[str, Any]
MAX_BODY = 2_000
JSON_VERSION = 1


def as_json(events: list[Event]) -> str:
    """The stable JSON form: verdict, counts, checks, what is left behind (docs/check.md)."""
    header, footer = events[0], events[-1]
    value = {
        "version": JSON_VERSION,
        "verdict": footer["verdict"],
        "exit_code": footer["exit_code"],
        "seed": header["seed"],
        "target": header["target"],
        "counts": footer["summary"].get("verdicts", {}),
        "checks": [_without(event, "event") for event in _of(events, "check")],
        "preflight": [_without(event, "event") for event in _of(events, "preflight")],
        "left": [url for event in _of(events, "cleanup") for url in event["left"]],
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def as_junit(events: list[Event]) -> str:
    """JUnit XML as CI systems read it: a failure for FAIL, an error for UNDECIDED, skipped for N/A."""
    checks = _of(events, "check")
    counts = Counter(event["verdict"] for event in checks)
    root = ET.Element("testsuites")
    suite = ET.SubElement(
        root,
        "testsuite",
        name="scimulator check",
        tests=str(len(checks)),
        failures=str(counts["FAIL"]),
        errors=str(counts["UNDECIDED"]),
        skipped=str(counts["N/A"]),
    )
    for event in checks:
        seconds = f"{event['duration_ms'] / 1000:.3f}"
        case = ET.SubElement(suite, "testcase", classname=event["file"], name=event["name"], time=seconds)
        if event["verdict"] in ("FAIL", "UNDECIDED", "N/A"):
            kind = {"FAIL": "failure", "UNDECIDED": "error", "N/A": "skipped"}[event["verdict"]]
            told = ET.SubElement(case, kind, message=_xml(event["message"]))
            told.text = _xml(f"{event['title']}\nexpected: {event['expected']}\ngot: {event['got']}")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def as_markdown(events: list[Event]) -> str:
    """A summary for a pull request."""
    footer = events[-1]
    lines = ["## SCIM conformance", "", footer["verdict"], "", counts_line(_counts(events), footer["exit_code"]), ""]
    bad = [event for event in _of(events, "check") if event["verdict"] in ("FAIL", "UNDECIDED")]
    if bad:
        lines += ["| | check | expected | got |", "| --- | --- | --- | --- |"]
    for event in bad:
        cells = (event["verdict"], event["title"], event["expected"], event["got"])
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def as_html(events: list[Event]) -> str:
    """One self-contained page: verdict, coverage by section, failures, every check with its exchanges."""
    header, footer = events[0], events[-1]
    checks = _of(events, "check")
    exchanges = {event["number"]: event for event in _of(events, "exchange")}
    bad = [event for event in checks if event["verdict"] in ("FAIL", "UNDECIDED", "WARN")]
    facts = [
        ("Target", header["target"]["url"] + (" (embedded)" if header["target"]["embedded"] else "")),
        ("Profiles", ", ".join(header["settings"]["profiles"])),
        ("Seed", str(header["seed"])),
        ("Set-up", ", ".join(event["sentence"] for event in _of(events, "preflight"))),
    ]
    failures = "".join(_card(event, exchanges) for event in bad) or "<p>None.</p>"
    rest = "".join(_card(event, exchanges) for event in checks if event not in bad)
    legend = table(["", "Verdict", "Meaning"], [[MARKS[v], text(v.value), text(LEGEND[v])] for v in Verdict])
    sections = [
        Section("coverage", "Coverage by section", _coverage(checks)),
        Section("findings", "Findings", failures),
        Section("checks", "All other checks", rest),
        Section("legend", "What the verdicts mean", legend),
    ]
    ok = footer["exit_code"] == 0
    verdict = f"{footer['verdict']} {counts_line(_counts(events), footer['exit_code'])}"
    data = {"header": header, "footer": footer, "checks": [_without(event, "exchanges") for event in checks]}
    return page("SCIM conformance", verdict, ok, facts, sections, data)


FORMATS: dict[str, Callable[[list[Event]], str]] = {
    "html": as_html,
    "json": as_json,
    "junit": as_junit,
    "markdown": as_markdown,
}


def _coverage(checks: list[Event]) -> str:
    sections: dict[str, Counter[str]] = {}
    for event in checks:
        name = f"{event['rfc']} {event['section']}" if event["rfc"].startswith("RFC") else event["rfc"]
        sections.setdefault(name, Counter())[event["verdict"]] += 1
    rows = [[text(name), *(text(c[v.value] or "") for v in Verdict)] for name, c in sorted(sections.items())]
    return table(["Section", *(v.value for v in Verdict)], rows, numbers=frozenset(range(1, len(Verdict) + 1)))


def _card(event: Event, exchanges: dict[int, Event]) -> str:
    verdict = Verdict(event["verdict"])
    state = {Verdict.PASS: "good", Verdict.FAIL: "bad", Verdict.UNDECIDED: "open", Verdict.WARN: "open"}.get(
        verdict, "soft"
    )
    told = "".join(
        f"<p>{name}: {text(event[key])}</p>"
        for name, key in (("Found", "message"), ("Expected", "expected"), ("Got", "got"), ("Effect", "consequence"))
        if event[key]
    )
    wanted = "".join(
        f"<li><b>{text(id_)}</b> {text(catalogue()[id_].level)}: {text(catalogue()[id_].requirement)}</li>"
        for id_ in event["requirements"]
        if id_ in catalogue()
    )
    sent = "".join(_exchange(exchanges[number]) for number in event["exchanges"] if number in exchanges)
    found = f"{event['title']} {event['verdict']} {' '.join(event['requirements'])} {event['message']}".lower()
    return (
        f'<details class="card" id="{text(event["id"])}" data-find="{text(found)}">'
        f'<summary><b class="{state}">{MARKS[verdict]} {text(verdict.value)}</b> {text(event["title"])}</summary>'
        f"{told}<ul>{wanted}</ul>{sent}</details>"
    )


def _exchange(event: Event) -> str:
    exchange = Exchange.from_event(event)
    head = f"{event['method']} {event['url']} → {event['status'] or event['failure']}"
    bodies = "".join(
        f"<pre>{text(str(body)[:MAX_BODY])}</pre>" for body in (event["request_body"], event["response_body"]) if body
    )
    return (
        f"<details><summary>{text(head[:200])}</summary>{bodies}<pre>{text(as_curl(exchange)[:2000])}</pre></details>"
    )


def _of(events: list[Event], kind: str) -> list[Event]:
    return [event for event in events if event["event"] == kind]


def _counts(events: list[Event]) -> Counter[str]:
    return Counter(event["verdict"] for event in _of(events, "check"))


def _without(event: Event, name: str) -> Event:
    return {key: value for key, value in event.items() if key != name}


def _xml(value: str) -> str:
    """Text without the control characters that XML does not allow."""
    return "".join(character if character in "\n\t" or ord(character) >= 0x20 else "�" for character in value)


def _cell(value: str) -> str:
    return value.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")[:200]
