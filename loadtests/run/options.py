"""What was asked of `load`, and whether it can be done: everything is checked before anything is sent."""

from __future__ import annotations

import socket
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from loadtests.measurements.baseline import BadBaseline, read_baseline
from loadtests.measurements.budget import BadBudget, load_budget
from loadtests.run.locust_process import MASTER_PORT
from loadtests.scenarios.catalog import DEFAULT_RATES, SCENARIOS
from loadtests.scenarios.plan import Settings
from loadtests.target.connections import BadTenants, Connection, read_tenants
from loadtests.target.target import Refused, check_url

ENDLESS = ("soak", "read-mix")  # end by time, so that a rate can be held for as long as a step lasts
TENANTS = 4
CREATING = ("initial-cycle", "tenants")  # create their people within what is measured


@dataclass(frozen=True, slots=True)
class Options:
    """The options of `load`; `seconds` is --duration, `rate` 0 sends as fast as it is answered."""

    url: str | None = None
    token: str | None = None
    users: int = 50_000
    scenario: str | None = None
    seed: int = 4711
    concurrency: int | None = None
    workers: int = 1
    rate: float = 0.0
    seconds: float | None = None
    warm_up: float = 0.0
    cycles: int = 5
    tenants: int | None = None
    tenants_file: Path | None = None
    remote_workers: int = 0
    listen: str | None = None
    budget: str | None = None
    baseline: tuple[Path, ...] = ()
    find_limit: bool = False
    cleanup: bool = False
    json: Path | None = None
    html: Path | None = None
    csv: Path | None = None
    junit: Path | None = None
    stream: Path | None = None

    @property
    def name(self) -> str:
        """The scenario's."""
        return self.scenario or (ENDLESS[0] if self.find_limit else "initial-cycle")

    @property
    def duration(self) -> float:
        return self.seconds or (10.0 if self.find_limit else 60.0)

    @property
    def open_rate(self) -> float:
        """Arrivals a second as the generator will keep them; 0: a closed loop."""
        return self.rate or DEFAULT_RATES.get(self.name, 0.0)

    @property
    def lanes(self) -> int:
        """Requests under way at once; many in an open loop, whose rate must not be bounded by them."""
        return self.concurrency or (64 if self.open_rate or self.find_limit else 8)

    @property
    def plan(self) -> Settings:
        """What two runs need to have in common to do the same."""
        return Settings(self.name, self.users, self.seed, self.duration, self.cycles, self.tenants or TENANTS)

    @property
    def address(self) -> tuple[str, int]:
        """Where workers of other machines find us; raises Refused."""
        return host_and_port("--listen", self.listen or "*")

    def settings(self) -> dict[str, Any]:
        """What the report tells of how it was run."""
        return {
            "scenario": self.name,
            "users": self.users,
            "concurrency": self.lanes,
            "workers": self.remote_workers or self.workers,
            **({"tenants": self.tenants or TENANTS} if self.name == "tenants" else {}),
            "rate": self.open_rate,
            "seconds": self.duration,
            "warm_up": self.warm_up,
        }


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What a run is held against."""

    budget: dict[str, Any]
    earlier: list[dict[str, Any]]


def host_and_port(option: str, text: str) -> tuple[str, int]:
    """HOST or HOST:PORT of the machine that leads; raises Refused."""
    host, _, port = (text if ":" in text else f"{text}:{MASTER_PORT}").rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        raise Refused(f'{option}: expected HOST or HOST:PORT like 10.0.0.5:{MASTER_PORT}, got "{text}"')
    return host, int(port)


def with_tenants(options: Options) -> tuple[Options, list[Connection]]:
    """The options with the number of tenants, and their connections where a file names them; raises Refused."""
    if options.name != "tenants":
        return options, []
    number, ways = options.tenants or TENANTS, []
    if options.tenants_file is not None:
        try:
            ways = read_tenants(options.tenants_file, options.url)
        except BadTenants as error:
            raise Refused(f"--tenants-file: {error}") from None
        number = options.tenants or len(ways)
        if number > len(ways):
            raise Refused(f"--tenants: {number}, but {options.tenants_file} names {len(ways)} connections")
        for way in ways:
            check_url(way.url, way.token, f"--tenants-file: {way.name}")
    elif options.url is not None:
        raise Refused("--tenants-file: a target needs a connection for each tenant (docs/load.md)")
    if options.users < number:
        raise Refused(f"--users: expected at least one for each of the {number} tenants, got {options.users}")
    return replace(options, tenants=number), ways[:number]


def checked(options: Options) -> Yardstick:
    """Budget and earlier runs, once everything that was asked for can be done; raises Refused."""
    if options.name not in SCENARIOS:
        raise Refused(f'--scenario: expected {", ".join(SCENARIOS)}, got "{options.name}"')
    if options.find_limit and options.name not in ENDLESS:
        raise Refused(f"--find-limit: expected --scenario {' or '.join(ENDLESS)}, which can keep a rate")
    if options.find_limit and options.baseline:
        raise Refused("--baseline: compares runs at one rate; --find-limit changes it")
    if options.remote_workers:
        _check_remote(options)
    if options.url is not None and options.name != "tenants":
        check_url(options.url, options.token)
    try:
        yardstick = Yardstick(load_budget(options.budget), [read_baseline(path) for path in options.baseline])
    except BadBudget as error:
        raise Refused(f"--budget: {error}") from None
    except BadBaseline as error:
        raise Refused(f"--baseline: {error}") from None
    for path in (options.json, options.html, options.csv, options.junit, options.stream):
        if path is not None:
            _check_writable(path)
    return yardstick


def _check_remote(options: Options) -> None:
    if options.workers > 1:
        raise Refused("--remote-workers: instead of --workers, not beside it")
    if options.find_limit:
        raise Refused("--remote-workers: they join one run, and --find-limit makes many; expected --workers with it")
    if options.url is None and not options.tenants_file:
        raise Refused("--remote-workers: expected --url; they cannot reach an embedded server")
    host, port = options.address
    try:
        with socket.create_server(("" if host == "*" else host, port)):
            pass
    except OSError as error:
        raise Refused(f"--listen: {host}:{port}: {error.strerror or error}") from None


def _check_writable(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab"):
            pass
    except OSError as error:
        raise Refused(f"{path}: {error.strerror or error}") from None
