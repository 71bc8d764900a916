"""`scimulator check`: the command line. The work is imported when it begins, so that `--help` stays fast."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from conformance.commands.errors import one_line_errors
from conformance.commands.options import (
    BEHAVIOR,
    OTHER,
    SELECTION,
    TARGET,
    Badge,
    Html,
    Json,
    Junit,
    Level,
    Markdown,
    Sarif,
    Stream,
    flag,
    option,
)


def check(
    url: Annotated[
        str | None,
        option(
            TARGET,
            "Base URL of the server under test. Without it, the embedded reference server is tested.",
            metavar="URL",
            envvar="SCIM_URL",
        ),
    ] = None,
    token: Annotated[str | None, option(TARGET, "Bearer token.", metavar="TOKEN", envvar="SCIM_TOKEN")] = None,
    header: Annotated[
        list[str] | None,
        option(TARGET, "Send this header with every request. Repeatable.", metavar="'NAME: VALUE'"),
    ] = None,
    credentials: Annotated[
        Path | None,
        option(TARGET, "Get tokens with the OAuth 2.0 client credentials in this YAML file.", metavar="FILE"),
    ] = None,
    oauth_url: Annotated[str | None, option(TARGET, "OAuth 2.0 token endpoint.", metavar="URL")] = None,
    oauth_client: Annotated[
        str | None,
        option(TARGET, "OAuth 2.0 client ID. The secret is read from SCIM_CLIENT_SECRET.", metavar="ID"),
    ] = None,
    oauth_scope: Annotated[str | None, option(TARGET, "OAuth 2.0 scope to request.", metavar="SCOPE")] = None,
    timeout: Annotated[
        float, option(TARGET, "Wait this many seconds for each response.", min=0.1, metavar="SECONDS")
    ] = 30.0,
    insecure: Annotated[bool, flag(TARGET, "Do not verify the TLS certificate.", "--insecure")] = False,
    profile: Annotated[
        list[str] | None,
        option(
            SELECTION,
            "Run the checks of this profile. Repeatable; `scimulator explain profiles` lists them. By default: rfc, "
            "entra-essentials, and okta-essentials.",
            metavar="PROFILE",
        ),
    ] = None,
    expression: Annotated[
        str,
        option(
            SELECTION,
            "Run only checks whose names match this pytest expression, for example 'patch and not bulk'.",
            "-k",
            metavar="EXPRESSION",
            show_default=False,
        ),
    ] = "",
    resource_type: Annotated[
        list[str] | None, option(SELECTION, "Check only this resource type. Repeatable.", metavar="NAME")
    ] = None,
    failed: Annotated[
        bool, flag(SELECTION, "Run only the checks that did not pass in the last run.", "--failed")
    ] = False,
    read_only: Annotated[
        bool, flag(SELECTION, "Send no request that writes. Checks that need one are not offered.", "--read-only")
    ] = False,
    fuzz: Annotated[bool, option(SELECTION, "Send generated requests as well.", "--fuzz/--no-fuzz")] = True,
    crowd: Annotated[
        bool | None,
        option(
            SELECTION,
            "Create 1,050 users for the checks of large sizes. By default, only if the target is fast enough.",
            "--crowd/--no-crowd",
            show_default=False,
        ),
    ] = None,
    level: Level = "must",
    baseline: Annotated[
        Path | None, option(BEHAVIOR, "Compare with this earlier run: an event stream or HTML report.", metavar="FILE")
    ] = None,
    fail_on: Annotated[
        Literal["any", "new"],
        option(BEHAVIOR, "Fail the run on any failure, or only on failures that the baseline does not have."),
    ] = "any",
    config: Annotated[
        Path | None,
        option(
            BEHAVIOR,
            "Read options and waivers from this TOML file. By default, scimulator.toml if it exists.",
            metavar="FILE",
        ),
    ] = None,
    parallel: Annotated[int, option(BEHAVIOR, "Run this many checks in parallel.", min=1, max=64, metavar="N")] = 4,
    seed: Annotated[
        int, option(BEHAVIOR, "Generate names, values, and requests from this seed.", min=0, max=2**32 - 1, metavar="N")
    ] = 4711,
    examples: Annotated[
        int, option(BEHAVIOR, "Try this many random cases for each generated check.", min=1, metavar="N")
    ] = 25,
    html: Html = None,
    json: Json = None,
    junit: Junit = None,
    sarif: Sarif = None,
    markdown: Markdown = None,
    badge: Badge = None,
    stream: Stream = None,
    list_: Annotated[bool, flag(OTHER, "List the selected checks.", "--list")] = False,
    openapi: Annotated[bool, flag(OTHER, "Print an OpenAPI 3.1 description of the target.", "--openapi")] = False,
    self_test: Annotated[
        bool, flag(OTHER, "Run the checks against every seeded defect, which they must find.", "--self-test")
    ] = False,
    brief: Annotated[bool, typer.Option("--brief", hidden=True)] = False,
) -> None:
    """Check a SCIM server against the RFCs and the needs of identity providers.

    The run creates users and groups whose names begin with scimulator-check, and deletes them at the end. Use a test tenant.

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
