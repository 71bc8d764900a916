"""`scimulator provision`: provisions one user or group on demand."""

from __future__ import annotations

from typing import Annotated

import typer

from simulator.commands.clear_errors import clear_errors
from simulator.commands.options import SCENARIO, Knob, Mapping, OAuth, Token, Url, option


def provision(
    who: Annotated[
        str, typer.Argument(metavar="WHO", help="Name, user name, or number of a user, or the name of a group.")
    ],
    url: Url = None,
    token: Token = None,
    credentials: OAuth = None,
    scenario: Annotated[
        str, option(SCENARIO, "Take the user or group from the company of this scenario.", metavar="SCENARIO")
    ] = "mixed-life",
    member: Annotated[
        list[str] | None,
        option(SCENARIO, "Provision this member of the group as well. Repeatable, at most five times.", metavar="WHO"),
    ] = None,
    knob: Knob = None,
    mapping: Mapping = None,
) -> None:
    """Provision one user or group in the five steps of provisioning on demand in Entra ID.

    The result stays in the target; `scimulator clean` deletes it.

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
