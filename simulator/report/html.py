"""The HTML report of a simulation: result, convergence, requests, leaver exposure, timelines, failures, and checks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.report.charts import bar, captioned, drawing
from simulator.report.difference import as_html
from simulator.report.difference_table import DifferenceTable, attributes_of
from simulator.report.html_sections import expectations, exposure_distribution, provisioning_log, requests_over_time
from simulator.report.leaver_exposure import Exposure, Life, collect_lives, duration_text
from simulator.report.page import Section, page, table, text
from simulator.report.run_events import (
    end_of,
    entries_of,
    header_of,
    left_of,
    still_active,
    still_listed_of,
    verified_of,
)
from simulator.report.timeline import draw_life
from simulator.stream.events import CheckEvent, ExchangeEvent, SimulateEvent, SimulateSummary
from simulator.wire.curl import as_curl
from simulator.wire.exchange import Exchange
from simulator.wording import counted

MAX_LIVES = 150
MAX_CARDS = 100
MAX_BODY = 1_500
LONGEST_SPAN = timedelta(days=3_660)  # the longest time axis, because each day gets a mark
KIND_ORDER = {"leaver": 0, "joiner": 1, "mover": 2}


def simulation_page(events: Iterable[SimulateEvent], checks: Iterable[CheckEvent] = ()) -> str:
    """The report of a finished run. `checks` are the events of a conformance run against the same target."""
    stream = list(events)
    check_stream = list(checks)
    header, footer = header_of(stream), end_of(stream)
    lives = collect_lives(stream)
    changed = sorted((life for life in lives.values() if life.kinds), key=_importance)
    sections = [
        Section("summary", "Summary", _numbers(footer["summary"], _verdicts(check_stream))),
        Section("convergence", "Convergence", _convergence(stream)),
        Section(
            "requests", "Requests", requests_over_time(stream) + _requests(footer["summary"]["requests_by_operation"])
        ),
        Section("exposure", "Leaver exposure", _exposure(lives)),
        Section("people", "Timeline per person", _lives(changed, len(lives), stream)),
        Section("differences", "Differences and failures", _failures(stream)),
        Section("log", "Provisioning log", provisioning_log(stream)),
    ]
    expected = expectations(stream)
    if expected:
        sections.insert(1, Section("expectations", "Expectations", expected))
    if check_stream:
        sections.append(Section("checks", "Conformance", _checks(check_stream)))
    settings = header.get("settings", {})
    facts = [
        ("Target", header["target"]["url"] + (" (embedded)" if header["target"]["embedded"] else "")),
        ("Scenario", str(settings.get("scenario", ""))),
        ("Seed", str(header["seed"])),
        ("Provider", f"{settings.get('idp', 'entra')}, dialect {settings.get('dialect', 'default')}"),
        ("Virtual days", str(settings.get("days", ""))),
    ]
    verdicts = _verdicts(check_stream)
    verdict, ok = footer["verdict"], footer["exit_code"] == 0
    if verdicts:
        verdict += f" {counted(verdicts.get('PASS', 0), 'check')} passed, {verdicts.get('FAIL', 0)} failed."
        ok = ok and not verdicts.get("FAIL") and not verdicts.get("UNDECIDED")
    data = {"header": header, "footer": footer, "exposures": [_exposure_json(e) for e in _exposures(lives)]}
    return page("Simulation report", verdict, ok, facts, sections, data)


# ── sections ──


def _numbers(summary: SimulateSummary, verdicts: Counter[str]) -> str:
    figures: list[tuple[object, str]] = [
        (summary["people"], "people at the start"),
        (f"{summary['joiners']} / {summary['movers']} / {summary['leavers']}", "joiners / movers / leavers"),
        (f"{summary['cycles_converged']} of {summary['cycles']}", "cycles converged"),
        (summary["requests"], "requests"),
    ]
    if summary["leavers"] and "leavers_still_active" in summary:
        figures.append((still_active(summary["leavers_still_active"]), "leavers still active"))
    if summary.get("sync"):
        figures.append((summary["sync"]["runs"], "sync runs with changes"))
        figures.append((summary["sync"]["deactivated"], "accounts deactivated"))
    if verdicts:
        figures.append((f"{verdicts.get('PASS', 0)} / {verdicts.get('FAIL', 0)}", "checks passed / failed"))
    cells = "".join(f"<div><b>{text(value)}</b><span>{text(name)}</span></div>" for value, name in figures)
    return f'<div class="numbers">{cells}</div>'


def _convergence(stream: list[SimulateEvent]) -> str:
    """A strip that shows for each comparison whether the target matched the directory."""
    checked = verified_of(stream)
    if not checked:
        return "<p>This run did not compare the target with the directory.</p>"
    wide = 1000 / len(checked)
    cells, first = "", 0
    for number in range(1, len(checked) + 1):
        # Consecutive equal results share a rectangle, because thin gaps between cells would look like findings.
        if number == len(checked) or checked[number]["converged"] != checked[first]["converged"]:
            style = "ok" if checked[first]["converged"] else "not"
            width = max(1.5, (number - first) * wide)
            cells += f'<rect class="{style}" x="{first * wide:.2f}" y="0" width="{width:.2f}" height="26"/>'
            first = number
    wrong = [event for event in checked if not event["converged"]]
    told = f"In {len(checked) - len(wrong)} of {len(checked)} comparisons, the target matched the directory."
    ends = (
        f'<text x="0" y="40">{text(checked[0]["at"][:16].replace("T", " "))}</text>'
        f'<text x="1000" y="40" text-anchor="end">{text(checked[-1]["at"][:16].replace("T", " "))}</text>'
    )
    return captioned(told, drawing(1000, 44, told, cells + ends))


def _requests(counts: dict[str, int]) -> str:
    most = max(counts.values(), default=1)
    rows = []
    for name, count in sorted(counts.items(), key=lambda item: -item[1]):
        rows.append([text(name), text(count), bar(count, most)])
    return table(["Operation", "Requests", ""], rows, numbers=frozenset([1]))


def _exposure(lives: dict[str, Life]) -> str:
    exposures = _exposures(lives)
    if not exposures:
        return "<p>No one left during this run.</p>"
    ended = sorted(e.minutes for e in exposures if e.minutes is not None)
    still = len(exposures) - len(ended)
    told = f"Leavers: {len(exposures)}."
    if ended:
        median, longest = duration_text(ended[len(ended) // 2]), duration_text(ended[-1])
        told += f" Leavers kept access for a median of {median} and at most {longest}."
    if still:
        told += f" Leavers with access at the end of the run: {still}."
    rows = []
    for exposure in exposures[:10]:
        minutes = exposure.minutes
        steps = "".join(f"<li>{text(step)}</li>" for step in exposure.steps)
        length = "not ended" if minutes is None else duration_text(minutes)
        rows.append(
            [
                f'<a href="#p{text(exposure.person)}">{text(exposure.name)}</a>',
                text(length),
                f'<ol class="steps">{steps}</ol>',
            ]
        )
    worst = table(["Person", "Access after leaving", "Sequence of events"], rows)
    return f"<p>{text(told)}</p>{exposure_distribution(exposures)}<p>The ten longest exposures:</p>{worst}"


def _lives(changed: list[Life], total: int, stream: list[SimulateEvent]) -> str:
    shown = changed[:MAX_LIVES]
    wanted = {mark.exchange for life in shown for mark in life.requests}
    exchanges = {e["number"]: e for e in stream if e["event"] == "exchange" and e["number"] in wanted}
    start, end = _span(stream, shown)
    told = (
        f"{len(changed)} of {total} people changed. Leavers come first, ordered by how long they kept access. Gray areas mark "
        "times without sync runs."
    )
    if len(changed) > MAX_LIVES:
        told += f" Only the first {MAX_LIVES} are shown."
    cards = [f"<p>{text(told)}</p>"]
    for life in shown:
        details = "".join(_exchange(exchanges[m.exchange]) for m in life.requests if m.exchange in exchanges)
        found = f"{life.name} {life.user_name} {life.department} {' '.join(sorted(life.kinds))}".lower()
        changes = ", ".join(f"{mark.label} {mark.at.strftime('%a %d %b %H:%M')}" for mark in life.changes)
        cards.append(
            f'<article class="card timeline" id="p{text(life.id)}" data-find="{text(found)}">'
            f'<h3>{text(life.name)}</h3><p class="soft">{text(life.user_name)} · {text(life.department)} · {text(changes)}</p>'
            f"{draw_life(life, start, end)}<details><summary>{counted(len(life.requests), 'request')}</summary>"
            f"{details}</details></article>"
        )
    return "".join(cards)


def _exchange(event: ExchangeEvent) -> str:
    exchange = Exchange.from_event(event)
    when = (event["virtual_at"] or "")[:16].replace("T", " ")
    head = f"{when}  {event['cause']['operation']}  → {event['status'] or event['failure']}"
    sent, got = _body(event["request_body"]), _body(event["response_body"])
    return (
        f'<details id="x{event["number"]}"><summary>{text(head)}</summary>'
        f"<pre>{text(event['method'])} {text(event['url'])}\n{text(sent)}</pre>"
        f"<pre>{text(event['status'])}\n{text(got)}</pre><pre>{text(as_curl(exchange)[:2000])}</pre></details>"
    )


def _body(body: str | None) -> str:
    """A body with indentation, shortened to MAX_BODY characters."""
    if not body:
        return ""
    try:
        shown = json.dumps(json.loads(body), ensure_ascii=False, indent=1)
    except ValueError:
        shown = body
    more = len(shown) - MAX_BODY
    return shown if more <= 0 else f"{shown[:MAX_BODY]}\n… {counted(more, 'more character')}"


def _failures(stream: list[SimulateEvent]) -> str:
    """Cards of the distinct differences, ordered by severity, and of the failures, with the number that is not shown."""
    table = DifferenceTable(stream)
    lines, parts = table.lines(), []
    for line in lines[:MAX_CARDS]:
        facts = line.facts
        place = f"{facts['person']}: {line.what}, {line.when()}, since {line.first_at[:16].replace('T', ' ')}"
        parts.append(
            f'<div class="card">{text(place)}{as_html(facts["expected"], facts["found"])}'
            f'<p class="soft">last write: {text(facts.get("request", ""))}</p></div>'
        )
    if left := lines[MAX_CARDS:]:
        told = f"and {counted(len(left), 'more difference')}: {attributes_of(left)} (the JSON report lists all)"
        parts.append(f"<p>{text(told)}</p>")
    if table.unlisted:
        parts.append(f"<p>and {counted(table.unlisted, 'difference')} beyond the 100,000 that a run lists</p>")
    failures = [event for event in entries_of(stream) if event["status"] == "Failure"]
    for event in failures[:MAX_CARDS]:
        told = f"{event['at'][:16]} cycle {event['cycle']}: {event['error_code']}: {event['reason']}"
        parts.append(f'<div class="card">{text(told)}</div>')
    if len(failures) > MAX_CARDS:
        parts.append(f"<p>and {counted(len(failures) - MAX_CARDS, 'more failure')} (the JSON report lists all)</p>")
    return "".join(parts) + _remaining(stream) or "<p>There were no differences and no failures.</p>"


def _remaining(stream: list[SimulateEvent]) -> str:
    """What the run could not remove from the target."""
    told = (("could not be removed", left_of(stream)), ("deleted but still listed", still_listed_of(stream)))
    cards = ""
    for what, paths in told:
        if paths:
            more = (
                f", and {len(paths) - MAX_CARDS:,} more (the JSON report lists all)" if len(paths) > MAX_CARDS else ""
            )
            shown = f"{what}: {', '.join(paths[:MAX_CARDS])}{more}"
            cards += f'<div class="card">{text(shown)}</div>'
    return cards


def _checks(stream: list[CheckEvent]) -> str:
    sections: dict[str, Counter[str]] = {}
    failures = []
    for event in stream:
        if event["event"] == "check":
            sections.setdefault(f"{event['document']} {event['section']}".strip(), Counter())[event["verdict"]] += 1
            if event["verdict"] in ("FAIL", "UNDECIDED"):
                told = f"{event['title']}: {event['message']}"
                failures.append(f'<div class="card"><b>{text(event["verdict"])}</b> {text(told)}</div>')
    columns = ["PASS", "FAIL", "WARN", "NOTE", "NOT OFFERED", "UNDECIDED"]
    rows = [
        [text(name), *(text(counts[column] or "") for column in columns)] for name, counts in sorted(sections.items())
    ]
    return table(["Section", *columns], rows, numbers=frozenset(range(1, 7))) + "".join(failures)


# ── figures ──


def _exposures(lives: dict[str, Life]) -> list[Exposure]:
    """The exposures: people who still have access first, then by length."""
    found = [exposure for life in lives.values() for exposure in life.exposures]
    return sorted(found, key=lambda e: (e.minutes is not None, -(e.minutes or 0), e.name))


def _exposure_json(exposure: Exposure) -> dict[str, Any]:
    return {"person": exposure.person, "left_at": exposure.left_at.isoformat(), "minutes": exposure.minutes}


def _importance(life: Life) -> tuple[Any, ...]:
    longest = max((e.minutes if e.minutes is not None else 1e9 for e in life.exposures), default=0.0)
    return (min(KIND_ORDER.get(kind, 3) for kind in life.kinds), -longest, life.name)


def _verdicts(stream: list[CheckEvent]) -> Counter[str]:
    return Counter(event["verdict"] for event in stream if event["event"] == "check")


def _span(stream: list[SimulateEvent], shown: list[Life]) -> tuple[datetime, datetime]:
    """The times of the first and last cycle, or of the first and last change in a run without cycles."""
    cycles = [datetime.fromisoformat(event["at"]) for event in stream if event["event"] == "cycle"]
    moments = cycles or [mark.at for life in shown for mark in life.changes] or [datetime(1970, 1, 1, tzinfo=UTC)]
    end = max(moments)
    return max(min(moments), end - LONGEST_SPAN), end
