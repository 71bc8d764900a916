"""The console report of a load test: operations, missed limits, end state, throughput, and result."""

from __future__ import annotations

from collections.abc import Iterable

from loadtests.report.run_events import RunEvents, by_kind
from loadtests.report.wording import FIGURES, differ, growth_line, missed_by, number, ratio_line, step_line
from simulator.stream.events import LoadEvent, LoadSummary
from simulator.wording import counted

MOST_SHOWN = 5


def console_lines(events: Iterable[LoadEvent]) -> list[str]:
    """The lines of the console report."""
    run = by_kind(events)
    lines = [f"  {'operation':<16}" + "".join(f"{name.replace('_', ' '):>11}" for name in FIGURES)]
    for event in run.operations:
        lines.append(f"  {event['name']:<16}" + "".join(f"{number(event[name]):>11}" for name in FIGURES))
    lines += [f"  error  {event['name'][:80]}  {counted(event['count'], 'time')}" for event in run.errors[:MOST_SHOWN]]
    lines += _tenants(run) + _missed(run) + _growth(run) + _compared(run)
    lines += [f"  step        {step_line(event)[:86]}" for event in run.steps]
    lines += _end_state(run)
    for cleanup in run.cleanups:
        lines.append(f"  clean-up    {cleanup['removed']:,} removed, {cleanup['total']:,} left")
        lines += [f"  ✘ left {url}" for url in cleanup["left"][:MOST_SHOWN]]
        if cleanup["total"] > MOST_SHOWN:
            lines.append(f"    and {cleanup['total'] - MOST_SHOWN:,} more (--json lists the first 100)")
        if listed := cleanup.get("still_listed"):
            lines.append(
                f"  !           the target still lists {counted(listed, 'resource')} although it accepted the deletion"
            )
    return lines + _pace(run.end["summary"]) + [f"  {run.end['verdict']}     exit {run.end['exit_code']}"]


def _tenants(run: RunEvents) -> list[str]:
    """The range of the tenants' throughput, and the operations with a large difference between tenants."""
    paces = [(event["users_per_second"], event["name"]) for event in run.tenants]
    if not paces:
        return []
    (least, last), (most, first) = min(paces), max(paces)
    lines = [f"  tenants     {len(paces)}: {least:,} users/s ({last}) to {most:,} users/s ({first})"]
    for event in run.slowest:
        told = f"p99 {number(event['fastest_p99_ms'])} to {number(event['p99_ms'])} ms ({event['tenant']})"
        lines.append(f"              {event['name']:<16}{told}")
    return lines


def _missed(run: RunEvents) -> list[str]:
    limits = [event for event in run.budget if not event["ok"]]
    if not limits:
        return []
    lines = [f"  {'missed limit of the budget':<50}{'allowed':>12}{'measured':>12}  missed by"]
    for event in limits:
        told = f"  ✘ {event['name']:<48}{number(event['limit']):>12}{number(event['measured']):>12}  {missed_by(event)}"
        lines.append(told)
    return lines


def _growth(run: RunEvents) -> list[str]:
    told = [growth_line(event) for event in run.growth if event["percent_per_10000"] is not None]
    return [f"  growth      {line}" for line in told]


def _compared(run: RunEvents) -> list[str]:
    lines = [f"  baseline    {row['name']:<16}{ratio_line(row)}" for row in run.baseline]
    return lines + [f"  !           {line}" for line in differ(run.baseline_settings)]


def _end_state(run: RunEvents) -> list[str]:
    lines = []
    for event in run.verified:
        lines.append(
            f"  end state   {counted(event['people'], 'user')} and {counted(event['groups'], 'group')} were read back"
        )
        for found in event["differences"][:MOST_SHOWN]:
            place = found["attribute"] or found["kind"]
            whose = f"{found['person']}: " if found["person"] else ""
            told = f"{whose}{place}: expected {found['expected']}, found {found['found']}"
            lines.append(f"  ✘ {told[:96]}")
        if event["total"] > MOST_SHOWN:
            lines.append(f"    and {event['total'] - MOST_SHOWN:,} more (--json and --html list the first 100)")
    return lines


def _pace(summary: LoadSummary) -> list[str]:
    users = summary["users_per_second"]
    rates = ([] if users is None else [f"{users:,} users/s"]) + [f"{summary['requests_per_second']:,} requests/s"]
    lines = [f"  throughput  {', '.join(rates)}", f"              {summary['pace']}"]
    if summary["leavers"]:
        active, slowest = summary["leavers_still_active"], summary["leaver_seconds"]
        told = f"{active:,} still active" if active else f"all inactive after {slowest} s"
        lines.append(f"  leavers     {summary['leavers']:,}: {told}")
    if summary["throttled"]:
        lines.append(f"  throttled   {counted(summary['throttled'], 'response')} 429, retried after Retry-After")
    if lost := summary["workers_lost"]:
        lines.append(
            f"  !           {lost} worker{'s were' if lost > 1 else ' was'} lost; the results do not include their requests"
        )
    if summary["generator_was_the_limit"]:
        share = f"{summary['generator_share']:.0%}"
        lines.append(
            f"  !           the load generator was the bottleneck ({share} of its core); the target may be faster"
        )
    return lines
