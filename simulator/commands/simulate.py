"""`scimulator simulate`: a scenario against a server, as an identity provider would run it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.commands.clear_errors import clear_errors
from simulator.commands.options import DialectName, Html, Json, Knob, LogFile, Mapping, OAuth, StreamFile, Token, Url


def simulate(
    scenario: Annotated[str, typer.Argument(help="A built-in name or a YAML file.")] = "mixed-life",
    url: Url = None,
    token: Token = None,
    credentials: OAuth = None,
    idp: Annotated[str | None, typer.Option(help="Whom to play; entra, okta, …")] = None,
    dialect: DialectName = None,
    knob: Knob = None,
    mapping: Mapping = None,
    seed: Annotated[int | None, typer.Option(help="Another seed than the scenario's.", metavar="N")] = None,
    users: Annotated[int | None, typer.Option(help="Another number of people.", min=1, metavar="N")] = None,
    days: Annotated[int | None, typer.Option(help="Another number of days.", min=0, metavar="N")] = None,
    pace: Annotated[str | None, typer.Option(help="entra: as slow as the real one, virtually.")] = None,
    rate: Annotated[
        float | None, typer.Option(help="At most so many requests a second.", min=0.01, metavar="N")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave what the run creates in the target of --url.")] = False,
    step: Annotated[bool, typer.Option("--step", help="Ask after each person what to do next.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the requests; send none.")] = False,
    chaos: Annotated[int, typer.Option(help="So many random lives with faults.", metavar="N")] = 0,
    shrink: Annotated[Path | None, typer.Option(help="Reduce a failing run; write it here.")] = None,
    record: Annotated[Path | None, typer.Option(help="Record every exchange on a tape.")] = None,
    report: Html = None,
    json: Json = None,
    stream: StreamFile = None,
    log: LogFile = None,
    list_: Annotated[bool, typer.Option("--list", help="List the built-in scenarios.")] = False,
) -> None:
    """Run a scenario against a SCIM server as an identity provider would, and prove that its state equals the directory.

    What the run creates in the target of --url is removed at the end, also after Ctrl-C or SIGTERM. A second Ctrl-C
    ends the removal; `scimulator clean` removes the rest.

    Example: scimulator simulate friday-evening-leaver --report life.html
    """
    with clear_errors("simulate"):
        from simulator.commands import run_simulate as command
        from simulator.run.session import Secrets

        if list_ or knob == ["list"]:
            typer.echo("\n".join(command.listing(knobs=bool(knob))))
            return
        if chaos:
            from simulator.commands.chaos import run_chaos

            raise typer.Exit(run_chaos(seed or 1, chaos))
        knobs = [*(knob or ()), *([f"pace={pace}"] if pace else ())]
        changed = {"seed": seed, "users": users, "days": days}
        chosen = command.scenario_with(
            scenario, url=url, dialect=dialect, knobs=knobs, mapping=mapping, idp=idp, **changed
        )
        if dry_run:
            raise typer.Exit(command.run_dry(chosen))
        if shrink:
            from simulator.commands.shrink import run_shrink

            raise typer.Exit(run_shrink(chosen, url, Secrets(token, credentials), shrink))
        outputs = command.Outputs(record, report, json, stream, log)
        secrets = Secrets(token, credentials)
        raise typer.Exit(command.run_simulate(chosen, url, secrets, outputs, rate=rate, step=step, keep=keep))
