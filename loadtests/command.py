"""The load command: send, read back, judge, clean up; one stream, and every output is a reader of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtests.cleanup import remove
from loadtests.end_state import Unreadable, compare_end_state, expected_work, read_target
from loadtests.find_limit import Knee, Step, find_limit
from loadtests.generator import GeneratorFailed, Interrupted, Result, run_locust
from loadtests.measured import Measured, measured, summary, verdict, write_figures
from loadtests.options import Options, Yardstick, checked
from loadtests.report import console_lines, write_outputs
from loadtests.series import read_series
from loadtests.target import Refused, Target, open_target
from simulator.wire.stream import RunStream, read_stream

MOST_LISTED = 100  # differences in the stream; their number is told in full
Tell = Callable[[str], None]


@dataclass(slots=True)
class Run:
    """One run under way; `made` is what all of its parts created, for the clean-up."""

    options: Options
    yardstick: Yardstick
    target: Target
    folder: Path
    stream: RunStream
    tell: Tell
    last: Measured | None = None
    number: int = 0

    def send(self, rate: float) -> Measured:
        """The scenario once, at `rate` arrivals a second (0: as fast as it is answered)."""
        self.number += 1
        samples = self.folder / f"samples-{self.number}"
        samples.mkdir()
        options = self.options
        result = run_locust(
            self.target.url,
            self.target.token,
            self.folder / f"result-{self.number}.json",
            users=options.users,
            seed=options.seed,
            concurrency=options.lanes,
            tell=self.tell,
            scenario=options.name,
            workers=options.workers,
            rate=rate,
            seconds=options.duration,
            warm_up=options.warm_up,
            cycles=options.cycles,
            tenants=options.tenants,
            samples=samples,
        )
        if self.last is not None:  # a later step finds what the first one created
            result.made.extend(self.last.result.made)
        self.last = measured(options, result, read_series(samples), rate or options.open_rate)
        return self.last


def run_load(options: Options, tell: Tell) -> int:
    """Run, verify, judge, write; `tell` gets the lines for people. Returns the exit code; raises Refused, KeyboardInterrupt."""
    yardstick = checked(options)
    tell(f"scimulator load {options.name}     seed {options.seed}     {options.users} people")
    with tempfile.TemporaryDirectory(prefix="scimulator-") as folder:
        path = options.stream or Path(folder) / "run.jsonl"
        with open_target(options.url, options.token, tell) as target, RunStream(path) as stream:
            facts = {"url": target.url, "embedded": target.embedded}
            stream.start("load", options.seed, target=facts, settings=options.settings())
            _carry_out(Run(options, yardstick, target, Path(folder), stream, tell))
        events = list(read_stream(path))
    for line in console_lines(events):
        tell(line)
    write_outputs(events, json=options.json, html=options.html, csv=options.csv, junit=options.junit)
    return int(events[-1]["exit_code"])


def _carry_out(run: Run) -> None:
    """Everything between header and footer, both for a run that ends and for one that is interrupted."""
    try:
        knee = (
            find_limit(run.send, run.yardstick.budget, run.options.rate, run.tell) if run.options.find_limit else None
        )
        shown = run.send(run.options.rate) if knee is None else knee.shown
        assert run.last is not None
        missed, slower = write_figures(run.options, run.yardstick, shown, run.stream)
        wrong = _verify(run, run.last.result)
        left = _clean_up(run, run.last.result) if run.options.cleanup else []
    except GeneratorFailed as error:
        raise Refused(str(error), 1) from None
    except KeyboardInterrupt as error:
        cut = error.result if isinstance(error, Interrupted) else None
        done = run.last.result if run.last else None
        _tell_what_stays(run, [result for result in (cut, done) if result is not None])
        raise
    result, unsent = shown.result, not shown.result.requests
    code = 2 if unsent else 1 if wrong or missed or slower or left or not result.finished else 0
    told = verdict(result, wrong, missed, slower, len(left))
    if knee is not None:
        _write_knee(knee, run.stream)
        code = code or int(knee.held is None)
        told = f"{knee.sentence()} {told if code else ''}".rstrip()
    run.stream.end(told, code, **summary(shown, wrong))


def _write_knee(knee: Knee, stream: RunStream) -> None:
    for step in knee.steps:
        stream.write({"event": "step", **step.to_json()})
    broke: Step | None = knee.broke
    at = None if knee.held is None else knee.held.rate
    stream.write({"event": "knee", "rate": at, "broke_at": broke and broke.rate, "because": broke.why if broke else []})


def _verify(run: Run, result: Result) -> int:
    """The end state into the stream; returns in how many places it is wrong."""
    target, tell = run.target, run.tell
    users: list[dict[str, Any]] = []
    groups: list[dict[str, Any]] = []
    try:
        users, groups = read_target(target, "/Users", tell), read_target(target, "/Groups", tell)
        work = expected_work(run.options.plan, result)
        found = [difference.to_json() for difference in compare_end_state(work, users, groups, target.foreign)]
    except Unreadable as error:
        found = [{"kind": "unreadable", "person": "", "attribute": "", "expected": "a list", "found": str(error)}]
    read = {"people": len(users), "groups": len(groups), "total": len(found)}
    shown = found[:MOST_LISTED]
    run.stream.write({"event": "verified", "cycle": 1, "converged": not found, **read, "differences": shown})
    return len(found)


def _clean_up(run: Run, result: Result) -> list[str]:
    run.tell(f"  removing {len(result.made)} resources that this run created")
    left = remove(run.target.url, run.target.token, result.made, run.tell)
    removed = len(result.made) - len(left)
    run.stream.write({"event": "cleanup", "removed": removed, "total": len(left), "left": left[:MOST_LISTED]})
    return left


def _tell_what_stays(run: Run, results: list[Result]) -> None:
    """After Ctrl-C: a target of somebody's is left either clean, or with a word on what is in it."""
    target = run.target
    made = max(results, key=lambda result: len(result.made), default=None)
    if target.embedded or made is None or not made.made:
        return
    if not run.options.cleanup:
        run.tell(f"  {len(made.made)} resources stay at {target.url}: the same command goes on where this one stopped")
        return
    with suppress(KeyboardInterrupt):  # a second Ctrl-C ends this too
        left = _clean_up(run, made)
        run.tell(f"  {len(left)} resources are left at {target.url}")
