"""The load command: sends the requests, reads the target back, judges the result, and cleans up.

The run writes one event stream, from which every report is made.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from loadtests.measurements.result import Result
from loadtests.report.console import console_lines
from loadtests.report.run_events import end_of
from loadtests.run.end_state import compare_end_state, expected_work
from loadtests.run.find_limit import Knee, find_limit
from loadtests.run.locust_process import GeneratorFailed, Interrupted, run_locust
from loadtests.run.measured import Measured, measured, summary, verdict, write_figures
from loadtests.run.options import Options, Yardstick, checked, with_tenants
from loadtests.scenarios.catalog import NEED_GROUPS
from loadtests.scenarios.tenants import tenant_of
from loadtests.scenarios.workload import Unit
from loadtests.target.cleanup import remove, still_listed
from loadtests.target.connections import Connection, write_tenants
from loadtests.target.read_back import Unreadable, read_target
from loadtests.target.target import Refused, Target, open_targets
from secrecy.lost_output import OutputLost
from secrecy.temporary import temporary_folder
from simulator.run.garbage import collect_rarely
from simulator.stream.events import (
    FORMAT,
    DifferenceFacts,
    LoadCleanupEvent,
    LoadEndEvent,
    LoadRunEvent,
    LoadVerifiedEvent,
    TargetFacts,
)
from simulator.stream.run_stream import RunStream, read_stream, stream_place
from simulator.verify.compare import SEVERITY, Difference
from simulator.wording import counted

MOST_LISTED = 100  # differences that the stream lists; their total number is always exact
Tell = Callable[[str], None]


@dataclass(slots=True)
class Run:
    """One run in progress. `targets` has one entry, or one for each tenant."""

    options: Options
    yardstick: Yardstick
    targets: list[Target]
    folder: Path
    stream: RunStream
    tell: Tell
    last: Measured | None = None
    number: int = 0

    def send(self, rate: float) -> Measured:
        """Run the scenario once at `rate` arrivals per second (0: a closed loop)."""
        self.number += 1
        options = self.options
        result = run_locust(
            Connection(self.targets[0].url, self.targets[0].token),
            self.folder / f"result-{self.number}.json",
            replace(options.settings, rate=rate),
            options.processes,
            self.tell,
            self._tenants_file(),
        )
        if self.last is not None:  # later steps reuse the resources of the first step
            result.record.made.extend(self.last.result.record.made)
        self.last = measured(options.scenario, result, rate)
        return self.last

    def _tenants_file(self) -> Path | None:
        """A file with the connections for the load generator, because tokens must not appear on a command line."""
        if self.options.scenario != "tenants":
            return None
        path = self.folder / "tenants.json"
        if not path.exists():
            write_tenants([Connection(target.url, target.token, target.name) for target in self.targets], path)
        return path


def run_load(options: Options, tell: Tell) -> int:
    """Run, verify, judge, and write the reports. `tell` gets the console lines. Returns the exit code.

    Raises Refused, KeyboardInterrupt, or OutputLost.
    """
    options, ways = with_tenants(options)
    yardstick = checked(options)
    collect_rarely()
    tenants = options.settings.tenants if options.scenario == "tenants" else 0
    settings = options.settings
    people = counted(settings.users, "person", "people")
    tell(f"scimulator load {settings.scenario}     seed {settings.seed}     {people}")
    with temporary_folder() as folder, stream_place(options.stream) as place:
        with open_targets(options.url, options.token, tenants, ways, tell) as targets, RunStream(place) as stream:
            options = _as_the_targets_allow(options, targets)
            stream.write(_header(options, targets[0]))
            for event in (target.leftovers for target in targets if target.leftovers):
                stream.write(event)
            _carry_out(Run(options, yardstick, targets, folder, stream, tell))
        events = list(read_stream(place.file, "load"))
    for line in console_lines(events):
        tell(line)
    options.outputs.write(events)
    return end_of(events)["exit_code"]


def _as_the_targets_allow(options: Options, targets: list[Target]) -> Options:
    """The options, without groups if a target has none. Raises Refused for a scenario that needs groups."""
    why = next((target.without_groups for target in targets if target.without_groups), "")
    if not why:
        return options
    if options.scenario in NEED_GROUPS:
        raise Refused(
            f"--scenario {options.scenario}: this scenario needs groups, which the target does not have: {why}"
        )
    return replace(options, settings=replace(options.settings, groups=False))


def _header(options: Options, target: Target) -> LoadRunEvent:
    return LoadRunEvent(
        event="run",
        format=FORMAT,
        tool="load",
        seed=options.settings.seed,
        target=TargetFacts(url=target.url, embedded=target.embedded),
        settings=options.reported(),
    )


def _carry_out(run: Run) -> None:
    """Everything between the `run` and the `end` event, for complete and for interrupted runs."""
    try:
        knee, shown = _send_all(run)
        assert run.last is not None
        names = [target.name for target in run.targets]
        missed, slower = write_figures(run.options, run.yardstick, shown, names, run.stream)
        wrong = _verify(run, run.last.result)
        removal = _clean_up(run, run.last.result) if run.options.cleanup else None
    except GeneratorFailed as error:
        raise Refused(str(error), 1) from None
    except (KeyboardInterrupt, OutputLost) as error:
        cut = error.result if isinstance(error, Interrupted) else None
        done = run.last.result if run.last else None
        _tell_what_stays(run, [result for result in (cut, done) if result is not None])
        if isinstance(error.__cause__, OutputLost):
            raise error.__cause__ from None
        raise
    result, unsent = shown.result, not shown.result.requests
    left = removal["total"] if removal else 0
    code = 2 if unsent else 1 if wrong or missed or slower or left or not result.finished else 0
    told = verdict(result, wrong, missed, slower, left)
    if knee is not None:
        _write_knee(knee, run.stream)
        code = code or int(knee.held is None)
        told = f"{knee.sentence()} {told if code else ''}".rstrip()
    if removal and (listed := removal["still_listed"]):
        told += f" The target still lists {listed:,} deleted {'resource' if listed == 1 else 'resources'}."
    run.stream.write(LoadEndEvent(event="end", verdict=told, exit_code=code, summary=summary(shown, wrong)))


def _send_all(run: Run) -> tuple[Knee | None, Measured]:
    """Send once, or at several rates with --find-limit. Returns the search and the run whose results are reported."""
    rate = run.options.settings.rate
    if not run.options.find_limit:
        return None, run.send(rate)
    knee = find_limit(run.send, run.yardstick.budget, rate, run.tell)
    return knee, knee.shown


def _write_knee(knee: Knee, stream: RunStream) -> None:
    for step in knee.steps:
        stream.write(step.to_event())
    stream.write(knee.to_event())


def _verify(run: Run, result: Result) -> int:
    """Compare the end state and write the result to the stream. Returns the number of differences."""
    work = expected_work(run.options.settings, result)
    found: list[DifferenceFacts] = []
    people = teams = 0
    for number, target in enumerate(run.targets):
        whose = f"{target.name}: " if target.name else ""
        try:
            users = read_target(target, "/Users", run.tell)
        except Unreadable as error:
            found.append(_unreadable(whose, error))
            continue
        groups: list[dict[str, Any]] | None = None  # users are compared even if groups cannot be read
        try:
            groups = read_target(target, "/Groups", run.tell) if target.judges_groups else []
        except Unreadable as error:
            found.append(_unreadable(whose, error))
        people, teams = people + len(users), teams + len(groups or ())
        tenant = number if target.name else None
        differences = compare_end_state(work, users, groups, target.foreign, tenant)
        found += [_facts(difference, whose) for difference in differences]
    run.stream.write(
        LoadVerifiedEvent(
            event="verified",
            cycle=1,
            converged=not found,
            people=people,
            groups=teams,
            total=len(found),
            differences=sorted(found, key=lambda one: SEVERITY[one["kind"]])[:MOST_LISTED],
        )
    )
    return len(found)


def _unreadable(whose: str, error: Unreadable) -> DifferenceFacts:
    return {"kind": "unreadable", "person": whose, "attribute": "", "expected": "a list", "found": str(error)}


def _facts(difference: Difference, whose: str) -> DifferenceFacts:
    return {**difference.facts(), "person": whose + difference.person}


def _clean_up(run: Run, result: Result) -> LoadCleanupEvent:
    """Delete what the run created, and look for what remains."""
    run.tell(f"  removing {counted(len(result.record.made), 'resource')} that this run created")
    company = expected_work(run.options.settings, result).company
    by_target: dict[int, list[str]] = {}
    for made in result.record.made:
        unit = Unit("made", person=made.number) if made.endpoint == "/Users" else Unit("made", group=made.number)
        by_target.setdefault(tenant_of(company, unit), []).append(made.path)
    left: list[str] = []
    listed: list[str] = []
    for number, paths in by_target.items():
        target = run.targets[number]
        kept = remove(target.url, target.token, paths, run.tell)
        listed += still_listed(target, set(paths) - {url.removeprefix(target.url) for url in kept}, run.tell)
        left += kept
    event = LoadCleanupEvent(
        event="cleanup",
        removed=len(result.record.made) - len(left),
        total=len(left),
        left=left[:MOST_LISTED],
        still_listed=len(listed),
    )
    run.stream.write(event)
    return event


def _tell_what_stays(run: Run, results: list[Result]) -> None:
    """After an interruption, clean the user's target up, or report what remains in it."""
    target = run.targets[0]
    made = max(results, key=lambda result: len(result.record.made), default=None)
    if target.embedded or made is None or not made.record.made:
        return
    if not run.options.cleanup:
        remaining = counted(len(made.record.made), "resource remains", "resources remain")
        run.tell(f"  {remaining} at {target.url}; run the same command again to continue")
        return
    with suppress(KeyboardInterrupt):  # a second Ctrl-C stops the cleanup
        remaining = counted(_clean_up(run, made)["total"], "resource remains", "resources remain")
        run.tell(f"  {remaining} at {target.url}")
