"""The simulator's commands: parse, call, exit with the contract's codes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from simulator.commands.clear_errors import clear_errors

Url = Annotated[str | None, typer.Option(envvar="SCIM_URL", help="Base URL; none: an embedded one.")]
Token = Annotated[str | None, typer.Option(envvar="SCIM_TOKEN", help="Its bearer token.")]
OAuth = Annotated[Path | None, typer.Option(help="OAuth client (YAML), for a token.")]
StreamFile = Annotated[Path | None, typer.Option(help="Keep the run's event stream.")]
DialectName = Annotated[str | None, typer.Option(help="default or aadOptscim062020.")]
Knob = Annotated[list[str] | None, typer.Option(help="NAME=VALUE; list: show all.")]
Mapping = Annotated[Path | None, typer.Option(help="A schema (JSON) that Entra exported.")]
LogFile = Annotated[Path | None, typer.Option(help="Provisioning log: F.jsonl, or a CSV folder.")]
Html = Annotated[Path | None, typer.Option(help="Write the HTML report here.")]
Json = Annotated[Path | None, typer.Option(help="Write the results as JSON here.")]


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

    Example: scimulator simulate friday-evening-leaver --report life.html
    """
    with clear_errors("simulate"):
        from simulator.commands import simulate as command
        from simulator.run.session import Secrets

        if list_ or knob == ["list"]:
            typer.echo("\n".join(command.listing(knobs=bool(knob))))
            return
        if chaos:
            raise typer.Exit(command.chaos(seed or 1, chaos))
        knobs = [*(knob or ()), *([f"pace={pace}"] if pace else ())]
        changed = {"seed": seed, "users": users, "days": days}
        chosen = command.scenario_with(
            scenario, url=url, dialect=dialect, knobs=knobs, mapping=mapping, idp=idp, **changed
        )
        if dry_run:
            raise typer.Exit(command.run_dry(chosen))
        if shrink:
            raise typer.Exit(command.shrink(chosen, url, Secrets(token, credentials), shrink))
        outputs = command.Outputs(record, report, json, stream, log)
        raise typer.Exit(command.run_simulate(chosen, url, Secrets(token, credentials), outputs, rate=rate, step=step))


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

    Example: scimulator provision 7 --url https://host/scim/v2 --token "$SCIM_TOKEN"
    """
    with clear_errors("provision"):
        from simulator.commands.provision import run_provision
        from simulator.commands.simulate import scenario_with
        from simulator.entra.tenant_url import without_flag
        from simulator.run.session import Secrets

        chosen = scenario_with(scenario, url=url, knobs=knob or (), mapping=mapping)
        secrets = Secrets(token, credentials)
        raise typer.Exit(run_provision(who, member or [], chosen, without_flag(url), secrets))


def mapping(
    file: Annotated[Path | None, typer.Argument(help="A schema to read; none: the default mapping.")] = None,
    evaluate: Annotated[str | None, typer.Option(help="An expression to try.")] = None,
    value: Annotated[list[str] | None, typer.Option(help="A source attribute for it: NAME=VALUE.")] = None,
) -> None:
    """Write a mapping as the synchronization schema (JSON) that Entra exports and imports, or try an expression.

    Example: scimulator mapping --evaluate 'ToLower([mail])' --value mail=Ann@Example.com
    """
    with clear_errors("mapping"):
        from simulator.commands.mapping import evaluated, exported

        typer.echo(exported(file) if evaluate is None else evaluated(evaluate, value or []))


def log(
    run: Annotated[Path, typer.Argument(help="The event stream of a simulation.")],
    who: Annotated[str, typer.Option(help="Only this person or group: part of a name, or an id.")] = "",
    action: Annotated[str, typer.Option(help="Only create, update, disable, delete, other.")] = "",
    status: Annotated[str, typer.Option(help="Only success, failure, skipped, warning.")] = "",
    code: Annotated[str, typer.Option(help="Only this error code.")] = "",
    details: Annotated[bool, typer.Option("--details", help="Steps, changes and exchanges too.")] = False,
) -> None:
    """Show a run's provisioning log as Entra shows it, with the exchanges that Entra does not show.

    Example: scimulator log run.jsonl --status failure --details
    """
    with clear_errors("log"):
        from simulator.report.log_view import LogFilter, log_lines
        from simulator.stream.run_stream import read_stream

        for line in log_lines(read_stream(run), LogFilter(who, action, status, code), details=details):
            typer.echo(line)


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


def replay(
    tape: Annotated[Path, typer.Argument(help="A tape, a HAR, or the stream of a run.")],
    url: Url = None,
    token: Token = None,
    json: Annotated[Path | None, typer.Option(help="Write the departures as JSON here.")] = None,
    stream: StreamFile = None,
    scrub: Annotated[Path | None, typer.Option(help="Send nothing; write it without people here.")] = None,
    convert: Annotated[Path | None, typer.Option(help="Send nothing; write it as F.har or F.tape.")] = None,
) -> None:
    """Send recorded traffic to a server and compare the answers by meaning.

    Example: scimulator replay life.tape --url https://host/scim/v2 --token "$SCIM_TOKEN"
    """
    with clear_errors("replay"):
        from simulator.commands.replay import run_copy, run_replay
        from simulator.run.session import Secrets

        if out := scrub or convert:
            raise typer.Exit(run_copy(tape, out, scrub=scrub is not None))
        raise typer.Exit(run_replay(tape, url, Secrets(token), json, stream))


def demo(out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("report")) -> None:
    """The whole story in under a minute: provision, live through 30 days, sync to accounts, check, report.

    Example: scimulator demo --out report/
    """
    with clear_errors("demo"):
        from simulator.commands.demo import run_demo

        raise typer.Exit(run_demo(out))


def report(
    run: Annotated[Path, typer.Argument(help="The event stream of a simulation or a replay.")],
    html: Html = None,
    json: Json = None,
    log: LogFile = None,
) -> None:
    """Read a run's event stream again, in any format.

    Example: scimulator report run.jsonl --html report.html
    """
    with clear_errors("report"):
        from simulator.report.saved_runs import report_again

        raise typer.Exit(report_again(run, html, json, log))
