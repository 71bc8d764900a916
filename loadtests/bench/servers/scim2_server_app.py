"""scim2-server on uvicorn with its own in-memory storage: `python -m ... PORT TOKEN RESOURCES READY`.

The command of scim2-server is meant for demos: it starts a thread for each request and closes the connection afterwards. This
program runs its ASGI application on the same server as ours instead. RESOURCES is a file with one resource per line, which
is loaded into the storage. The port is written to the file READY when the server is ready.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from scim2_models import Meta, ScimProvider, UnauthorizedException
from scim2_server.applications.asgi import ASGIApplication
from scim2_server.memory import AsyncInMemoryStorage, InMemoryStorage
from scim2_server.requests import ScimRequest
from scim2_server.utils import (
    load_default_resource_types,
    load_default_schemas,
    load_default_service_provider_config,
)


class WithToken(ASGIApplication):
    """The application of scim2-server with bearer token authentication."""

    token = ""

    def check_auth(self, request: ScimRequest) -> None:
        scheme, _, shown = (request.header("Authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or shown != self.token:
            raise UnauthorizedException


def main(port: int, token: str, resources: Path, ready: Path) -> None:
    """Load the resources, then serve until the process ends."""
    provider = ScimProvider.from_discovery(
        load_default_schemas().values(),
        load_default_resource_types().values(),
        config=load_default_service_provider_config(),
    )
    storage = InMemoryStorage()
    storage.resources = list(_stored(resources, provider, storage))
    app = WithToken(AsyncInMemoryStorage(storage), provider)
    app.token = token
    listener = socket.create_server(("127.0.0.1", port), backlog=128)
    ready.with_suffix(".new").write_text(str(listener.getsockname()[1]))
    ready.with_suffix(".new").replace(ready)
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])


def _stored(path: Path, provider: ScimProvider, storage: InMemoryStorage) -> Iterator[Any]:
    models: dict[Any, Any] = {kind.name: provider.model_for(kind) for kind in provider.resource_types}
    now = datetime.now(UTC)
    with path.open("rb") as lines:
        for line in lines:
            raw = orjson.loads(line)
            kind = raw.pop("meta")["resourceType"]
            resource = models[kind].model_validate(raw)
            resource.meta = Meta(resource_type=kind, created=now, last_modified=now, version=storage.next_version())
            yield resource


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
