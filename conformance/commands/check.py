"""`scimulator check`: the command line. The work is imported when it begins, so that `--help` stays fast."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from conformance.commands.errors import one_line_errors
from conformance.commands.options import Badge, Html, Json, Junit, Markdown, Sarif, option


def check(
    url: Annotated[
        str | None, option("Base URL (SCIM_URL); none: an embedded one.", metavar="U", envvar="SCIM_URL")
    ] = None,
    token: Annotated[str | None, option("Its bearer token (SCIM_TOKEN).", metavar="T", envvar="SCIM_TOKEN")] = None,
    profile: Annotated[list[str] | None, option("Default: rfc, essentials; explain profiles.", metavar="P")] = None,
    expression: Annotated[str, option("Only checks whose names fit, as in pytest.", "-k", metavar="EXPR")] = "",
    level: Annotated[str, option("must; should: a WARN fails the run, too.", metavar="L")] = "must",
    html: Html = None,
    json: Json = None,
    junit: Junit = None,
    sarif: Sarif = None,
    markdown: Markdown = None,
    badge: Badge = None,
    stream: Annotated[Path | None, option("Keep the run's event stream here.")] = None,
    config: Annotated[Path | None, option("Settings and waivers; scimulator.toml.")] = None,
    baseline: Annotated[Path | None, option("An earlier run to compare with.")] = None,
    fail_on: Annotated[str, option("any; new: what the baseline lacks.", metavar="W")] = "any",
    failed: Annotated[bool, option("Only what did not pass last time.", "--failed", metavar=None)] = False,
    header: Annotated[list[str] | None, option("'Name: value' on every request.", metavar="H")] = None,
    credentials: Annotated[Path | None, option("OAuth client (YAML), for a token; or:")] = None,
    oauth_url: Annotated[str | None, option("its token endpoint,", metavar="U")] = None,
    oauth_client: Annotated[str | None, option("client id (secret: SCIM_CLIENT_SECRET),", metavar="ID")] = None,
    oauth_scope: Annotated[str | None, option("and scope.", metavar="S")] = None,
    resource_type: Annotated[list[str] | None, option("Only this resource type; several.", metavar="R")] = None,
    read_only: Annotated[bool, option("Send nothing that writes.", "--read-only", metavar=None)] = False,
    parallel: Annotated[int, option("Checks at once, 1 to 64; 4.", min=1, max=64, metavar="N")] = 4,
    timeout: Annotated[float, option("Seconds to wait for an answer; 30.", min=0.1, metavar="N")] = 30.0,
    seed: Annotated[int, option("Seed of what is generated; 4711.", metavar="N")] = 4711,
    examples: Annotated[int, option("Random cases for each property; 25.", min=1, metavar="N")] = 25,
    fuzz: Annotated[bool, option("Generated requests as well.", "--fuzz/--no-fuzz", metavar=None)] = True,
    crowd: Annotated[
        bool | None,
        option("Create 1,050 users for checks of sizes; default: on fast targets.", "--crowd/--no-crowd", metavar=None),
    ] = None,
    insecure: Annotated[bool, option("Do not verify the certificate.", "--insecure", metavar=None)] = False,
    openapi: Annotated[bool, option("Only print the target as OpenAPI 3.1.", "--openapi", metavar=None)] = False,
    list_: Annotated[bool, option("Only list the checks.", "--list", metavar=None)] = False,
    self_test: Annotated[bool, option("Prove that each check bites.", "--self-test", metavar=None)] = False,
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
        "crowd": crowd,
        "verify_tls": not insecure,
        "brief": brief,
    }
    with one_line_errors("check"):
        options = Options(**given)
        if self_test:
            from conformance.self_test import run_self_test

            raise typer.Exit(run_self_test(expression, parallel=min(parallel, 2)))
        if list_:
            raise typer.Exit(list_checks(options))
        if openapi:
            raise typer.Exit(print_openapi(options))
        raise typer.Exit(run_command(options))
