"""The demo command: a 30-day simulation, syncs into accounts, and a conformance run on an embedded server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop

from reference_server.embedded import EmbeddedServer
from reference_server.lifeline import Lifeline
from simulator.report.console import ConsoleReport, summary_lines
from simulator.report.html import simulation_page
from simulator.report.run_events import end_of
from simulator.run.outcome import Outcome
from simulator.run.service_watch import ServiceWatch
from simulator.run.session import Secrets, Target, open_stream, open_target, simulate, write_output
from simulator.scenario.load import find_scenario
from simulator.stream.events import CheckEvent
from simulator.stream.run_stream import RunStream, UnreadableStream, read_stream

SCENARIO = "mixed-life"


def run_demo(out: Path) -> int:
    """Run the demo and write `out`/report.html. Returns the exit code. Raises BadInput or TargetUnusable."""
    begun = time.perf_counter()
    scenario = find_scenario(SCENARIO)
    _say(f"scimulator demo     seed {scenario.seed}     {scenario.story}")
    write_output(out / "report.html", "")
    console = ConsoleReport()
    with open_target(None, Secrets(), scenario) as target, open_stream(out / "run.jsonl", console) as (stream, path):
        outcome = uvloop.run(_simulate(scenario, target, stream))
        console.finish()
        _say("  check      running the conformance checks on the same server")
        assert target.embedded is not None
        uvloop.run(_to_the_present(target.embedded))
        checks = _check(target.url, target.embedded.token, out / "check.jsonl")
    verdicts = Counter(str(event["verdict"]) for event in checks if event["event"] == "check")
    events = list(read_stream(path, "simulate"))
    write_output(out / "report.html", simulation_page(events, checks))
    summary = end_of(events)["summary"]
    _say("")
    for line in summary_lines(summary, dict(verdicts)):
        _say(line)
    _say(f"  {'wall time':<28}{time.perf_counter() - begun:.1f} s")
    code = 0 if outcome.good and _all_good(verdicts) else 1
    _say(f"\n  report  {out / 'report.html'}     exit {code}")
    return code


def _all_good(verdicts: Counter[str]) -> bool:
    return bool(verdicts) and not verdicts["FAIL"] and not verdicts["UNDECIDED"]


async def _simulate(scenario: Any, target: Target, stream: RunStream) -> Outcome:
    return await simulate(scenario, target, stream)


async def _to_the_present(server: EmbeddedServer) -> None:
    """Advance the virtual clock to the current time, because the suite compares `meta.created` with the time of its requests."""
    async with ServiceWatch(server) as watch:
        await watch.move_clock(datetime.now(UTC).replace(microsecond=0), lambda shadow_id: None)


def _check(url: str, token: str, stream: Path) -> list[CheckEvent]:
    """Run the conformance suite in its own process. Returns its events, which are empty if it could not run."""
    command = [
        sys.executable,
        "-m",
        "scimulator",
        "check",
        "--url",
        url,
        "--stream",
        str(stream),
        "--brief",
        "--no-fuzz",
    ]
    command += [word for name in ("rfc", "entra", "okta") for word in ("--profile", name)]
    stream.unlink(missing_ok=True)
    line = Lifeline()
    variables = {**os.environ, "SCIM_TOKEN": token, **line.environment}
    process = subprocess.Popen(command, env=variables, pass_fds=line.descriptors)
    line.handed_over()
    try:
        process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    try:
        return list(read_stream(stream, "check"))
    except UnreadableStream:
        return []


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
