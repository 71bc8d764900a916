"""`check`, `explain`, `report` and `defect`: parse, call, exit with the contract's codes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer


def _option(help: str, *names: str, metavar: str | None = "F", **more: Any) -> Any:
    """One line of help: the default and the variable stand in the text where they matter."""
    return typer.Option(*names, help=help, metavar=metavar, show_default=False, show_envvar=False, **more)


Html = Annotated[Path | None, _option("Write the HTML report here.")]
Json = Annotated[Path | None, _option("Write the results as JSON here.")]
Junit = Annotated[Path | None, _option("Write JUnit XML here.")]
Sarif = Annotated[Path | None, _option("Write SARIF here, for code scanning.")]
Markdown = Annotated[Path | None, _option("Write a pull request's summary here.")]
Badge = Annotated[Path | None, _option("Write an SVG badge here.")]


def check(
    url: Annotated[
        str | None, _option("Base URL (SCIM_URL); none: an embedded one.", metavar="U", envvar="SCIM_URL")
    ] = None,
    token: Annotated[str | None, _option("Its bearer token (SCIM_TOKEN).", metavar="T", envvar="SCIM_TOKEN")] = None,
    profile: Annotated[list[str] | None, _option("rfc; scimulator explain profiles: all.", metavar="P")] = None,
    expression: Annotated[str, _option("Only checks whose names fit, as in pytest.", "-k", metavar="EXPR")] = "",
    level: Annotated[str, _option("must; should: a WARN fails the run, too.", metavar="L")] = "must",
    html: Html = None,
    json: Json = None,
    junit: Junit = None,
    sarif: Sarif = None,
    markdown: Markdown = None,
    badge: Badge = None,
    stream: Annotated[Path | None, _option("Keep the run's event stream here.")] = None,
    config: Annotated[Path | None, _option("Settings and waivers; scimulator.toml.")] = None,
    baseline: Annotated[Path | None, _option("An earlier run to compare with.")] = None,
    fail_on: Annotated[str, _option("any; new: what the baseline lacks.", metavar="W")] = "any",
    failed: Annotated[bool, _option("Only what did not pass last time.", "--failed", metavar=None)] = False,
    header: Annotated[list[str] | None, _option("'Name: value' on every request.", metavar="H")] = None,
    credentials: Annotated[Path | None, _option("OAuth client (YAML), for a token; or:")] = None,
    oauth_url: Annotated[str | None, _option("its token endpoint,", metavar="U")] = None,
    oauth_client: Annotated[str | None, _option("client id (secret: SCIM_CLIENT_SECRET),", metavar="ID")] = None,
    oauth_scope: Annotated[str | None, _option("and scope.", metavar="S")] = None,
    resource_type: Annotated[list[str] | None, _option("Only this resource type; several.", metavar="R")] = None,
    read_only: Annotated[bool, _option("Send nothing that writes.", "--read-only", metavar=None)] = False,
    parallel: Annotated[int, _option("Checks at once, 1 to 64; 4.", min=1, max=64, metavar="N")] = 4,
    timeout: Annotated[float, _option("Seconds to wait for an answer; 30.", min=0.1, metavar="N")] = 30.0,
    seed: Annotated[int, _option("Seed of what is generated; 4711.", metavar="N")] = 4711,
    examples: Annotated[int, _option("Random cases for each property; 25.", min=1, metavar="N")] = 25,
    fuzz: Annotated[bool, _option("Generated requests as well.", "--fuzz/--no-fuzz", metavar=None)] = True,
    insecure: Annotated[bool, _option("Do not verify the certificate.", "--insecure", metavar=None)] = False,
    openapi: Annotated[bool, _option("Only print the target as OpenAPI 3.1.", "--openapi", metavar=None)] = False,
    list_: Annotated[bool, _option("Only list the checks.", "--list", metavar=None)] = False,
    self_test: Annotated[bool, _option("Prove that each check bites.", "--self-test", metavar=None)] = False,
    brief: Annotated[bool, typer.Option("--brief", hidden=True)] = False,
) -> None:
    """Check a SCIM server against the RFCs and what providers need.

    Example: scimulator check --url https://host/scim/v2 --token "$SCIM_TOKEN" --html report.html
    """
    from conformance.commands.run_check import list_checks, print_openapi, run_command
    from conformance.settings.options import Options

    oauth = {"token_endpoint": oauth_url, "client_id": oauth_client, "scope": oauth_scope}
    given: dict[str, Any] = {
        "url": url,
        "token": token,
        "profiles": tuple(profile or ()),
        "expression": expression,
        "level": level,
        "outputs": {
            "html": html,
            "json": json,
            "junit": junit,
            "sarif": sarif,
            "markdown": markdown,
            "badge": badge,
        },
        "stream": stream,
        "config": config,
        "baseline": baseline,
        "fail_on": fail_on,
        "failed": failed,
        "headers": tuple(header or ()),
        "credentials": credentials,
        "oauth": {name: value for name, value in oauth.items() if value},
        "resource_types": tuple(resource_type or ()),
        "read_only": read_only,
        "parallel": parallel,
        "timeout_s": timeout,
        "seed": seed,
        "examples": examples,
        "fuzz": fuzz,
        "verify_tls": not insecure,
        "brief": brief,
    }
    with _one_line("check"):
        options = Options(**given)
        if self_test:
            from conformance.self_test import run_self_test

            raise typer.Exit(run_self_test(expression, parallel=min(parallel, 2)))
        if list_:
            raise typer.Exit(list_checks(options))
        if openapi:
            raise typer.Exit(print_openapi(options))
        raise typer.Exit(run_command(options))


def explain(
    id_: Annotated[str, typer.Argument(metavar="ID", help="A requirement, check, defect, profile or verdict.")],
) -> None:
    """A requirement, check, defect, profile or verdict in words: what, why, where it is written.

    Example: scimulator explain RFC7644-3.5.2.2-04
    """
    from conformance.commands.explanation import NothingKnown, explain_id
    from conformance.commands.run_check import BadInput

    with _one_line("explain"):
        try:
            sys.stdout.write(explain_id(id_) + "\n")
        except NothingKnown as error:
            raise BadInput(str(error)) from None


def report(
    run: Annotated[list[Path], typer.Argument(help="Event streams of check runs; several are compared.")],
    html: Html = None,
    json: Json = None,
    junit: Junit = None,
    sarif: Sarif = None,
    markdown: Markdown = None,
    badge: Badge = None,
) -> None:
    """Read a run's event stream again, in any format; several side by side.

    Example: scimulator report run.jsonl --html report.html
    """
    from conformance.commands.run_check import compare_runs, report_again

    outputs = {"html": html, "json": json, "junit": junit, "sarif": sarif, "markdown": markdown, "badge": badge}
    with _one_line("report"):
        raise typer.Exit(compare_runs(run, outputs) if len(run) > 1 else report_again(run[0], outputs))


def defect(
    name: Annotated[str, typer.Argument(help="A defect's name; `list` shows all.")] = "list",
    port: Annotated[int, typer.Option(help="Where to listen; 0: a free port.", min=0, max=65535)] = 8081,
) -> None:
    """Serve the reference server with one real-world bug, to see what a check, or a client, makes of it.

    Example: scimulator defect group-remove-with-value-clears-all
    """
    from conformance.commands.run_check import serve_defect

    with _one_line("defect"):
        raise typer.Exit(serve_defect(name, port))


class _one_line:
    """Every mistake as one line with its exit code."""

    def __init__(self, command: str) -> None:
        self._command = command

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        from conformance.commands.run_check import BadInput

        if isinstance(error, BadInput):
            typer.echo(f"scimulator {self._command}: {error}", err=True)
            raise typer.Exit(error.code)
        if isinstance(error, KeyboardInterrupt):
            told = "interrupted; what it made is removed, what it started is stopped"
            typer.echo(f"scimulator {self._command}: {told}", err=True)
            raise typer.Exit(130)
