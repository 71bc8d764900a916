"""`scimulator provision`: one person or group now."""

from __future__ import annotations

from typing import Annotated

import typer

from simulator.commands.clear_errors import clear_errors
from simulator.commands.options import Knob, Mapping, OAuth, Token, Url


def provision(
    who: Annotated[str, typer.Argument(help="A person's name, user name or number, or a group's name.")],
    url: Url = None,
    token: Token = None,
    credentials: OAuth = None,
    scenario: Annotated[str, typer.Option(help="The company they belong to.")] = "mixed-life",
    member: Annotated[list[str] | None, typer.Option(help="A member of the group; at most five.")] = None,
    knob: Knob = None,
    mapping: Mapping = None,
) -> None:
    """Provision one person or group now, in the five steps of Entra's provisioning on demand.

    The result stays in the target; `scimulator clean` removes it.

    Example: scimulator provision 7 --url https://host/scim/v2 --token "$SCIM_TOKEN"
    """
    with clear_errors("provision"):
        from simulator.commands.run_provision import run_provision
        from simulator.commands.run_simulate import scenario_with
        from simulator.entra.tenant_url import without_flag
        from simulator.run.session import Secrets

        chosen = scenario_with(scenario, url=url, knobs=knob or (), mapping=mapping)
        secrets = Secrets(token, credentials)
        raise typer.Exit(run_provision(who, member or [], chosen, without_flag(url), secrets))
