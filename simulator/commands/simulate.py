"""`scimulator simulate`: runs a scenario against a server as an identity provider would."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.commands.clear_errors import clear_errors
from simulator.commands.options import (
    BEHAVIOR,
    OTHER,
    OUTPUT,
    PROVIDER,
    SCENARIO,
    TARGET,
    Html,
    Json,
    Knob,
    LogFile,
    Mapping,
    OAuth,
    StreamFile,
    Token,
    Url,
    flag,
    option,
)

_OUTPUTS = ("report", "json", "log", "record", "stream")
# The options that a mode does not use.
_RUN = ("rate", "keep", "step", *_OUTPUTS)
_SCENARIO = ("scenario", "users", "days", "verify")
_UNUSED = {
    "chaos": ("url", "token", "credentials", "shrink", "dry_run", *_SCENARIO, *_RUN),
    "dry_run": ("shrink", *_RUN),
    "shrink": _RUN,
}


def simulate(
    context: typer.Context,
    scenario: Annotated[
        str,
        typer.Argument(metavar="SCENARIO", help="Name of a built-in scenario, which --list shows, or a YAML file."),
    ] = "mixed-life",
    url: Url = None,
    token: Token = None,
    credentials: OAuth = None,
    rate: Annotated[
        float | None, option(TARGET, "Send at most this many requests per second.", min=0.01, metavar="N")
    ] = None,
    keep: Annotated[bool, flag(TARGET, "Leave what the run creates in the target of --url.", "--keep")] = False,
    idp: Annotated[
        str | None,
        option(
            PROVIDER,
            "Play this identity provider: entra, okta, okta-wizard, authentik, cyberark, keycloak, pingfederate, jumpcloud, "
            "or onelogin. By default that of the scenario.",
            metavar="NAME",
        ),
    ] = None,
    dialect: Annotated[
        str | None,
        option(PROVIDER, "PATCH dialect of Entra ID: default, aadOptscim062020, or customappsso.", metavar="NAME"),
    ] = None,
    knob: Knob = None,
    mapping: Mapping = None,
    pace: Annotated[
        str | None,
        option(PROVIDER, "Let requests take as much virtual time as with Entra ID (`entra`).", metavar="entra"),
    ] = None,
    seed: Annotated[
        int | None,
        option(SCENARIO, "Use this seed instead of the one in the scenario.", min=0, max=2**32 - 1, metavar="N"),
    ] = None,
    users: Annotated[
        int | None, option(SCENARIO, "Use this number of users instead of the one in the scenario.", min=1, metavar="N")
    ] = None,
    days: Annotated[
        int | None, option(SCENARIO, "Use this number of days instead of the one in the scenario.", min=0, metavar="N")
    ] = None,
    verify: Annotated[
        str | None,
        option(
            BEHAVIOR,
            "Read back what each cycle touched (`touched`), everything after every cycle (`every cycle`), or each resource "
            "that the run created by its id, and never a list (`by id`). By default as the scenario says.",
            metavar="EXTENT",
        ),
    ] = None,
    step: Annotated[
        bool, flag(BEHAVIOR, "Provision one user at a time, and ask what to do next after each.", "--step")
    ] = False,
    shrink: Annotated[
        Path | None,
        option(BEHAVIOR, "If the run fails, write a scenario with only the events that make it fail.", metavar="FILE"),
    ] = None,
    report: Html = None,
    json: Json = None,
    log: LogFile = None,
    record: Annotated[
        Path | None, option(OUTPUT, "Record every request and response on a tape (.tape or .har).", metavar="FILE")
    ] = None,
    stream: StreamFile = None,
    list_: Annotated[bool, flag(OTHER, "List the built-in scenarios.", "--list")] = False,
    dry_run: Annotated[bool, flag(OTHER, "Print the requests without sending any.", "--dry-run")] = False,
    chaos: Annotated[
        int | None,
        option(
            OTHER,
            "Run N random scenarios with fault injection against the embedded server.",
            metavar="N",
            min=1,
        ),
    ] = None,
) -> None:
    """Play an identity provider against a SCIM server, and verify that the server ends up with the directory's users and groups.

    Without --keep, the run deletes what it created in the target of --url, even after Ctrl-C or SIGTERM. A second Ctrl-C stops
    the deletion; `scimulator clean` deletes the rest.

    Example: scimulator simulate friday-evening-leaver --report life.html
    """
    with clear_errors("simulate"):
        from simulator.commands import run_simulate as command
        from simulator.run.session import Secrets

        _check_modes(context)
        if list_ or knob == ["list"]:
            typer.echo("\n".join(command.listing(knobs=bool(knob))))
            return
        knobs = [*(knob or ()), *([f"pace={pace}"] if pace else ())]
        changed = {"seed": seed, "users": users, "days": days, "verify": verify}
        chosen = command.scenario_with(
            scenario, url=url, dialect=dialect, knobs=knobs, mapping=mapping, idp=idp, **changed
        )
        if chaos:
            from simulator.commands.chaos import run_chaos

            raise typer.Exit(run_chaos(seed or 1, chaos, provider=chosen.provider))
        if dry_run:
            raise typer.Exit(command.run_dry(chosen))
        if shrink:
            from simulator.commands.shrink import run_shrink

            raise typer.Exit(run_shrink(chosen, url, Secrets(token, credentials), shrink))
        outputs = command.Outputs(record, report, json, stream, log)
        secrets = Secrets(token, credentials)
        raise typer.Exit(command.run_simulate(chosen, url, secrets, outputs, rate=rate, step=step, keep=keep))


def _check_modes(context: typer.Context) -> None:
    """Raise BadInput for an option on the command line that another one makes useless."""
    from simulator.run.session import BadInput

    given = [name for name in context.params if str(context.get_parameter_source(name)).endswith("COMMANDLINE")]
    for mode, unused in _UNUSED.items():
        for name in given if mode in given else ():
            if name in unused:
                shown = "SCENARIO" if name == "scenario" else f"--{name.replace('_', '-')}"
                raise BadInput(f"--{mode.replace('_', '-')}: cannot be combined with {shown}")
