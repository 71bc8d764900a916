"""The command `load`: its options and exit codes. Locust runs as a child process: importing it patches everything."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def _option(help: str, *names: str, metavar: str | None = "N", **more: Any) -> Any:
    """An option whose help is one line of the screen: what it takes without a word is said in the help."""
    return typer.Option(*names, help=help, metavar=metavar, show_default=False, show_envvar=False, **more)


def load(
    url: Annotated[
        str | None, _option("Base URL (SCIM_URL); none: an embedded one.", metavar="U", envvar="SCIM_URL")
    ] = None,
    token: Annotated[str | None, _option("Its bearer token (SCIM_TOKEN).", metavar="T", envvar="SCIM_TOKEN")] = None,
    users: Annotated[int, _option("How many people; 50,000.", min=1, max=1_000_000)] = 50_000,
    scenario: Annotated[str | None, _option("What to send; initial-cycle (docs/load.md).", metavar="S")] = None,
    seed: Annotated[int, _option("The company is made from it; 4711.")] = 4711,
    concurrency: Annotated[int | None, _option("Requests at once; 8, with --rate 64.", min=1, max=1_000)] = None,
    workers: Annotated[int, _option("Processes that send; 1.", min=1, max=64)] = 1,
    rate: Annotated[float, _option("Requests/s, open loop; 0: closed.", min=0, max=1e6)] = 0,
    duration: Annotated[float | None, _option("Seconds of soak and read-mix; 60.", min=1)] = None,
    warm_up: Annotated[float, _option("First seconds that do not count; 0.", min=0)] = 0,
    cycles: Annotated[int, _option("Cycles of incremental; 5.", min=1)] = 5,
    tenants: Annotated[int | None, _option("Companies of tenants; 4.", min=1)] = None,
    tenants_file: Annotated[
        Path | None, _option("Their connections (SCIM_TENANTS).", metavar="F", envvar="SCIM_TENANTS")
    ] = None,
    remote_workers: Annotated[int, _option("Wait for so many of other machines.", min=0, max=1_000)] = 0,
    listen: Annotated[str | None, _option("Where they find us; *:5557.", metavar="A")] = None,
    join: Annotated[str | None, _option("Be --workers of the machine A:5557.", metavar="A")] = None,
    budget: Annotated[str | None, _option("YAML file, reference, or entra.", metavar="F")] = None,
    baseline: Annotated[list[Path] | None, _option("An earlier --json; several: median.", metavar="F")] = None,
    find_limit: Annotated[bool, _option("Raise the rate to the knee.", "--find-limit", metavar=None)] = False,
    cleanup: Annotated[bool, _option("Remove what it made; what is left?", "--cleanup", metavar=None)] = False,
    json: Annotated[Path | None, _option("Write the figures as JSON.", metavar="F")] = None,
    html: Annotated[Path | None, _option("Write the HTML report.", metavar="F")] = None,
    csv: Annotated[Path | None, _option("Write the operations as CSV.", metavar="F")] = None,
    junit: Annotated[Path | None, _option("Write the verdicts as JUnit XML.", metavar="F")] = None,
    stream: Annotated[Path | None, _option("Keep the run's event stream.", metavar="F")] = None,
) -> None:
    """Load a SCIM server as a provider would, and verify the end state.

    What the run creates in the target of --url stays there unless --cleanup is given; `scimulator clean` removes it later.
    A target without groups gets users alone.

    Example: scimulator load --users 1000 --url https://host/scim/v2 --token "$SCIM_TOKEN"
    """
    from loadtests.report.outputs import Outputs
    from loadtests.run.join_leader import join_run
    from loadtests.run.load_run import run_load
    from loadtests.run.locust_process import Processes
    from loadtests.run.options import (
        Options,
        default_concurrency,
        default_scenario,
        default_seconds,
    )
    from loadtests.scenarios.catalog import open_rate
    from loadtests.scenarios.plan import Settings
    from loadtests.target.target import Refused

    name = scenario or default_scenario(find_limit=find_limit)
    kept_rate = open_rate(name, rate)
    settings = Settings(
        scenario=name,
        users=users,
        seed=seed,
        seconds=duration or default_seconds(find_limit=find_limit),
        cycles=cycles,
        tenants=tenants or 0,
        rate=kept_rate,
        warm_up=warm_up,
    )
    try:
        if join is not None:
            raise typer.Exit(join_run(join, token, tenants_file, workers))
        processes = Processes(
            concurrency=concurrency or default_concurrency(kept_rate, find_limit=find_limit),
            workers=workers,
            remote_workers=remote_workers,
            listen=listen or "*",
        )
        options = Options(
            settings,
            processes,
            url=url,
            token=token,
            tenants_file=tenants_file,
            budget=budget,
            baseline=tuple(baseline or ()),
            find_limit=find_limit,
            cleanup=cleanup,
            outputs=Outputs(json, html, csv, junit),
            stream=stream,
        )
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
