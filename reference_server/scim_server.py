"""The minimal SCIM server: SCIM over one TinyDB folder and nothing else. To understand the server, start here.

    python -m reference_server.scim_server --data ./data --port 8080

It consists of schemas, shadow tables over a folder, endpoints, and an ASGI app with one bearer token. It has no accounts, no
sync, no admin pages, and only one connection. `app.py` builds the full server on `build_scim`.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from reference_server.endpoints.authentication import Access
from reference_server.endpoints.discovery import Discovery
from reference_server.endpoints.health import health_route
from reference_server.endpoints.rate_limit import RateLimit
from reference_server.endpoints.resources import Resources
from reference_server.endpoints.routes import OnAnswer, ScimApp
from reference_server.process import PortTaken, bind, in_words, origin_of, serve_until_stopped, unexpected_error
from reference_server.schemas_folder import read_schemas
from reference_server.scim.resource_type import resource_types
from reference_server.scim.schema import InvalidSchema
from reference_server.scim.tolerance import Rules
from reference_server.settings import Settings
from reference_server.shadow.resources import Shadow
from reference_server.storage.database import open_tables
from reference_server.storage.tables import FolderInUse, FolderNotWritable, FolderTooNew, StorageFailed, Tables
from reference_server.tokens import cursor_key, digest_of, is_token, new_token, what_is_wrong

HOST = "127.0.0.1"
CONNECTION = "main"  # the only connection of the minimal server: its base URL is /scim/v2/main


# ── the SCIM core: what the full server is built on ──


@dataclass(frozen=True, slots=True)
class Scim:
    """The SCIM core: the shadow tables, and the ASGI app that serves them below /scim/v2/."""

    shadow: Shadow
    app: ScimApp


def build_scim(
    settings: Settings,
    tables: Tables,
    access: Access,
    origin: str,
    now: Callable[[], datetime],
    on_answer: OnAnswer | None = None,
) -> Scim:
    """Build the SCIM core over open tables. The locations of resources begin with `origin`.

    Raises InvalidSchema for an invalid file in the schemas folder.
    """
    rules = Rules(settings.strict)
    types = resource_types(read_schemas(settings.schemas_folder), secrets=rules.allows("passwords"))
    shadow = Shadow(tables, types, now=now)
    resources = Resources(tables, shadow, rules, settings.limits, access.cursor_key, now)
    discovery = Discovery(types, settings.limits)
    # Each process gets its share of the limit.
    rate = RateLimit(-(-settings.rate_limit // settings.workers)) if settings.rate_limit else None
    return Scim(shadow, ScimApp(access, resources, discovery, origin, now, rate, on_answer))


class Server(Starlette):
    """Routes SCIM requests past Starlette, whose layers they do not need and which would cost them a tenth of their speed."""

    def __init__(
        self, scim: ASGIApp, routes: Sequence[BaseRoute] = (), lifespan: Lifespan[Starlette] | None = None
    ) -> None:
        super().__init__(routes=routes, lifespan=lifespan)
        self.router.redirect_slashes = False  # Starlette's redirect would use the Host header of the request
        self._scim = scim
        # The way around ASGI (see `front_door.whole`), or None if a layer around the SCIM app needs ASGI.
        self.answer_whole = getattr(scim, "answer_whole", None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(ScimApp.PREFIX):
            await self._scim(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


# ── the minimal server: one token, one folder, one process ──


@dataclass(frozen=True, slots=True)
class OneToken:
    """The simplest Access: one bearer token for the only connection. Only its SHA-256 digest is stored."""

    digest: bytes
    tenant_id: str = "main"
    me: str | None = None

    def caller(self, connection_id: str, token: bytes, now: datetime) -> OneToken | None:
        return self if is_token(token, self.digest) and connection_id == CONNECTION else None

    def cursor_key(self, connection_id: str) -> bytes:
        return cursor_key(self.digest)


def one_token(tables: Tables, given: str | None) -> tuple[OneToken, str | None]:
    """(the access, its token or None if an earlier start created it). Must run in a writing unit of work."""
    table = tables.table("secrets")
    held = table.get("scim")
    token = given or (None if held else new_token())
    if token:
        held = {"id": "scim", "sha256": digest_of(token).hex()}
        transaction = tables.transaction()
        transaction.put(table, held)
        transaction.commit()
    assert held is not None
    return OneToken(bytes.fromhex(held["sha256"])), token


def serve(settings: Settings, listener: socket.socket) -> None:
    """Serve the folder on a listening socket until SIGINT or SIGTERM.

    Raises InvalidSchema, FolderInUse, FolderTooNew, FolderNotWritable or StorageFailed.
    """
    origin = origin_of(listener, settings.host)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        tables = open_tables(Path(settings.data))
        try:
            access, token = runner.run(tables.write(lambda: one_token(tables, settings.token)))
            scim = build_scim(settings, tables, access, origin, lambda: datetime.now(UTC))
            runner.run(
                serve_until_stopped(
                    Server(scim.app, [health_route(tables)]),
                    listener,
                    lambda: _announce(f"{origin}{ScimApp.PREFIX}{CONNECTION}", token),
                    settings,
                    is_lost=tables.lost,
                )
            )
            if reason := tables.lost():
                raise StorageFailed(reason)
        finally:
            runner.run(tables.aclose())


def _announce(base_url: str, token: str | None) -> None:
    print(f"SCIM base URL  {base_url}")  # noqa: T201
    print(f"bearer token   {token or 'created at an earlier start; pass --token to replace it'}", flush=True)  # noqa: T201


def main(
    data: Annotated[Path, typer.Option(help="Store all data in this folder, which is created if it does not exist.")],
    port: Annotated[int, typer.Option(help="Listen on this port; 0 picks a free one.", min=0, max=65535)] = 8080,
    token: Annotated[
        str | None,
        typer.Option(envvar="SCIM_TOKEN", help="Set the bearer token. By default, the first start creates one."),
    ] = None,
) -> None:
    """Serve SCIM over one folder until stopped.

    Example: python -m reference_server.scim_server --data ./data --port 8080
    """
    if token is not None and (wrong := what_is_wrong(token)):
        typer.echo(f"scim_server: --token: {wrong}", err=True)
        raise typer.Exit(2)
    try:
        with bind(HOST, port) as listener:
            serve(Settings(data=str(data), host=HOST, port=port, token=token), listener)
    except (PortTaken, InvalidSchema, FolderInUse, FolderNotWritable, FolderTooNew, StorageFailed, OSError) as error:
        typer.echo(f"scim_server: {in_words(error)}", err=True)
        raise typer.Exit(2) from None


if __name__ == "__main__":
    try:
        typer.run(main)
    except Exception as error:
        unexpected_error("scim_server", error)
