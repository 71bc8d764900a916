"""`simulate`, `generate`, `replay`, `demo` and `report`: parse, call, exit with the contract's codes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

Url = Annotated[str | None, typer.Option(envvar="SCIM_URL", help="Base URL of the target; none: an embedded server.")]
Token = Annotated[str | None, typer.Option(envvar="SCIM_TOKEN", help="Its bearer token.")]
StreamFile = Annotated[Path | None, typer.Option(help="Keep the run's event stream (JSON lines) here.")]


def simulate(
    scenario: Annotated[str, typer.Argument(help="A built-in name or a YAML file.")] = "mixed-life",
    url: Url = None,
    token: Token = None,
    idp: Annotated[str, typer.Option(help="The identity provider to play.")] = "entra",
    dialect: Annotated[str | None, typer.Option(help="default or aadOptscim062020.")] = None,
    seed: Annotated[int | None, typer.Option(help="Another seed than the scenario's.")] = None,
    users: Annotated[int | None, typer.Option(help="Another number of people.", min=1)] = None,
    days: Annotated[int | None, typer.Option(help="Another number of virtual days.", min=0)] = None,
    record: Annotated[Path | None, typer.Option(help="Record every exchange on a tape.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write the HTML report here.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the results as JSON here.")] = None,
    stream: StreamFile = None,
    list_: Annotated[bool, typer.Option("--list", help="List the built-in scenarios.")] = False,
) -> None:
    """Run a scenario against a SCIM server as Entra ID would, and prove that its state equals the directory.

    Example: scimulator simulate friday-evening-leaver --report life.html
    """
    with _clear_errors("simulate"):
        from simulator.lifecycle.events import EventDoesNotFit
        from simulator.scenario.load import find_scenario, list_scenarios
        from simulator.session import BadInput

        if list_:
            for name, story in list_scenarios():
                typer.echo(f"{name:<24}{story}")
            return
        chosen = find_scenario(scenario)
        if idp != "entra":
            raise BadInput(f'--idp: expected entra, got "{idp}"')
        changed: dict[str, Any] = {"seed": seed, "users": users, "days": days}
        changed = {**chosen.model_dump(), **{name: value for name, value in changed.items() if value is not None}}
        if dialect is not None:
            changed["provider"]["dialect"] = dialect
        scenario_to_run = _validated(changed)
        try:
            too_late = scenario_to_run.rehearse()
        except EventDoesNotFit as error:
            raise BadInput(f"{scenario_to_run.name}: {error}") from None
        if too_late:
            typer.echo(f"scimulator simulate: {too_late} events lie after day {scenario_to_run.days} and do not happen")
        raise typer.Exit(_simulate(scenario_to_run, url, token, record, report, json, stream))


def generate(
    seed: Annotated[int, typer.Option(help="The seed everything is made from.")] = 4711,
    users: Annotated[int, typer.Option(help="How many people.", min=1)] = 50,
    days: Annotated[int, typer.Option(help="How many days.", min=1)] = 30,
) -> None:
    """Write a joiner / mover / leaver scenario as YAML to standard output, to read, edit and keep.

    Example: scimulator generate --seed 7 --users 50 --days 10 > life.yaml
    """
    from simulator.scenario.generate import generate_scenario

    sys.stdout.write(generate_scenario(seed, users, days))


def replay(
    tape: Annotated[Path, typer.Argument(help="A tape, or the stream of a run.")],
    url: Url = None,
    token: Token = None,
    json: Annotated[Path | None, typer.Option(help="Write the departures as JSON here.")] = None,
    stream: StreamFile = None,
) -> None:
    """Send recorded traffic to a server and compare the answers by meaning.

    Example: scimulator replay life.tape --url https://host/scim/v2 --token "$SCIM_TOKEN"
    """
    with _clear_errors("replay"):
        from simulator.tape.command import run_replay

        raise typer.Exit(run_replay(tape, url, token, json, stream))


def demo(out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("report")) -> None:
    """The whole story in under a minute: provision, live through 30 days, sync to accounts, check, report.

    Example: scimulator demo --out report/
    """
    with _clear_errors("demo"):
        from simulator.demo import run_demo

        raise typer.Exit(run_demo(out))


def report(
    run: Annotated[Path, typer.Argument(help="The event stream of a simulation or a replay.")],
    html: Annotated[Path | None, typer.Option(help="Write the HTML report here.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the results as JSON here.")] = None,
) -> None:
    """Read a run's event stream again, in any format.

    Example: scimulator report run.jsonl --html report.html
    """
    with _clear_errors("report"):
        from simulator.report.again import report_again

        raise typer.Exit(report_again(run, html, json))


def _simulate(
    scenario: Any,
    url: str | None,
    token: str | None,
    record: Path | None,
    report: Path | None,
    json: Path | None,
    stream: Path | None,
) -> int:
    import uvloop

    from simulator import session
    from simulator.report.again import write_reports
    from simulator.report.console import ConsoleReport, summary_lines
    from simulator.tape.tape import Recorder

    session.check_writable(report, json, record)
    typer.echo(f"scimulator simulate {scenario.name}     seed {scenario.seed}     {scenario.provider.dialect.value}")
    console = ConsoleReport()
    with session.open_target(url, token, scenario) as target:
        recorder = Recorder(record, target.url) if record else None
        listeners = (console, recorder) if recorder else (console,)
        with session.open_stream(stream, *listeners) as (events, path):
            outcome = uvloop.run(session.simulate(scenario, target, events))
            console.finish()
            if recorder:
                recorder.close()
            summary = write_reports(path, report, json)
    for line in summary_lines(summary):
        typer.echo(line)
    code = session.exit_code_of(outcome)
    typer.echo(f"  {'wall time':<28}{outcome.wall_seconds} s     exit {code}")
    return code


def _validated(changed: dict[str, Any]) -> Any:
    from pydantic import ValidationError

    from simulator.scenario.model import Scenario
    from simulator.session import BadInput

    try:
        return Scenario.model_validate(changed)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(f"--{first['loc'][-1]}: {first['msg'].lower()}") from None


@contextmanager
def _clear_errors(command: str) -> Iterator[None]:
    """One line and the right exit code for everything that is the user's or the target's to mend."""
    from simulator.outcome import TargetUnusable
    from simulator.scenario.load import ScenarioError
    from simulator.session import BadInput
    from simulator.tape.tape import UnreadableTape
    from simulator.wire.stream import UnreadableStream

    try:
        yield
    except (BadInput, ScenarioError, UnreadableTape, UnreadableStream) as error:
        typer.echo(f"scimulator {command}: {error}", err=True)
        raise typer.Exit(2) from None
    except TargetUnusable as error:
        typer.echo(f"scimulator {command}: {error}", err=True)
        raise typer.Exit(3) from None
    except KeyboardInterrupt:
        typer.echo(f"scimulator {command}: interrupted, everything it started is stopped", err=True)
        raise typer.Exit(130) from None
