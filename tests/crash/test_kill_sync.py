"""kill -9 during a sync: the next run finishes the work, no account exists twice, and no leaver keeps a session."""

from __future__ import annotations

import os
import random
import signal
import threading
from contextlib import AbstractContextManager, suppress
from typing import Any

import pytest
import urllib3

from reference_server.clock import VirtualClock
from reference_server.embedded import EmbeddedServer, embedded_server
from tests.in_process import TOKEN, House, opened_house, run
from tests.stores import Stores
from tests.support import MONDAY, Scim

STAYERS, LEAVERS, JOINERS = 300, 500, 700


FILLED: dict[str, str] = {}  # by kind of store


@pytest.fixture
def before_the_sync(stores: Stores) -> str:
    """A store in which the next sync has 500 people to deactivate, each with a session, and 700 accounts to make."""
    if stores.kind in FILLED:
        return FILLED[stores.kind]
    data = FILLED[stores.kind] = stores.new()

    async def fill(server: House) -> None:
        await server.actions.change_connection(server.connection_id, {"deprovisioning": "on_sync"})
        known = [(await server.user(userName=f"known{n}@x.com"))["id"] for n in range(STAYERS + LEAVERS)]
        await server.sync()
        for id_ in known[:LEAVERS]:
            await server.actions.open_session(server.connection_id, shadow_id=id_, email=None)
            await server.patch(f"/Users/{id_}", {"op": "replace", "path": "active", "value": False})
        for number in range(JOINERS):
            await server.user(userName=f"joiner{number}@x.com")

    async def make() -> None:
        async with opened_house(data, VirtualClock(MONDAY)) as server:
            await fill(server)

    run(make())
    return data


def started(data: str) -> AbstractContextManager[EmbeddedServer]:
    arguments = ["--token", TOKEN, "--admin-token", TOKEN]
    return embedded_server(data=data, virtual_clock_start=MONDAY, arguments=arguments)


def press_sync(server: EmbeddedServer) -> None:
    with suppress(urllib3.exceptions.HTTPError):
        Scim(server).admin("POST", "/connections/{connection}/sync")


def kill_in_a_sync(data: str, seconds: float, after: int) -> None:
    """Kill the server some time after the sync has created a number of accounts, or as soon as it has responded."""
    with started(data) as server:
        presser = threading.Thread(target=press_sync, args=(server,))
        presser.start()
        scim, path = Scim(server), "/connections/{connection}/accounts?count=1"
        while after and presser.is_alive() and scim.admin("GET", path).json["total"] < STAYERS + LEAVERS + after:
            pass
        presser.join(seconds)
        os.kill(server.pid, signal.SIGKILL)
        presser.join()


def all_accounts(scim: Scim) -> list[dict[str, Any]]:
    pages = [f"/connections/{{connection}}/accounts?count=1000&start={start}" for start in (0, 1_000)]
    return [account for page in pages for account in scim.admin("GET", page).json["items"]]


def look_after_a_kill(data: str) -> int:
    """Check what must hold, before and after the next run; returns for how many people the killed run did its work."""
    with started(data) as server:
        scim = Scim(server)
        assert scim.admin("GET", "/audit/verify").json["broken"] is None
        before = all_accounts(scim)
        done = len(before) - STAYERS - LEAVERS + sum(account["status"] == "inactive" for account in before)
        scim.admin("POST", "/connections/{connection}/sync")
        again = scim.admin("POST", "/connections/{connection}/sync").json
        assert [again[kind] for kind in ("created", "updated", "deactivated")] == [0, 0, 0]
        accounts = all_accounts(scim)
        assert len(accounts) == STAYERS + LEAVERS + JOINERS
        assert len({account["shadow_id"] for account in accounts}) == len(accounts)
        assert len({account["email"] for account in accounts}) == len(accounts)
        gone = [account for account in accounts if account["status"] == "inactive"]
        assert len(gone) == LEAVERS
        assert not any(account["access"] for account in gone)
        sessions = scim.admin("GET", "/connections/{connection}/sessions").json["items"]
        assert len(sessions) == LEAVERS
        assert all(session["ended_at"] and session["reason"] for session in sessions)
        verified = scim.admin("GET", "/audit/verify").json
        assert verified["whole"], verified
        return int(done)


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("kills", [3, pytest.param(100, marks=pytest.mark.full)])
def test_sync_killed_at_any_moment_is_finished_by_the_next(stores: Stores, before_the_sync: str, kills: int) -> None:
    dice = random.Random(4711)
    in_the_middle = 0
    for _ in range(kills):
        data = stores.copy(before_the_sync)
        kill_in_a_sync(
            data, dice.uniform(0.002, 0.04), dice.randint(1, JOINERS - 200) if stores.kind == "postgres" else 0
        )
        in_the_middle += 0 < look_after_a_kill(data) < LEAVERS + JOINERS
    assert in_the_middle >= kills // 4, f"only {in_the_middle} of {kills} kills hit a sync at work"
