"""`scimulator clean`: deletes resources that simulations and load tests left in a target."""

from __future__ import annotations

from typing import Annotated

import typer

from simulator.commands.clear_errors import clear_errors
from simulator.commands.options import BEHAVIOR, TARGET, OAuth, Token, flag, option


def clean(
    url: Annotated[
        str | None, option(TARGET, "Base URL of the server to clean.", metavar="URL", envvar="SCIM_URL")
    ] = None,
    token: Token = None,
    credentials: OAuth = None,
    dry_run: Annotated[
        bool, flag(BEHAVIOR, "List what would be deleted, without deleting anything.", "--dry-run")
    ] = False,
) -> None:
    """Delete the users and groups that simulations and load tests left in a target.

    Users are recognized by a userName in contoso.example, fabrikam.example, or tenant-N.example, domains that no one can own.
    Groups are recognized by name or externalId, and only if every member is such a user. Nothing else is changed.

    Example: scimulator clean --url https://host/scim/v2 --token "$SCIM_TOKEN" --dry-run
    """
    with clear_errors("clean"):
        from simulator.commands.run_clean import run_clean
        from simulator.run.session import Secrets

        raise typer.Exit(run_clean(url, Secrets(token, credentials), dry_run=dry_run))
