"""The HTML report of a load test: throughput, latency over time and by stored users, budget, baseline, and end state."""

from __future__ import annotations

from collections.abc import Iterable

from loadtests.report.run_events import RunEvents, by_kind
from loadtests.report.wording import FIGURES, differ, growth_line, missed_by, number, ratio_line
from simulator.report.charts import STYLE, Line, line_chart
from simulator.report.page import Section, page, table, text
from simulator.stream.events import LoadEvent, LoadSummary
from simulator.wording import counted, pluralize


def as_html(events: Iterable[LoadEvent]) -> str:
    """The page. Empty sections are left out."""
    known = list(events)
    run = by_kind(known)
    header, footer = run.header, run.end
    summary, settings = footer["summary"], header["settings"]
    facts = [
        ("Target", header["target"]["url"]),
        ("Scenario", settings["scenario"]),
        ("People", number(settings["users"])),
        ("Seed", str(header["seed"])),
        (
            "Sent",
            f"{number(summary['requests'])} {pluralize(summary['requests'], 'request')} in {number(summary['seconds'])} s",
        ),
        (
            "Loop",
            f"open, {number(settings['rate'])} arrivals/s"
            if settings["rate"]
            else "closed (the next request waits for a response)",
        ),
        ("Throughput", summary["pace"]),
        ("Load generator", _generator(summary)),
    ]
    made = (_operations, _tenants, _limit, _times, _grown, _budget, _errors, _baseline, _end_state, _cleanup)
    sections = [section for section in (make(run) for make in made) if section is not None]
    data = {"header": header, "events": known[1:-1], "footer": footer}
    return page("Load test", footer["verdict"], footer["exit_code"] == 0, facts, sections, data, style=STYLE)


def _generator(summary: LoadSummary) -> str:
    share = f"{summary['generator_share']:.0%} of its core"
    return f"the bottleneck, {share}" if summary["generator_was_the_limit"] else share


def _operations(run: RunEvents) -> Section:
    rows = [[text(e["name"]), *(text(number(e[name])) for name in FIGURES)] for e in run.operations]
    heads = ["Operation", *(name.replace("_", " ") for name in FIGURES)]
    return Section("operations", "Operations", table(heads, rows, numbers=frozenset(range(1, 8))))


def _tenants(run: RunEvents) -> Section | None:
    rows = [
        [text(e["name"]), *(text(number(e[key])) for key in ("requests", "errors", "users_per_second"))]
        for e in run.tenants
    ]
    if not rows:
        return None
    paces = table(["Tenant", "Requests", "Errors", "Users/s"], rows, numbers=frozenset([1, 2, 3]))
    slow = [
        [text(e["name"]), text(e["tenant"]), text(number(e["p99_ms"])), text(number(e["fastest_p99_ms"]))]
        for e in run.slowest
    ]
    heads = ["Operation", "Slowest tenant", "Its p99 in ms", "p99 in ms of the fastest tenant"]
    between = "<p>The slowest tenant of each operation, compared with the fastest one.</p>"
    return Section("tenants", "Tenants", paces + between + table(heads, slow, numbers=frozenset([2, 3])))


def _times(run: RunEvents) -> Section | None:
    points = [point for event in run.timelines for point in event["points"]]
    if len(points) < 2:
        return None
    rates = [(point["second"], point["per_second"]) for point in points]
    rate = line_chart([_line("requests/s", rates)], x="seconds", y="Requests per second")
    lines = [
        _line("p50", [(point["second"], point["p50_ms"]) for point in points]),
        _line("p99", [(point["second"], point["p99_ms"]) for point in points]),
    ]
    return Section("time", "Over time", rate + line_chart(lines, x="seconds", y="Latency in ms"))


def _grown(run: RunEvents) -> Section | None:
    if not run.growth:
        return None
    slopes = "".join(f"<li>{text(growth_line(event))}</li>" for event in run.growth)
    charts = "".join(
        line_chart(
            [
                _line(f"{event['name']} p50", [(point["stored"], point["p50_ms"]) for point in event["points"]]),
                _line(f"{event['name']} p99", [(point["stored"], point["p99_ms"]) for point in event["points"]]),
            ],
            x="stored users",
            y="Latency in ms",
        )
        for event in run.growth
    )
    return Section("growth", "Latency by stored users", f"<ul>{slopes}</ul>{charts}")


def _line(name: str, points: Iterable[tuple[float, float | None]]) -> Line:
    return Line(name, [(float(x), float(y)) for x, y in points if y is not None])


def _limit(run: RunEvents) -> Section | None:
    steps = [
        [
            text("✔" if e["held"] else "✘"),
            text(number(e["rate"])),
            text(number(e["achieved"])),
            text(number(e["p99_ms"])),
            text(f"{e['generator_share']:.0%}"),
            text("; ".join(e["because"])),
        ]
        for e in run.steps
    ]
    heads = [
        "",
        "Requested rate (1/s)",
        "Achieved rate (1/s)",
        "Highest p99 (ms)",
        "Load generator",
        "Why it was not sustained",
    ]
    return (
        Section("limit", "Search for the limit", table(heads, steps, numbers=frozenset([1, 2, 3, 4])))
        if steps
        else None
    )


def _budget(run: RunEvents) -> Section:
    rows = [
        [
            text("✔" if e["ok"] else "✘"),
            text(e["name"]),
            text(number(e["limit"])),
            text(number(e["measured"])),
            text(missed_by(e)),
        ]
        for e in run.budget
    ]
    heads = ["", "Limit", "Allowed", "Measured", "Missed by"]
    return Section("budget", "Budget", table(heads, rows, numbers=frozenset([2, 3, 4])))


def _errors(run: RunEvents) -> Section | None:
    rows = [[text(e["name"]), text(number(e["count"]))] for e in run.errors]
    return Section("errors", "Errors", table(["Error", "Count"], rows, numbers=frozenset([1]))) if rows else None


def _baseline(run: RunEvents) -> Section | None:
    rows = [[text(e["name"]), text(ratio_line(e))] for e in run.baseline]
    warned = "".join(f"<p>{text(line)}</p>" for line in differ(run.baseline_settings))
    return (
        Section(
            "baseline",
            "Comparison with earlier runs",
            warned + table(["Operation", "p50 compared with the baseline"], rows),
        )
        if rows
        else None
    )


def _end_state(run: RunEvents) -> Section:
    rows = [
        [text(f["person"]), text(f["attribute"] or f["kind"]), text(f["expected"]), text(f["found"])]
        for f in run.differences
    ]
    shown = (
        table(["Resource", "Attribute", "Expected", "Found"], rows)
        if rows
        else "<p>The target matches the state that was sent.</p>"
    )
    if (more := sum(event["total"] for event in run.verified) - len(rows)) > 0:
        shown += f"<p>and {counted(more, 'more difference')} that the run did not list</p>"
    return Section("end-state", "End state", shown)


def _cleanup(run: RunEvents) -> Section | None:
    """What remains after `--cleanup`."""
    if not run.cleanups:
        return None
    (cleanup,) = run.cleanups
    told = f"<p>Removed: {number(cleanup['removed'])}. Could not be removed: {number(cleanup['total'])}.</p>"
    if listed := cleanup.get("still_listed"):
        left = counted(listed, "resource")
        told += f"<p>The target still lists {left} although it accepted the deletion.</p>"
    shown = "".join(f"<li>{text(url)}</li>" for url in cleanup["left"])
    return Section("cleanup", "Cleanup", told + (f"<ul>{shown}</ul>" if shown else ""))
