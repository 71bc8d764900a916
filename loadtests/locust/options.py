"""Scimulator's options for Locust, and the settings that follow from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from loadtests.scenarios.catalog import SCENARIOS, open_rate
from loadtests.scenarios.plan import Settings
from loadtests.target.connections import Connection
from simulator.wording import counted


class BadOptions(Exception):
    """The options are not valid. The message states what was expected."""


def add_options(parser: Any) -> None:
    """Add a group of options to Locust's command line and web page."""
    group = parser.add_argument_group("SCIM")
    group.add_argument(
        "--scenario", choices=[*SCENARIOS, ""], default="", help="Scenario to run, as an alternative to --tags."
    )
    group.add_argument("--people", type=int, default=1000, help="Number of users to provision.")
    group.add_argument("--seed", type=int, default=4711, help="Seed of the company.")
    group.add_argument(
        "--rate",
        type=float,
        default=0.0,
        help="Requests per second; 0 sends the next request as soon as a response arrives.",
    )
    group.add_argument("--seconds", type=float, default=60.0, help="Duration of read-mix and soak in seconds.")
    group.add_argument("--warm-up", type=float, default=0.0, help="Seconds at the start that are not measured.")
    group.add_argument("--patience", type=float, default=60.0, help="Seconds to wait until a leaver is inactive.")
    group.add_argument("--cycles", type=int, default=5, help="Number of cycles of incremental.")
    group.add_argument(
        "--tenants", type=int, default=0, help="Number of connections in SCIM_TENANTS to use; 0 uses all."
    )
    group.add_argument("--without-groups", action="store_true", help="Provision only users.")
    parser.add_argument("--result", default="", help="Write the results as JSON to this file.", include_in_web_ui=False)


def settings_of(options: Any, tenants: Sequence[Connection], *, worker: bool = False) -> Settings:
    """The settings of a run. The scenario is that of --scenario or --tags. Raises BadOptions.

    A `worker` gets its options at the start of the run, so its own command line is not checked.
    """
    tagged = [name for name in options.tags or () if name in SCENARIOS]
    if not options.scenario and (len(tagged) > 1 or (options.tags and not tagged)):
        raise BadOptions(f"--tags: expected one of {', '.join(SCENARIOS)}, got {', '.join(options.tags)}")
    name = options.scenario or (tagged[0] if tagged else "initial-cycle")
    if options.people < 1 or options.tenants < 0 or options.cycles < 1 or options.rate < 0 or options.seconds <= 0:
        raise BadOptions(
            "expected --people and --cycles of at least 1, --tenants and --rate of at least 0, and --seconds above 0"
        )
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
        raise BadOptions("SCIM_TENANTS: expected a file with a connection for each tenant (see docs/load.md)")
    if number > connections:
        raise BadOptions(f"--tenants: {number} tenants, but SCIM_TENANTS has only {counted(connections, 'connection')}")
    if people < number:
        raise BadOptions(f"--people: expected at least one user for each of the {number} tenants, got {people}")
