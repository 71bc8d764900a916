"""The parts of a run that simulate, replay, and demo share: target, stream, output files, and exit code."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from reference_server.embedded import EmbeddedServer, RestartableServer, ServerDidNotStart, restartable_server
from secrecy import private_files
from secrecy.private_files import write_private
from simulator.mapping.synchronization_schema import SchemaError, SynchronizationSchema, load_schema
from simulator.providers import PROVIDERS
from simulator.run.discovery import discover
from simulator.run.outcome import Outcome, TargetUnusable, verdict_of
from simulator.run.service_watch import ServiceWatch
from simulator.run.simulation import Simulation
from simulator.scenario.model import Scenario
from simulator.stream.events import FORMAT, SimulateRunEvent, TargetFacts
from simulator.stream.run_stream import Listener, RunStream, stream_place
from simulator.wire.client import ScimClient
from simulator.wire.credentials import Credentials, CredentialsError, load_credentials
from simulator.wire.urls import BadUrl, http_url, token_trouble


class BadInput(Exception):
    """An argument or an input file cannot be used. The message is one line; the command line exits with code 2."""


@dataclass(frozen=True, slots=True)
class Target:
    """The server under test: a URL with credentials, or the embedded server with its admin API."""

    url: str
    token: str | Credentials
    embedded: EmbeddedServer | None = None
    running: RestartableServer | None = field(default=None, repr=False)

    def facts(self) -> TargetFacts:
        """The target in the form of the stream's `run` event."""
        return {"url": self.url, "embedded": self.embedded is not None}


@dataclass(frozen=True, slots=True)
class Secrets:
    """The credentials from the command line: a token, or the path of a file with OAuth credentials."""

    token: str | None = field(default=None, repr=False)
    file: Path | None = None


@contextmanager
def open_target(url: str | None, secrets: Secrets, scenario: Scenario | None = None) -> Iterator[Target]:
    """The target at `url`, or an embedded server that runs for the duration of the block.

    Raises BadInput or TargetUnusable.
    """
    if url is None:
        try:
            start = scenario.start if scenario else None
            # No one reads its folder after the run, so it need not survive the machine.
            with restartable_server(virtual_clock_start=start, in_memory=True) as running:
                yield Target(running.server.base_url, running.server.token, running.server, running)
        except ServerDidNotStart as error:
            raise TargetUnusable(str(error)) from None
        return
    try:
        http_url(url)
    except BadUrl as error:
        raise BadInput(f"--url: {error}") from None
    if secrets.file is not None:
        try:
            yield Target(url, load_credentials(secrets.file))
        except CredentialsError as error:
            raise BadInput(f"--credentials: {error}") from None
        return
    if trouble := token_trouble(secrets.token):
        raise BadInput(f"--token: {trouble}")
    yield Target(url, secrets.token or "")


async def simulate(
    scenario: Scenario, target: Target, stream: RunStream, *, rate: float | None = None, keep: bool = False
) -> Outcome:
    """Run a scenario and write its complete stream. `rate` limits the requests per second.

    The resources that the run creates in a target that it did not start are deleted at the end, even after an interruption,
    unless `keep` is set.
    """
    schema = schema_of(scenario)
    stream.write(run_event(scenario, target))
    async with client_of(scenario, target, rate=rate) as client:
        found = await discover(client)
        wanted = scenario.provider.provision_groups
        if not found.has_groups:
            scenario = without_groups(scenario)
        server = target.embedded
        if server is not None and server.control_url is not None:
            async with ServiceWatch(server) as watch:
                simulation = Simulation(scenario, client, stream, watch, schema, target.running)
                simulation.note(found, groups_wanted=wanted)
                outcome = await simulation.run()
        else:
            simulation = Simulation(scenario, client, stream, schema=schema)
            simulation.note(found, groups_wanted=wanted)
            try:
                outcome = await simulation.run()
            finally:
                if server is None and simulation.made:
                    await simulation.clean_up(keep=keep)
    stream.write(
        {
            "event": "end",
            "verdict": verdict_of(outcome),
            "exit_code": exit_code_of(outcome),
            "summary": outcome.summary(),
        }
    )
    return outcome


def without_groups(scenario: Scenario) -> Scenario:
    """A copy of the scenario that provisions only users."""
    provider = scenario.provider.model_copy(update={"provision_groups": False})
    return scenario.model_copy(update={"provider": provider})


def client_of(scenario: Scenario, target: Target, *, rate: float | None = None) -> ScimClient:
    """A client that sends the headers of the scenario's provider."""
    look = PROVIDERS[scenario.provider.idp].connection(scenario.provider)
    return ScimClient(
        target.url,
        target.token,
        timeout_s=look.timeout_seconds,
        rate=rate,
        media_type=look.media_type,
        headers=look.headers,
        accept=look.accept,
    )


def run_event(scenario: Scenario, target: Target) -> SimulateRunEvent:
    """The first event of the stream of a simulation."""
    return {
        "event": "run",
        "format": FORMAT,
        "tool": "simulate",
        "seed": scenario.seed,
        "target": target.facts(),
        "settings": {
            "scenario": scenario.name,
            "users": scenario.users,
            "days": scenario.days,
            "idp": scenario.provider.idp,
            "dialect": scenario.provider.dialect.value,
            "cycle_minutes": scenario.provider.cycle_minutes,
        },
    }


def schema_of(scenario: Scenario) -> SynchronizationSchema | None:
    """The mapping that the scenario specifies, if any. Raises BadInput."""
    if scenario.provider.mapping is None:
        return None
    try:
        return load_schema(scenario.provider.mapping)
    except SchemaError as error:
        raise BadInput(f"--mapping: {error}") from None


def exit_code_of(outcome: Outcome) -> int:
    """The exit code: 0 passed, 1 did not converge, an expectation failed, or resources remain, 2 nothing ran."""
    if outcome.cycles == 0:
        return 2
    return 0 if outcome.passed else 1


@contextmanager
def open_stream(path: Path | None, *listeners: Listener, is_read: bool = True) -> Iterator[tuple[RunStream, Path]]:
    """A run stream at `path`, or in a temporary file that is deleted after the block. Raises BadInput if it is not writable.

    Without `is_read`, only the listeners get its events, and no one needs the requests.
    """
    if not is_read:
        yield RunStream(None, listeners, exchanges=False), Path(os.devnull)
        return
    with stream_place(path) as place:
        try:
            stream = RunStream(place, listeners)
        except OSError as error:
            raise BadInput(f"{path or place.file}: {error.strerror or error}") from None
        with stream:
            yield stream, place.file


def write_output(path: Path, content: str) -> None:
    """Write a report. Raises BadInput when the file cannot be written."""
    try:
        write_private(path, content)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None


def check_writable(*paths: Path | None) -> None:
    """Raise BadInput for an output file that cannot be written. Call this before the run."""
    for path in paths:
        if path is None:
            continue
        try:
            private_files.check_writable(path)
        except OSError as error:
            raise BadInput(f"{path}: {error.strerror or error}") from None
