"""What was asked of `load`, and whether it can be done: everything is checked before anything is sent."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtests.baseline import BadBaseline, read_baseline
from loadtests.budget import BadBudget, load_budget
from loadtests.scenarios.catalog import DEFAULT_RATES, SCENARIOS
from loadtests.scenarios.plan import Settings
from loadtests.target import Refused, check_url

ENDLESS = ("soak", "read-mix")  # end by time, so that a rate can be held for as long as a step lasts
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
    tenants: int = 4
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
        return Settings(self.name, self.users, self.seed, self.duration, self.cycles, self.tenants)

    def settings(self) -> dict[str, Any]:
        """What the report tells of how it was run."""
        return {
            "scenario": self.name,
            "users": self.users,
            "concurrency": self.lanes,
            "workers": self.workers,
            "rate": self.open_rate,
            "seconds": self.duration,
            "warm_up": self.warm_up,
        }


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What a run is held against."""

    budget: dict[str, Any]
    earlier: list[dict[str, Any]]


def checked(options: Options) -> Yardstick:
    """Budget and earlier runs, once everything that was asked for can be done; raises Refused."""
    if options.name not in SCENARIOS:
        raise Refused(f'--scenario: expected {", ".join(SCENARIOS)}, got "{options.name}"')
    if options.find_limit and options.name not in ENDLESS:
        raise Refused(f"--find-limit: expected --scenario {' or '.join(ENDLESS)}, which can keep a rate")
    if options.find_limit and options.baseline:
        raise Refused("--baseline: compares runs at one rate; --find-limit changes it")
    if options.name == "tenants" and os.environ.get("SCIM_TENANTS"):
        raise Refused("SCIM_TENANTS: several connections are for `locust -f` itself; load reads one target back")
    if options.url is not None:
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


def _check_writable(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab"):
            pass
    except OSError as error:
        raise Refused(f"{path}: {error.strerror or error}") from None
