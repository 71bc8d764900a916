"""Options that several commands share, and helpers to declare options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

TARGET, PROVIDER, SCENARIO, BEHAVIOR, OUTPUT = "Target", "Identity provider", "Scenario", "Behavior", "Output"
OTHER = "Instead of a run"


def option(panel: str, help: str, *names: str, metavar: str | None = None, **more: Any) -> Any:
    """An option in a panel of the help page. The framework shows its default, choices, and environment variable."""
    return typer.Option(*names, help=help, metavar=metavar, rich_help_panel=panel, **more)


def flag(panel: str, help: str, *names: str) -> Any:
    """An option without a value. The help page does not mention that it is off by default."""
    return typer.Option(*names, help=help, metavar="", rich_help_panel=panel, show_default=False)


Url = Annotated[
    str | None,
    option(
        TARGET,
        "Base URL of the server under test. Without it, the embedded reference server is used.",
        metavar="URL",
        envvar="SCIM_URL",
    ),
]
Token = Annotated[str | None, option(TARGET, "Bearer token.", metavar="TOKEN", envvar="SCIM_TOKEN")]
OAuth = Annotated[
    Path | None, option(TARGET, "Get tokens with the OAuth 2.0 client credentials in this YAML file.", metavar="FILE")
]
Knob = Annotated[
    list[str] | None,
    option(
        PROVIDER,
        "Change a behavior of the provider. Repeatable; `--knob list` shows all of them.",
        metavar="NAME=VALUE",
    ),
]
Mapping = Annotated[
    Path | None,
    option(PROVIDER, "Use this attribute mapping: the JSON file that Entra ID exports as its schema.", metavar="FILE"),
]
StreamFile = Annotated[
    Path | None,
    option(OUTPUT, "Write the event stream, from which `scimulator report` makes every report.", metavar="FILE"),
]
LogFile = Annotated[
    Path | None,
    option(
        OUTPUT,
        "Write the provisioning log: JSON lines to a .jsonl file, or the portal's CSV files to a folder.",
        metavar="FILE|FOLDER",
    ),
]
Html = Annotated[Path | None, option(OUTPUT, "Write the HTML report to this file.", metavar="FILE")]
Json = Annotated[Path | None, option(OUTPUT, "Write the results as JSON to this file.", metavar="FILE")]
