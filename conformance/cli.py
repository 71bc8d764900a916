"""`check`, `explain`, `report` and `defect`: parse, call, exit with the contract's codes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

Html = Annotated[Path | None, typer.Option(help="Write the HTML report here.")]
Json = Annotated[Path | None, typer.Option(help="Write the results as JSON here.")]
Junit = Annotated[Path | None, typer.Option(help="Write JUnit XML here.")]
Sarif = Annotated[Path | None, typer.Option(help="Write SARIF here, for code scanning.")]
Markdown = Annotated[Path | None, typer.Option(help="Write a pull request's summary here.")]
Badge = Annotated[Path | None, typer.Option(help="Write an SVG badge here.")]


def check(
    url: Annotated[str | None, typer.Option(envvar="SCIM_URL", help="Base URL; none: an embedded server.")] = None,
    token: Annotated[str | None, typer.Option(envvar="SCIM_TOKEN", help="Its bearer token.")] = None,
    profile: Annotated[list[str] | None, typer.Option(help="rfc, or any that `explain profiles` lists.")] = None,
    expression: Annotated[str, typer.Option("-k", help="Only checks whose names fit, as in pytest.")] = "",
    level: Annotated[str, typer.Option(help="must; or should: a WARN fails the run, too.")] = "must",
    html: Html = None,
    json: Json = None,
    junit: Junit = None,
    sarif: Sarif = None,
    markdown: Markdown = None,
    badge: Badge = None,
    stream: Annotated[Path | None, typer.Option(help="Keep the run's event stream here.")] = None,
    config: Annotated[Path | None, typer.Option(help="Settings, waivers; else scimulator.toml here.")] = None,
    baseline: Annotated[Path | None, typer.Option(help="An earlier run to compare with.")] = None,
    fail_on: Annotated[str, typer.Option(help="any; or new: only what the baseline lacks.")] = "any",
    failed: Annotated[bool, typer.Option("--failed", help="Only what did not pass last time.")] = False,
    header: Annotated[list[str] | None, typer.Option(help="'Name: value' on every request.")] = None,
    credentials: Annotated[Path | None, typer.Option(help="OAuth client (YAML), for a token.")] = None,
    oauth_url: Annotated[str | None, typer.Option(help="Or: its token endpoint;")] = None,
    oauth_client: Annotated[str | None, typer.Option(help="client id (SCIM_CLIENT_SECRET in the env);")] = None,
    oauth_scope: Annotated[str | None, typer.Option(help="and scope.")] = None,
    resource_type: Annotated[list[str] | None, typer.Option(help="Only this resource type; several.")] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="Send nothing that writes.")] = False,
    parallel: Annotated[int, typer.Option(help="Checks at once.", min=1, max=64, metavar="N")] = 4,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for an answer.", min=0.1, metavar="N")] = 30.0,
    seed: Annotated[int, typer.Option(help="Seed of what is generated.", metavar="N")] = 4711,
    examples: Annotated[int, typer.Option(help="Random cases for each property.", min=1, metavar="N")] = 25,
    fuzz: Annotated[bool, typer.Option("--fuzz/--no-fuzz", help="Generated requests as well.")] = True,
    insecure: Annotated[bool, typer.Option("--insecure", help="Do not verify the certificate.")] = False,
    openapi: Annotated[bool, typer.Option("--openapi", help="Only print the target as OpenAPI 3.1.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="Only list the checks.")] = False,
    self_test: Annotated[bool, typer.Option("--self-test", help="Prove that each check bites.")] = False,
    brief: Annotated[bool, typer.Option("--brief", hidden=True)] = False,
) -> None:
    """Check a SCIM server against the RFCs and what providers need.

    Example: scimulator check --url https://host/scim/v2 --token "$SCIM_TOKEN" --html report.html
    """
    from conformance.command import Options, list_checks, print_openapi, run_command

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

            raise typer.Exit(run_self_test(expression, parallel=min(parallel, 2) if parallel == 4 else parallel))
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
    from conformance.command import BadInput
    from conformance.explain import NothingKnown, explain_id

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
    from conformance.command import compare_runs, report_again

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
    from conformance.command import serve_defect

    with _one_line("defect"):
        raise typer.Exit(serve_defect(name, port))


class _one_line:
    """Every mistake as one line with its exit code."""

    def __init__(self, command: str) -> None:
        self._command = command

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        from conformance.command import BadInput

        if isinstance(error, BadInput):
            typer.echo(f"scimulator {self._command}: {error}", err=True)
            raise typer.Exit(error.code)
        if isinstance(error, KeyboardInterrupt):
            told = "interrupted; what it made is removed, what it started is stopped"
            typer.echo(f"scimulator {self._command}: {told}", err=True)
            raise typer.Exit(130)
