"""A whole server in this process, over a real folder: for histories by the hundred and for clocks that are frozen."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from reference_server.admin.actions import Actions, Service
from reference_server.app import Wired, build
from reference_server.clock import Clock, SystemClock
from reference_server.scale.open_store import open_store
from reference_server.service.accounts import Account
from reference_server.service.connections import Connection
from reference_server.settings import Settings
from reference_server.storage.database import open_tables
from reference_server.sync.scheduler import Scheduler
from tests.support import GROUP, PATCH, USER

TOKEN = "scim_tok_in_process"
Result = TypeVar("Result")


class House:
    """The server's app and services; SCIM goes in as ASGI, as it does from uvicorn."""

    def __init__(self, wired: Wired, clock: Clock) -> None:
        self.wired = wired
        self.clock = clock
        self.service: Service = wired.service
        self.scheduler: Scheduler = wired.scheduler
        self.actions = Actions(wired.service)
        assert wired.first.connection_id
        self.connection_id = wired.first.connection_id

    @property
    def connection(self) -> Connection:
        return self.service.connections.get(self.connection_id)

    async def scim(
        self,
        method: str,
        path: str,
        body: Any = None,
        at: tuple[str, str] | None = None,
        kind: str = "application/scim+json",
    ) -> tuple[int, Any]:
        """(status, JSON of the answer or None); `at` is another connection and its token."""
        connection_id, token = at or (self.connection_id, TOKEN)
        sent: list[dict[str, Any]] = []
        raw = b"" if body is None else json.dumps(body).encode()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": raw, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        path, _, query = path.partition("?")
        headers = [(b"authorization", f"Bearer {token}".encode()), (b"content-type", kind.encode())]
        headers.append((b"content-length", str(len(raw)).encode()))
        scope = {
            "type": "http",
            "method": method,
            "path": f"/scim/v2/{connection_id}{path}",
            "query_string": query.encode(),
            "headers": headers,
            "client": ("127.0.0.1", 1),
        }
        await self.wired.app(scope, receive, send)
        return sent[0]["status"], json.loads(sent[1]["body"]) if sent[1]["body"] else None

    async def user(self, **attributes: Any) -> dict[str, Any]:
        status, made = await self.scim("POST", "/Users", {"schemas": [USER], **attributes})
        assert status == 201, made
        found: dict[str, Any] = made
        return found

    async def group(self, name: str, *members: str) -> dict[str, Any]:
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": m} for m in members]}
        status, made = await self.scim("POST", "/Groups", body)
        assert status == 201, made
        found: dict[str, Any] = made
        return found

    async def patch(self, path: str, *operations: dict[str, Any]) -> int:
        status, _ = await self.scim("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})
        return status

    async def sync(self) -> dict[str, Any]:
        return await self.actions.sync(self.connection_id)

    def accounts(self) -> list[Account]:
        return [Account.from_record(record) for record in self.service.accounts.table]

    async def read(self, work: Callable[[], Result]) -> Result:
        """What a store says in a unit of its own, as a database wants it."""
        return await self.service.tables.read(work)


@contextmanager
def house(clock: Clock | None = None, data: Path | None = None, **settings: Any) -> Iterator[House]:
    """A server over a folder of its own (or `data`, which stays)."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = data or Path(temporary)
        tables = open_tables(folder)
        try:
            chosen = Settings(data=str(folder), token=TOKEN, admin_token="admin", **settings)
            clock = clock or SystemClock()
            yield House(build(chosen, tables, clock, "http://127.0.0.1"), clock)
        finally:
            tables.close()


@asynccontextmanager
async def opened_house(data: str, clock: Clock | None = None) -> AsyncIterator[House]:
    """A server over any kind of store, on the loop of the caller."""
    tables = await open_store(data)
    try:
        chosen, clock = Settings(data=data, token=TOKEN, admin_token="admin"), clock or SystemClock()
        yield House(await tables.write(lambda: build(chosen, tables, clock, "http://127.0.0.1")), clock)
    finally:
        await tables.aclose()


def run(coroutine: Any) -> Any:
    """Run one coroutine to its end on a loop of its own."""
    return asyncio.run(coroutine)
