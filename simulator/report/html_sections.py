"""Sections of the simulation report: requests over time, distribution of exposure, expectations, and provisioning log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from simulator.report.charts import bar, captioned, drawing
from simulator.report.difference import printable
from simulator.report.leaver_exposure import Exposure, duration_text
from simulator.report.page import table, text
from simulator.report.run_events import entries_of, expectations_of
from simulator.stream.events import SimulateEvent
from simulator.wording import counted, pluralize

MAX_ROWS = 300
BUCKETS = ((15, "≤ 15 min"), (60, "≤ 1 h"), (240, "≤ 4 h"), (1440, "≤ 1 d"), (4320, "≤ 3 d"), (float("inf"), "longer"))
WRITES = ("create", "update", "disable", "enable", "delete", "set", "remove", "add")


def requests_over_time(stream: list[SimulateEvent]) -> str:
    """A bar chart of the writes per virtual day. Lookups and connection tests are not counted."""
    days: dict[str, Counter[str]] = {}
    for event in stream:
        if event["event"] == "exchange" and event["virtual_at"]:
            kind = event["cause"].get("operation", "").partition(" ")[0]
            if kind in WRITES:
                days.setdefault(event["virtual_at"][:10], Counter())[kind] += 1
    if not days:
        return "<p>There were no writes.</p>"
    later = {day: counts for number, (day, counts) in enumerate(sorted(days.items())) if number}
    drawn = later or days
    most, wide = max(sum(counts.values()) for counts in drawn.values()), 1000 / len(drawn)
    bars = ""
    for number, (day, counts) in enumerate(sorted(drawn.items())):
        height = 80 * sum(counts.values()) / most
        told = f"{day}: " + ", ".join(f"{kind} {count}" for kind, count in counts.most_common())
        place = (
            f'x="{number * wide + wide * 0.1:.1f}" y="{80 - height:.1f}" width="{wide * 0.8:.1f}" height="{height:.1f}"'
        )
        bars += f'<rect class="bar" {place}><title>{text(told)}</title></rect>'
    first, last = min(drawn), max(drawn)
    initial = sum(days[min(days)].values()) if later else 0
    told = f"Writes per virtual day (maximum {most})" + (
        f"; the {counted(initial, 'write')} of the first day {pluralize(initial, 'is', 'are')} not shown"
        if initial
        else ""
    )
    ends = f'<text x="0" y="97">{text(first)}</text><text x="1000" y="97" text-anchor="end">{text(last)}</text>'
    return captioned(f"{told}.", drawing(1000, 100, told, bars + ends))


def exposure_distribution(exposures: list[Exposure]) -> str:
    """The distribution of how long leavers kept access, and how many of them left at night or on a weekend."""
    ended = [exposure for exposure in exposures if exposure.minutes is not None]
    if not ended:
        return ""
    counts = Counter(next(name for limit, name in BUCKETS if (e.minutes or 0) <= limit) for e in ended)
    most, rows = max(counts.values()), []
    for _, name in BUCKETS:
        rows.append([text(name), text(counts[name]), bar(counts[name], most)])
    off = [e for e in ended if e.left_at.weekday() > 4 or not 6 <= e.left_at.hour < 18]
    longest = max((e.minutes or 0 for e in off), default=0)
    told = f"{len(off)} of {len(ended)} leavers left at night or on a weekend"
    told += f" and kept access for up to {duration_text(longest)}." if off else "."
    return f"<p>{text(told)}</p>" + table(["Access after leaving", "Leavers", ""], rows, numbers=frozenset([1]))


def expectations(stream: list[SimulateEvent]) -> str:
    """A table of the scenario's expectations with what was found."""
    rows = [
        [
            "✔" if event["held"] else "✘",
            text(printable(event["text"])),
            text(event["at"][:16].replace("T", " ")),
            text(printable(event["found"])),
        ]
        for event in expectations_of(stream)
    ]
    return table(["", "Expected", "Judged at", "Found"], rows) if rows else ""


def provisioning_log(stream: Iterable[SimulateEvent]) -> str:
    """The provisioning log with the columns that Entra shows: failures first, then successes. Skipped entries are left out."""
    told = [event for event in entries_of(stream) if event["status"] != "Skipped"]
    ordered = sorted(told, key=lambda event: event["status"] == "Success")
    rows = []
    for event in ordered[:MAX_ROWS]:
        numbers = event.get("exchanges") or ()
        links = " ".join(f'<a href="#x{number}">#{number}</a>' for number in numbers[:6])
        error = (
            f"<br>{text(event['error_code'])}: {text(printable(event['reason'])[:200])}" if event["error_code"] else ""
        )
        again = event.get("next_attempt")
        wait = f"<br>next attempt {text(again[:16].replace('T', ' '))} (try {event['tries'] + 1})" if again else ""
        rows.append(
            [
                text(event["at"][:16].replace("T", " ")),
                text(printable(event.get("name", ""))),
                text(event["action"]),
                f"{text(event['status'])}{error}{wait}",
                links,
            ]
        )
    if not rows:
        return "<p>The provisioning log has no entries other than skipped ones.</p>"
    cut = (
        f"<p>The first {MAX_ROWS} of {len(told)} entries. Use <code>scimulator log</code> to see all of them.</p>"
        if len(told) > MAX_ROWS
        else ""
    )
    return cut + table(["Date", "Identity", "Action", "Status", "Requests"], rows)
