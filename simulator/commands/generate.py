"""`scimulator generate`: a scenario as YAML."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def generate(
    seed: Annotated[int, typer.Option(help="The seed everything is made from.")] = 4711,
    users: Annotated[int, typer.Option(help="How many people.", min=1)] = 50,
    days: Annotated[int, typer.Option(help="How many days.", min=1)] = 30,
    schema: Annotated[bool, typer.Option("--schema", help="Write the JSON Schema of scenario files.")] = False,
) -> None:
    """Write a joiner / mover / leaver scenario as YAML, to read, edit and keep.

    Example: scimulator generate --seed 7 --users 50 --days 10 > life.yaml
    """
    from simulator.scenario.generate import generate_scenario, scenario_schema

    sys.stdout.write(scenario_schema() if schema else generate_scenario(seed, users, days))
