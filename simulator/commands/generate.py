"""`scimulator generate`: writes a random scenario as YAML."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def generate(
    seed: Annotated[
        int, typer.Option(metavar="N", min=0, max=2**32 - 1, help="Generate the company and its events from this seed.")
    ] = 4711,
    users: Annotated[int, typer.Option(metavar="N", help="Number of users.", min=1, max=100_000)] = 50,
    days: Annotated[int, typer.Option(metavar="N", help="Number of days.", min=1, max=3_660)] = 30,
    schema: Annotated[
        bool,
        typer.Option(
            "--schema", metavar="", help="Write the JSON Schema of scenario files instead.", show_default=False
        ),
    ] = False,
) -> None:
    """Write a random scenario of joiners, movers, and leavers as YAML, to read, edit, and keep.

    Example: scimulator generate --seed 7 --users 50 --days 10 > life.yaml
    """
    from simulator.scenario.generate import generate_scenario, scenario_schema

    sys.stdout.write(scenario_schema() if schema else generate_scenario(seed, users, days))
