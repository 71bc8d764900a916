"""GET /health over both engines, in one process and in several; tests/attacks/test_recovery.py has a folder in trouble."""

from __future__ import annotations

import asyncio

import pytest
import urllib3
from starlette.requests import Request

from reference_server.embedded import embedded_server
from reference_server.endpoints.health import Health
from reference_server.storage.database import TinyDBTables
from reference_server.storage.tables import StorageFailed
from tests.postgres_server import postgres_server
from tests.stores import Stores
from tests.support import Scim


class Away(TinyDBTables):
    """A store that cannot be reached; it counts the looks."""

    def __init__(self) -> None:
        self.looks = 0

    async def ready(self) -> None:
        self.looks += 1
        await asyncio.sleep(0)
        raise StorageFailed("database secret at db.example.com cannot be reached")


def test_checks_at_the_same_time_share_one_look_and_tell_no_reason() -> None:
    async def life() -> None:
        away = Away()
        health = Health(away)
        request = Request({"type": "http"})
        answers = await asyncio.gather(*(health.answer(request) for _ in range(50)))
        assert {(answer.status_code, bytes(answer.body)) for answer in answers} == {
            (503, b'{"live":true,"ready":false}')
        }
        assert away.looks == 1
        assert (await health.answer(request)).headers["retry-after"] == "5"
        assert away.looks == 2

    asyncio.run(life())


@pytest.mark.slow
def test_a_server_is_ready_without_a_token(stores: Stores) -> None:
    workers = ["--workers", "2"] if stores.kind == "postgres" else []
    with embedded_server(data=stores.new(), arguments=workers) as server:
        url = server.base_url.partition("/scim/")[0] + "/health"
        for _ in range(4):
            answer = urllib3.request("GET", url)
            assert (answer.status, answer.json()) == (200, {"live": True, "ready": True})
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        assert urllib3.request("HEAD", url).status == 200
        assert urllib3.request("POST", url).status == 405


@pytest.mark.slow
def test_a_server_whose_database_is_away_is_not_ready() -> None:
    with postgres_server() as database, embedded_server(data=database.new_database()) as server:
        url = server.base_url.partition("/scim/")[0] + "/health"
        assert urllib3.request("GET", url).status == 200
        database.stop()
        answer = urllib3.request("GET", url)
        assert (answer.status, answer.json()) == (503, {"live": True, "ready": False})
        assert answer.headers["retry-after"] == "5"
        refused = Scim(server).get("/Users")
        assert (refused.status, refused.headers["retry-after"]) == (503, "5")
        database.start()
        assert urllib3.request("GET", url).status == 200
