"""`load` and `report`: parse, call, exit with the contract's codes. Locust runs as a child: importing it patches everything."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def load(
    url: Annotated[str | None, typer.Option(envvar="SCIM_URL", help="Base URL; none: an embedded server.")] = None,
    token: Annotated[str | None, typer.Option(envvar="SCIM_TOKEN", help="Its bearer token.")] = None,
    users: Annotated[int, typer.Option(help="How many people to provision.", min=1, max=1_000_000)] = 50_000,
    scenario: Annotated[str, typer.Option(help="What to send: initial-cycle.")] = "initial-cycle",
    seed: Annotated[int, typer.Option(help="The seed the company is made from.")] = 4711,
    concurrency: Annotated[int, typer.Option(help="Requests under way at once.", min=1, max=1_000)] = 8,
    budget: Annotated[str | None, typer.Option(help="Limits: a YAML file, entra (default) or reference.")] = None,
    cleanup: Annotated[bool, typer.Option("--cleanup", help="Remove what the run created, say what is left.")] = False,
    json: Annotated[Path | None, typer.Option(help="Write the figures as JSON here.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the HTML report here.")] = None,
    stream: Annotated[Path | None, typer.Option(help="Keep the run's event stream here.")] = None,
) -> None:
    """Load a SCIM server as a provider's first cycle would, and verify the end state.

    Example: scimulator load --users 1000 --url https://host/scim/v2 --token "$SCIM_TOKEN"
    """
    from loadtests.command import Options, run_load
    from loadtests.target import Refused

    options = Options(
        url, token, users, scenario, seed, concurrency, budget, cleanup=cleanup, json=json, html=html, stream=stream
    )
    try:
        raise typer.Exit(run_load(options, typer.echo))
    except Refused as error:
        typer.echo(f"scimulator load: {error}", err=True)
        raise typer.Exit(error.code) from None
    except OSError as error:
        typer.echo(f"scimulator load: {error}", err=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        typer.echo("scimulator load: interrupted, everything it started is stopped", err=True)
        raise typer.Exit(130) from None


def report(
    run: Annotated[Path, typer.Argument(help="The event stream of a load run.")],
    html: Annotated[Path | None, typer.Option(help="Write the HTML report here.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the figures as JSON here.")] = None,
) -> None:
    """Read a run's event stream again, in any format.

    Example: scimulator report run.jsonl --html report.html
    """
    from loadtests.report import as_html, as_json, console_lines
    from simulator.wire.stream import UnreadableStream, read_stream

    try:
        events = list(read_stream(run))
        for path, form in ((html, as_html), (json, as_json)):
            if path is not None:
                path.write_text(form(events), "utf-8")
    except (UnreadableStream, OSError) as error:
        typer.echo(f"scimulator report: {error}", err=True)
        raise typer.Exit(2) from None
    for line in console_lines(events):
        typer.echo(line)
    raise typer.Exit(events[-1]["exit_code"])
