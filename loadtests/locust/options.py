"""Our options beside Locust's own, and what they ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from loadtests.scenarios.catalog import SCENARIOS, open_rate
from loadtests.scenarios.plan import Settings
from loadtests.target.connections import Connection


class BadOptions(Exception):
    """What was asked for cannot be done; the message says what was expected."""


def add_options(parser: Any) -> None:
    """A group of our own, in the web page too."""
    group = parser.add_argument_group("SCIM")
    group.add_argument("--scenario", choices=[*SCENARIOS, ""], default="", help="What to send; or as --tags.")
    group.add_argument("--people", type=int, default=1000, help="How many people to provision.")
    group.add_argument("--seed", type=int, default=4711, help="The seed the company is made from.")
    group.add_argument("--rate", type=float, default=0.0, help="Requests a second, open loop; 0: as fast as answered.")
    group.add_argument("--seconds", type=float, default=60.0, help="How long read-mix and soak last.")
    group.add_argument("--warm-up", type=float, default=0.0, help="Seconds at the beginning that do not count.")
    group.add_argument("--patience", type=float, default=60.0, help="Seconds to wait for a leaver to be inactive.")
    group.add_argument("--cycles", type=int, default=5, help="Cycles of incremental.")
    group.add_argument(
        "--tenants", type=int, default=0, help="So many of the connections that SCIM_TENANTS names; 0: all."
    )
    group.add_argument("--without-groups", action="store_true", help="Provision users only.")
    parser.add_argument(
        "--result", default="", help="Write the figures here as JSON at the end.", include_in_web_ui=False
    )


def settings_of(options: Any, tenants: Sequence[Connection], *, worker: bool = False) -> Settings:
    """The scenario is that of --scenario, else the one of --tags; raises BadOptions.

    A `worker` gets its options with the run, so what it was started with says nothing yet.
    """
    tagged = [name for name in options.tags or () if name in SCENARIOS]
    if not options.scenario and (len(tagged) > 1 or (options.tags and not tagged)):
        raise BadOptions(f"--tags: expected one of {', '.join(SCENARIOS)}, got {', '.join(options.tags)}")
    name = options.scenario or (tagged[0] if tagged else "initial-cycle")
    if options.people < 1 or options.tenants < 0 or options.cycles < 1 or options.rate < 0 or options.seconds <= 0:
        raise BadOptions("--people and --cycles: from 1 up; --tenants and --rate: from 0 up; --seconds: more than 0")
    number = options.tenants or len(tenants)
    if name == "tenants" and not worker:
        _check_tenants(number, len(tenants), options.people)
    return Settings(
        scenario=name,
        users=options.people,
        seed=options.seed,
        seconds=options.seconds,
        cycles=options.cycles,
        tenants=max(number, 1),
        rate=open_rate(name, options.rate),
        warm_up=options.warm_up,
        patience_s=options.patience,
        groups=not options.without_groups,
    )


def _check_tenants(number: int, connections: int, people: int) -> None:
    if not connections:
        raise BadOptions("SCIM_TENANTS: expected a file with a connection for each tenant (docs/load.md)")
    if number > connections:
        raise BadOptions(f"--tenants: {number} tenants, but SCIM_TENANTS names {connections} connections")
    if people < number:
        raise BadOptions(f"--people: expected at least one for each of the {number} tenants, got {people}")
