"""`scimulator load`: options and exit codes. Locust runs in a child process, because it patches the standard library."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from loadtests.commands.options import JUDGMENT, LOAD, MACHINES, OUTPUT, TARGET, flag, option


def load(
    url: Annotated[
        str | None,
        option(
            TARGET,
            "Base URL of the server under test. Without it, the embedded reference server is loaded.",
            metavar="URL",
            envvar="SCIM_URL",
        ),
    ] = None,
    token: Annotated[str | None, option(TARGET, "Bearer token.", metavar="TOKEN", envvar="SCIM_TOKEN")] = None,
    tenants_file: Annotated[
        Path | None,
        option(
            TARGET,
            "JSON file with a URL and token for each company of the scenario tenants.",
            metavar="FILE",
            envvar="SCIM_TENANTS",
        ),
    ] = None,
    cleanup: Annotated[
        bool, flag(TARGET, "Delete the resources that this run created, and list any that remain.", "--cleanup")
    ] = False,
    scenario: Annotated[
        str | None,
        option(
            LOAD,
            "Send the requests of this scenario: initial-cycle, incremental, monday-morning, leavers, group-storm, "
            "read-mix, soak, or tenants. By default initial-cycle, or soak with --find-limit.",
            metavar="NAME",
        ),
    ] = None,
    users: Annotated[
        int, option(LOAD, "Create a company with this many users.", min=1, max=1_000_000, metavar="N")
    ] = 50_000,
    seed: Annotated[
        int, option(LOAD, "Generate the company from this seed.", min=0, max=2**32 - 1, metavar="N")
    ] = 4711,
    concurrency: Annotated[
        int | None,
        option(
            LOAD,
            "Keep this many requests in progress. By default 8, or 64 with --rate.",
            min=1,
            max=1_000,
            metavar="N",
        ),
    ] = None,
    rate: Annotated[
        float,
        option(
            LOAD,
            "Send this many requests per second, however slow the target is. 0 sends the next request as soon as a "
            "response arrives.",
            min=0,
            max=1e6,
            metavar="N",
        ),
    ] = 0,
    duration: Annotated[
        float | None,
        option(
            LOAD,
            "Run soak and read-mix for this long. By default 60 seconds, or 10 for each step of --find-limit.",
            min=1,
            metavar="SECONDS",
        ),
    ] = None,
    warm_up: Annotated[
        float, option(LOAD, "Exclude this many seconds at the start from the results.", min=0, metavar="SECONDS")
    ] = 0,
    cycles: Annotated[
        int | None,
        option(LOAD, "Run this many cycles of the scenario incremental. By default 5.", min=1, metavar="N"),
    ] = None,
    tenants: Annotated[
        int | None,
        option(LOAD, "Provision this many companies in the scenario tenants. By default 4.", min=1, metavar="N"),
    ] = None,
    find_limit: Annotated[
        bool, flag(LOAD, "Raise the rate step by step until the budget is exceeded.", "--find-limit")
    ] = False,
    workers: Annotated[
        int, option(MACHINES, "Send from this many processes on this machine.", min=1, max=64, metavar="N")
    ] = 1,
    remote_workers: Annotated[
        int,
        option(
            MACHINES, "Lead the run, and wait for this many workers on other machines.", min=0, max=1_000, metavar="N"
        ),
    ] = 0,
    listen: Annotated[
        str | None,
        option(MACHINES, "As the leader, listen on this address. By default *:5557.", metavar="HOST:PORT"),
    ] = None,
    join: Annotated[
        str | None,
        option(MACHINES, "Work for the leader at this address, with --workers processes.", metavar="HOST:PORT"),
    ] = None,
    budget: Annotated[
        str | None,
        option(
            JUDGMENT,
            "Compare the results with this budget: entra, reference, or a YAML file. By default entra.",
            metavar="NAME|FILE",
        ),
    ] = None,
    baseline: Annotated[
        list[Path] | None,
        option(
            JUDGMENT,
            "Compare with the --json report of an earlier run. Repeatable: several runs show the normal variation.",
            metavar="FILE",
        ),
    ] = None,
    html: Annotated[Path | None, option(OUTPUT, "Write the HTML report to this file.", metavar="FILE")] = None,
    json: Annotated[Path | None, option(OUTPUT, "Write the results as JSON to this file.", metavar="FILE")] = None,
    csv: Annotated[Path | None, option(OUTPUT, "Write one row per operation to this CSV file.", metavar="FILE")] = None,
    junit: Annotated[
        Path | None, option(OUTPUT, "Write the verdicts as JUnit XML to this file.", metavar="FILE")
    ] = None,
    stream: Annotated[
        Path | None,
        option(OUTPUT, "Write the event stream, from which `scimulator report` makes every report.", metavar="FILE"),
    ] = None,
) -> None:
    """Send the requests of an identity provider to a SCIM server at full size, and verify the end state.

    Without --cleanup, the users and groups that the run creates in the target of --url remain there; `scimulator clean`
    removes them later. If the target does not support groups, only users are provisioned.

    Example: scimulator load --users 1000 --url https://host/scim/v2 --token "$SCIM_TOKEN"
    """
    from loadtests.report.outputs import Outputs
    from loadtests.run.join_leader import join_run
    from loadtests.run.load_run import run_load
    from loadtests.run.locust_process import Processes
    from loadtests.run.options import (
        CYCLES,
        Options,
        check_fit,
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
        cycles=cycles or CYCLES,
        tenants=tenants or 0,
        rate=kept_rate,
        warm_up=warm_up,
    )
    try:
        if join is not None:
            raise typer.Exit(join_run(join, token, tenants_file, workers))
        named = None if "SCIM_TENANTS" in os.environ else tenants_file  # the variable may be set for other runs
        check_fit(name, tenants_file=named, tenants=tenants, cycles=cycles, duration=duration)
        if listen is not None and not remote_workers:
            raise Refused("--listen: expected --remote-workers, which make this run a leader")
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
        typer.echo("scimulator load: interrupted; all processes that it started have ended", err=True)
        raise typer.Exit(130) from None
