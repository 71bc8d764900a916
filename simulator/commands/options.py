"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Url = Annotated[str | None, typer.Option(envvar="SCIM_URL", help="Base URL; none: an embedded one.")]
Token = Annotated[str | None, typer.Option(envvar="SCIM_TOKEN", help="Its bearer token.")]
OAuth = Annotated[Path | None, typer.Option(help="OAuth client (YAML), for a token.")]
StreamFile = Annotated[Path | None, typer.Option(help="Keep the run's event stream.")]
DialectName = Annotated[str | None, typer.Option(help="default or aadOptscim062020.")]
Knob = Annotated[list[str] | None, typer.Option(help="NAME=VALUE; list: show all.")]
Mapping = Annotated[Path | None, typer.Option(help="A schema (JSON) that Entra exported.")]
LogFile = Annotated[Path | None, typer.Option(help="Provisioning log: F.jsonl, or a CSV folder.")]
Html = Annotated[Path | None, typer.Option(help="Write the HTML report here.")]
Json = Annotated[Path | None, typer.Option(help="Write the results as JSON here.")]
