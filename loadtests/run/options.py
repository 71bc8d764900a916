"""What was asked of `load`, and whether it can be done: everything is checked before anything is sent."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from loadtests.measurements.baseline import BadBaseline, read_baseline
from loadtests.measurements.budget import BadBudget, load_budget
from loadtests.report.outputs import Outputs
from loadtests.run.locust_process import Processes
from loadtests.scenarios.catalog import SCENARIOS
from loadtests.scenarios.plan import Settings
from loadtests.target.connections import BadTenants, Connection, read_tenants
from loadtests.target.target import Refused, check_url
from secrecy import private_files
from simulator.stream.events import LoadSettings

ENDLESS = ("soak", "read-mix")  # end by time, so that a rate can be held for as long as a step lasts
TENANTS = 4
CREATING = ("initial-cycle", "tenants")  # create their people within what is measured


@dataclass(frozen=True, slots=True)
class Options:
    """The options of `load`.

    `settings.tenants` 0 means as many as `tenants_file` names; `settings.rate` is the rate that is kept, the scenario's
    own where none was asked for. `baseline` are the JSON files of earlier runs.
    """

    settings: Settings
    processes: Processes
    url: str | None = None
    token: str | None = None
    tenants_file: Path | None = None
    budget: str | None = None
    baseline: tuple[Path, ...] = ()
    find_limit: bool = False
    cleanup: bool = False
    outputs: Outputs = field(default_factory=Outputs)
    stream: Path | None = None

    @property
    def scenario(self) -> str:
        return self.settings.scenario

    def reported(self) -> LoadSettings:
        """The settings as the run's stream and the reports show them."""
        settings, processes = self.settings, self.processes
        reported: LoadSettings = {
            "scenario": settings.scenario,
            "users": settings.users,
            "concurrency": processes.concurrency,
            "workers": processes.remote_workers or processes.workers,
            "tenants": settings.tenants or TENANTS,
            "rate": settings.rate,
            "seconds": settings.seconds,
            "warm_up": settings.warm_up,
        }
        if settings.scenario != "tenants":
            del reported["tenants"]
        return reported


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What a run is held against."""

    budget: dict[str, Any]
    earlier: list[dict[str, Any]]


def default_scenario(*, find_limit: bool) -> str:
    """What is sent where no scenario is named: one that can hold a rate, where the limit is searched for."""
    return ENDLESS[0] if find_limit else "initial-cycle"


def default_seconds(*, find_limit: bool) -> float:
    """How long an endless scenario lasts; each step of --find-limit is shorter."""
    return 10.0 if find_limit else 60.0


def default_concurrency(rate: float, *, find_limit: bool) -> int:
    """Requests under way at once; many in an open loop, whose rate must not be bounded by them."""
    return 64 if rate or find_limit else 8


def with_tenants(options: Options) -> tuple[Options, list[Connection]]:
    """The options with the number of tenants, and their connections where a file names them; raises Refused."""
    asked = options.settings.tenants
    if options.scenario != "tenants":
        return options, []
    connections = _named_tenants(options)
    if options.tenants_file is None and options.url is not None:
        raise Refused("--tenants-file: a target needs a connection for each tenant (docs/load.md)")
    number = asked or len(connections) or TENANTS
    if options.tenants_file is not None and number > len(connections):
        raise Refused(f"--tenants: {number}, but {options.tenants_file} names {len(connections)} connections")
    for connection in connections:
        check_url(connection.url, connection.token, f"--tenants-file: {connection.name}")
    if options.settings.users < number:
        users = options.settings.users
        raise Refused(f"--users: expected at least one for each of the {number} tenants, got {users}")
    return replace(options, settings=replace(options.settings, tenants=number)), connections[:number]


def _named_tenants(options: Options) -> list[Connection]:
    if options.tenants_file is None:
        return []
    try:
        return read_tenants(options.tenants_file, options.url)
    except BadTenants as error:
        raise Refused(f"--tenants-file: {error}") from None


def checked(options: Options) -> Yardstick:
    """Budget and earlier runs, once everything that was asked for can be done; raises Refused."""
    _check_combination(options)
    if options.processes.remote_workers:
        _check_remote(options)
    if options.url is not None and options.scenario != "tenants":
        check_url(options.url, options.token)
    try:
        yardstick = Yardstick(load_budget(options.budget), [read_baseline(path) for path in options.baseline])
    except BadBudget as error:
        raise Refused(f"--budget: {error}") from None
    except BadBaseline as error:
        raise Refused(f"--baseline: {error}") from None
    for path in (*options.outputs.paths(), options.stream):
        if path is not None:
            _check_writable(path)
    return yardstick


def _check_combination(options: Options) -> None:
    if options.scenario not in SCENARIOS:
        raise Refused(f'--scenario: expected {", ".join(SCENARIOS)}, got "{options.scenario}"')
    if options.find_limit and options.scenario not in ENDLESS:
        raise Refused(f"--find-limit: expected --scenario {' or '.join(ENDLESS)}, which can keep a rate")
    if options.find_limit and options.baseline:
        raise Refused("--baseline: compares runs at one rate; --find-limit changes it")


def _check_remote(options: Options) -> None:
    if options.processes.workers > 1:
        raise Refused("--remote-workers: instead of --workers, not beside it")
    if options.find_limit:
        raise Refused("--remote-workers: they join one run, and --find-limit makes many; expected --workers with it")
    if options.url is None and not options.tenants_file:
        raise Refused("--remote-workers: expected --url; they cannot reach an embedded server")
    host, port = options.processes.address
    try:
        with socket.create_server(("" if host == "*" else host, port)):
            pass
    except OSError as error:
        raise Refused(f"--listen: {host}:{port}: {error.strerror or error}") from None


def _check_writable(path: Path) -> None:
    try:
        private_files.check_writable(path)
    except OSError as error:
        raise Refused(f"{path}: {error.strerror or error}") from None
