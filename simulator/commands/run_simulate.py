"""The simulate command: turns options into a scenario, runs it, and writes the outputs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop
from pydantic import ValidationError

from simulator.entra.requests import Dialect
from simulator.entra.settings import EntraSettings
from simulator.entra.tenant_url import chooses_optimised, without_flag
from simulator.lifecycle.lifecycle_events import EventDoesNotFit
from simulator.profiles.profile import UNKNOWN as PROFILES_UNKNOWN
from simulator.providers import IDPS, PROVIDERS
from simulator.report.console import ConsoleReport, summary_lines
from simulator.report.requests_view import request_lines
from simulator.report.saved_runs import as_file, write_reports
from simulator.report.step_by_step import StepReader
from simulator.run import session
from simulator.run.dry_run import DryTarget
from simulator.run.garbage import collect_rarely
from simulator.run.outcome import verdict_of
from simulator.run.session import BadInput
from simulator.run.simulation import Simulation
from simulator.scenario.load import find_scenario, list_scenarios, told
from simulator.scenario.model import Scenario
from simulator.stream.events import SimulateEvent
from simulator.stream.run_stream import RunStream
from simulator.tape.tape import Recorder
from simulator.wording import counted, pluralize


@dataclass(frozen=True, slots=True)
class Outputs:
    """The output files of a run; None: not written."""

    record: Path | None = None
    report: Path | None = None
    json: Path | None = None
    stream: Path | None = None
    log: Path | None = None  # a file for JSON lines, or a folder for CSV

    @property
    def come_from_stream(self) -> bool:
        """Whether a report or a log is made from the finished stream."""
        return bool(self.report or self.json or self.log)


def scenario_with(
    name: str,
    *,
    url: str | None = None,
    dialect: str | None = None,
    knobs: Sequence[str] = (),
    mapping: Path | None = None,
    idp: str | None = None,
    **changed: Any,
) -> Scenario:
    """The scenario with the changes from the command line. Raises ScenarioError or BadInput."""
    written = find_scenario(name)
    found = written.model_dump()
    found |= {key: value for key, value in changed.items() if value is not None}
    provider = found["provider"]
    if url is not None and chooses_optimised(url):
        provider["dialect"] = (
            Dialect.AAD_OPT_SCIM_062020
        )  # as with Entra ID, a flag in the tenant URL selects the dialect
    if dialect is not None:
        provider["dialect"] = dialect
    if idp is not None:
        if idp not in IDPS:
            why = f"{idp}: {PROFILES_UNKNOWN[idp]}; " if idp in PROFILES_UNKNOWN else ""
            raise BadInput(f'--idp: {why}expected one of {", ".join(IDPS)}, got "{idp}"')
        provider["idp"] = idp
    if mapping is not None:
        provider["mapping"] = mapping
    for knob in knobs:
        key, equals, value = knob.partition("=")
        if key not in EntraSettings.model_fields or not equals:
            raise BadInput(f'--knob: expected NAME=VALUE, got "{knob}"; use `--knob list` to show all knobs')
        provider[key] = None if value in ("none", "null") else value
    try:
        scenario = Scenario.model_validate(found).as_changed_from(written)
        if scenario.about and scenario.provider.idp not in scenario.about:
            raise BadInput(f"--idp: the scenario {scenario.name} supports only {' and '.join(scenario.about)}")
        return scenario
    except ValidationError as error:
        first = error.errors()[0]
        place = first["loc"][-1] if first["loc"][0] != "provider" or len(first["loc"]) < 2 else first["loc"][1]
        prefix = "knob " if place in EntraSettings.model_fields and place != "dialect" else ""
        raise BadInput(f"--{prefix}{place}: {told(first)}") from None


def listing(*, knobs: bool) -> list[str]:
    """The built-in scenarios with their stories, or the knobs."""
    return knob_lines() if knobs else [f"{name:<24}{story}" for name, story in list_scenarios()]


def knob_lines() -> list[str]:
    """Every knob with its default, its values, and its description."""
    lines = [f"{'knob':<30}{'default':<18}values"]
    for name, default, values, why in EntraSettings.described():
        lines += [f"{name:<30}{default:<18}{values}", f"{'':<30}{why}"]
    return lines


def run_simulate(
    scenario: Scenario,
    url: str | None,
    credentials: session.Secrets,
    outputs: Outputs,
    *,
    rate: float | None,
    step: bool,
    keep: bool = False,
) -> int:
    """Run the scenario and write the outputs. Returns the exit code. Raises BadInput, TargetUnusable, or SchemaError."""
    _check_events(scenario)
    collect_rarely()
    if step:
        scenario = one_at_a_time(scenario)
    session.check_writable(outputs.report, outputs.json, outputs.record, as_file(outputs.log))
    console = ConsoleReport()
    with session.open_target(without_flag(url), credentials, scenario) as target:
        _introduce(scenario)
        recorder = Recorder(outputs.record, target.url) if outputs.record else None
        listeners = [listener for listener in (StepReader(around=console) if step else console, recorder) if listener]
        is_read = bool(outputs.stream or recorder or step) or outputs.come_from_stream
        with session.open_stream(outputs.stream, *listeners, is_read=is_read) as (events, path):
            outcome = uvloop.run(session.simulate(scenario, target, events, rate=rate, keep=keep))
            console.finish()
            if recorder:
                recorder.close()
            if outputs.come_from_stream:
                write_reports(path, outputs.report, outputs.json, outputs.log)
    for line in summary_lines(outcome.summary()):
        _say(line)
    code = session.exit_code_of(outcome)
    if code:
        _say(f"  {verdict_of(outcome)}")
    _say(f"  {'wall time':<28}{outcome.wall_seconds} s     exit {code}")
    return code


def _introduce(scenario: Scenario) -> None:
    _say(f"scimulator simulate {scenario.name}     seed {scenario.seed}     {scenario.provider.dialect.value}")
    introduction = PROVIDERS[scenario.provider.idp].introduction()
    if introduction:
        _say(f"  {introduction}")


def one_at_a_time(scenario: Scenario) -> Scenario:
    """The same scenario with one request under way at a time, as `--step` needs it."""
    provider = scenario.provider.model_copy(update={"lanes": 1, "group_lanes": 1})
    return scenario.model_copy(update={"provider": provider})


def run_dry(scenario: Scenario) -> int:
    """Print the requests that an empty, correct target would get, by person and group. Returns the exit code."""
    _check_events(scenario)
    collect_rarely()
    events: list[SimulateEvent] = []
    stream = RunStream(None, (events.append,))
    simulation = Simulation(scenario, DryTarget(), stream, schema=session.schema_of(scenario))
    uvloop.run(simulation.rehearse())
    for line in request_lines(events):
        _say(line)
    return 0


def _check_events(scenario: Scenario) -> None:
    try:
        too_late = scenario.rehearse()
    except EventDoesNotFit as error:
        raise BadInput(f"{scenario.place_of(error.number)}: {error}") from None
    if too_late:
        late = f"{counted(too_late, 'event')} after day {scenario.days} {pluralize(too_late, 'is', 'are')}"
        _say(f"scimulator simulate: {late} skipped")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
