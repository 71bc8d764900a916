"""`check`, `explain` and `report`: parse, call, exit with the contract's codes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

OUTPUTS = ("html", "json", "junit", "markdown")


def check(
    url: Annotated[str | None, typer.Option(envvar="SCIM_URL", help="Base URL; none: an embedded server.")] = None,
    token: Annotated[str | None, typer.Option(envvar="SCIM_TOKEN", help="Its bearer token.")] = None,
    profile: Annotated[list[str] | None, typer.Option(help="rfc, entra, okta, entra-validator; several.")] = None,
    expression: Annotated[str, typer.Option("-k", help="Only checks whose names fit, as in pytest.")] = "",
    html: Annotated[Path | None, typer.Option(help="Write the HTML report here.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the results as JSON here.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML here.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write a summary for a pull request here.")] = None,
    stream: Annotated[Path | None, typer.Option(help="Keep the run's event stream here.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the generated requests.")] = 4711,
    fuzz: Annotated[bool, typer.Option("--fuzz/--no-fuzz", help="Send generated requests as well.")] = True,
    insecure: Annotated[bool, typer.Option("--insecure", help="Do not verify the TLS certificate.")] = False,
    openapi: Annotated[bool, typer.Option("--openapi", help="Only print the target as OpenAPI 3.1.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="Only list the checks.")] = False,
    brief: Annotated[bool, typer.Option("--brief", help="No heading.")] = False,
) -> None:
    """Check a SCIM server against the RFCs and what providers need.

    Example: scimulator check --url https://host/scim/v2 --token "$SCIM_TOKEN" --html report.html
    """
    from conformance.command import BadInput, Options, list_checks, print_openapi, run_command

    options = Options(
        url=url,
        token=token,
        profiles=tuple(profile or ("rfc", "entra", "okta")),
        expression=expression,
        outputs={"html": html, "json": json, "junit": junit, "markdown": markdown},
        stream=stream,
        seed=seed,
        fuzz=fuzz,
        verify_tls=not insecure,
        brief=brief,
    )
    try:
        if list_:
            raise typer.Exit(list_checks(options))
        if openapi:
            raise typer.Exit(print_openapi(options))
        raise typer.Exit(run_command(options))
    except BadInput as error:
        _refuse("check", error.code, str(error))
    except KeyboardInterrupt:
        _refuse("check", 130, "interrupted; what it made is removed, what it started is stopped")


def explain(id_: Annotated[str, typer.Argument(metavar="ID", help="A requirement, a check or a verdict.")]) -> None:
    """A requirement, check or verdict in words: what, why, where it is written.

    Example: scimulator explain RFC7644-3.5.2.2-04
    """
    from conformance.explain import NothingKnown, explain_id

    try:
        sys.stdout.write(explain_id(id_) + "\n")
    except NothingKnown as error:
        _refuse("explain", 2, str(error))


def report(
    run: Annotated[Path, typer.Argument(help="The event stream of a check run.")],
    html: Annotated[Path | None, typer.Option(help="Write the HTML report here.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the results as JSON here.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML here.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write a summary for a pull request here.")] = None,
) -> None:
    """Read a run's event stream again, in any format.

    Example: scimulator report run.jsonl --html report.html
    """
    from conformance.command import BadInput, report_again

    try:
        raise typer.Exit(report_again(run, {"html": html, "json": json, "junit": junit, "markdown": markdown}))
    except BadInput as error:
        _refuse("report", error.code, str(error))


def _refuse(command: str, code: int, line: str) -> None:
    typer.echo(f"scimulator {command}: {line}", err=True)
    raise typer.Exit(code)
