"""No request leaves a reference cycle behind: the server may keep the cyclic collector off while it works."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from reference_server.app import Wired, build
from reference_server.clock import SystemClock
from reference_server.settings import Settings
from reference_server.storage.database import open_tables
from tests.support import PATCH, USER

TOKEN = "a token of thirty characters or more"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
TIMES = 50


@pytest.fixture
def wired(tmp_path: Path) -> Iterator[Wired]:
    tables = open_tables(tmp_path)
    yield build(Settings(token=TOKEN), tables, SystemClock(), "http://127.0.0.1")
    tables.close()


class Asgi:
    """The app called as uvicorn calls it, in this process, so that its garbage is ours to count."""

    def __init__(self, wired: Wired) -> None:
        self._app = wired.app
        self._base = f"/scim/v2/{wired.first.connection_id}"
        self.number = 0

    async def send(self, method: str, target: str, body: Any = None, token: str = TOKEN) -> Any:
        path, _, query = target.partition("?")
        sent: list[Any] = []
        raw = b"" if body is None else orjson.dumps(body)

        async def receive() -> Any:
            return {"type": "http.request", "body": raw, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"authorization", f"Bearer {token}".encode()), (b"content-type", b"application/scim+json")]
        scope = {"type": "http", "method": method, "path": self._base + path, "query_string": query.encode()}
        await self._app({**scope, "headers": headers}, receive, send)
        return sent

    async def create(self) -> str:
        self.number += 1
        body = {"schemas": [USER], "userName": f"u{self.number}", "emails": [{"value": "a@b", "type": "work"}]}
        made: str = orjson.loads((await self.send("POST", "/Users", body))[1]["body"])["id"]
        return made

    async def create_and_delete(self) -> None:
        await self.send("DELETE", f"/Users/{await self.create()}")

    async def patch(self, path: str, value: Any) -> None:
        id_ = await self.create()
        await self.send(
            "PATCH",
            f"/Users/{id_}",
            {"schemas": [PATCH], "Operations": [{"op": "replace", "path": path, "value": value}]},
        )


REQUESTS: dict[str, Any] = {
    "create": lambda app: app.create(),
    "create a taken name": lambda app: app.send("POST", "/Users", {"schemas": [USER], "userName": "u1"}),
    "delete": lambda app: app.create_and_delete(),
    "patch": lambda app: app.patch("title", "Engineer"),
    "patch a bad path": lambda app: app.patch("nope[", 1),
    "patch a bad value": lambda app: app.patch("active", {"a": 1}),
    "read nobody": lambda app: app.send("GET", "/Users/nobody"),
    "wrong token": lambda app: app.send("GET", "/Users", token="wrong"),
    "no endpoint": lambda app: app.send("GET", "/Nothing"),
    "list": lambda app: app.send("GET", "/Users?sortBy=userName&count=3&attributes=userName"),
    "filter": lambda app: app.send("GET", "/Users?filter=userName+co+%22u%22+and+title+pr"),
    "bad filter": lambda app: app.send("GET", "/Users?filter=userName+coo+%22u%22"),
    "bad filter at the root": lambda app: app.send("GET", "/?filter=nothing+eq+%22u%22"),
    "bad sortBy": lambda app: app.send("GET", "/Users?sortBy=nothing"),
    "bad JSON": lambda app: app.send("POST", "/Users", [1]),
    "bulk": lambda app: app.send(
        "POST",
        "/Bulk",
        {"schemas": [BULK], "Operations": [{"method": "POST", "path": "/Users", "bulkId": "a", "data": {}}]},
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_request_leaves_no_cycle(wired: Wired, name: str) -> None:
    async def many() -> int:
        app = Asgi(wired)
        await app.create()
        await REQUESTS[name](app)
        left = []
        for _ in range(2):  # what a process makes once is made in one of the rounds; a cycle per request is in both
            gc.collect()
            gc.freeze()  # the collections below look at what the requests made, not at what the whole test run holds
            gc.disable()
            try:
                for _ in range(TIMES):
                    await REQUESTS[name](app)
                left.append(gc.collect())
            finally:
                gc.enable()
        return min(left)

    assert asyncio.run(many()) < TIMES
