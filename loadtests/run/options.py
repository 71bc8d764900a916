"""The options of `load`, all of which are checked before the first request."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
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
from simulator.wording import counted

ENDLESS = ("soak", "read-mix")  # end by time, so that they can keep a rate for the duration of a step
TENANTS = 4
CYCLES = 5
BELONGS = {"tenants_file": ("tenants",), "tenants": ("tenants",), "cycles": ("incremental",), "duration": ENDLESS}
CREATING = ("initial-cycle", "tenants")  # create their users in the measured part


@dataclass(frozen=True, slots=True)
class Options:
    """The options of `load`.

    `settings.tenants` 0 means all tenants in `tenants_file`. `settings.rate` is the requested rate or the scenario's default.
    `baseline` are the JSON files of earlier runs.
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
        """The settings in the format of the stream and the reports."""
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
    """The budget and the earlier runs with which a run is compared."""

    budget: dict[str, Any]
    earlier: list[dict[str, Any]]


def default_scenario(*, find_limit: bool) -> str:
    """The default scenario. A search for the limit needs one that can keep a rate."""
    return ENDLESS[0] if find_limit else "initial-cycle"


def default_seconds(*, find_limit: bool) -> float:
    """The default duration of an endless scenario. Steps of --find-limit are shorter."""
    return 10.0 if find_limit else 60.0


def default_concurrency(rate: float, *, find_limit: bool) -> int:
    """The default number of concurrent requests. An open loop needs many, so that they do not limit its rate."""
    return 64 if rate or find_limit else 8


def with_tenants(options: Options) -> tuple[Options, list[Connection]]:
    """The options with the number of tenants, and the connections from the file, if any. Raises Refused."""
    asked = options.settings.tenants
    if options.scenario != "tenants":
        return options, []
    connections = _named_tenants(options)
    if options.tenants_file is None and options.url is not None:
        raise Refused("--tenants-file: missing; with --url, each tenant needs a connection (see docs/load.md)")
    number = asked or len(connections) or TENANTS
    if options.tenants_file is not None and number > len(connections):
        raise Refused(
            f"--tenants: {number}, but {options.tenants_file} has only {counted(len(connections), 'connection')}"
        )
    for connection in connections:
        check_url(connection.url, connection.token, f"--tenants-file: {connection.name}")
    if options.settings.users < number:
        users = options.settings.users
        raise Refused(f"--users: expected at least one user for each of the {number} tenants, got {users}")
    return replace(options, settings=replace(options.settings, tenants=number)), connections[:number]


def _named_tenants(options: Options) -> list[Connection]:
    if options.tenants_file is None:
        return []
    try:
        return read_tenants(options.tenants_file, options.url)
    except BadTenants as error:
        raise Refused(f"--tenants-file: {error}") from None


def check_fit(scenario: str, **given: object) -> None:
    """Raise Refused for an option that the scenario would ignore. `given` are the options of BELONGS, None if not given."""
    for name, value in given.items():
        if value is not None and scenario in SCENARIOS and scenario not in BELONGS[name]:
            option = f"--{name.replace('_', '-')}"
            raise Refused(f"{option}: expected --scenario {' or '.join(BELONGS[name])}, got {scenario}")


def checked(options: Options) -> Yardstick:
    """Check all options. Returns the budget and the earlier runs. Raises Refused."""
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
        near = get_close_matches(options.scenario, SCENARIOS, 1, 0.6)
        hint = f'; did you mean "{near[0]}"?' if near else ""
        raise Refused(f'--scenario: expected {", ".join(SCENARIOS)}, got "{options.scenario}"{hint}')
    if options.find_limit and options.scenario not in ENDLESS:
        raise Refused(f"--find-limit: expected --scenario {' or '.join(ENDLESS)}, which can keep a constant rate")
    if options.find_limit and options.baseline:
        raise Refused("--baseline: cannot be combined with --find-limit, which changes the rate")


def _check_remote(options: Options) -> None:
    if options.processes.workers > 1:
        raise Refused("--remote-workers: cannot be combined with --workers")
    if options.find_limit:
        raise Refused(
            "--remote-workers: cannot be combined with --find-limit, which starts several runs; use --workers"
        )
    if options.url is None and not options.tenants_file:
        raise Refused("--remote-workers: expected --url, because other machines cannot reach the embedded server")
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
