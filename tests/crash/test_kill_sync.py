"""kill -9 during a sync: the next run finishes the work, no account exists twice, and no leaver keeps a session."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import urllib3

from reference_server.clock import VirtualClock
from reference_server.embedded import EmbeddedServer, embedded_server
from tests.in_process import TOKEN, House, opened_house, run
from tests.stores import Stores
from tests.support import MONDAY, Scim


class Size(NamedTuple):
    """How many people keep their accounts in the sync, lose them (each with a session), and get one."""

    kills: int
    stayers: int
    leavers: int
    joiners: int


BYTES = 1_400  # that the sync of a person adds to the journal
SMALL, WHOLE = Size(3, 60, 100, 140), Size(100, 300, 500, 700)


@pytest.fixture
def before_the_sync(stores: Stores, size: Size) -> str:
    """A store with all the work that the next sync has to do."""
    data = stores.new()

    async def fill(server: House) -> None:
        await server.actions.change_connection(server.connection_id, {"deprovisioning": "on_sync"})
        known = [(await server.user(userName=f"known{n}@x.com"))["id"] for n in range(size.stayers + size.leavers)]
        await server.sync()
        for id_ in known[: size.leavers]:
            await server.actions.open_session(server.connection_id, shadow_id=id_, email=None)
            await server.patch(f"/Users/{id_}", {"op": "replace", "path": "active", "value": False})
        for number in range(size.joiners):
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


def kill_in_a_sync(data: str, seconds: float, share: float, size: Size) -> None:
    """Kill the server some time after it has done this share of the sync, or as soon as the sync has responded."""
    with started(data) as server:
        done = share_of_bytes(data, size) if Path(data).is_dir() else share_of_accounts(Scim(server), size)
        presser = threading.Thread(target=press_sync, args=(server,))
        presser.start()
        while presser.is_alive() and done() < share:
            presser.join(0.001)
        presser.join(seconds)
        os.kill(server.pid, signal.SIGKILL)
        presser.join()


def share_of_bytes(data: str, size: Size) -> Callable[[], float]:
    """Of a folder, which does not respond between the commits of a sync: by how much its journal has grown."""

    def stored() -> int:
        return sum(journal.stat().st_size for journal in Path(data).glob("journal-*.log"))

    before, whole = stored(), BYTES * (size.leavers + size.joiners)
    return lambda: (stored() - before) / whole


def share_of_accounts(scim: Scim, size: Size) -> Callable[[], float]:
    """Of a database: how many of the new accounts it has."""
    path, before = "/connections/{connection}/accounts?count=1", size.stayers + size.leavers
    return lambda: (scim.admin("GET", path).json["total"] - before) / size.joiners


def all_accounts(scim: Scim) -> list[dict[str, Any]]:
    pages = [f"/connections/{{connection}}/accounts?count=1000&start={start}" for start in (0, 1_000)]
    return [account for page in pages for account in scim.admin("GET", page).json["items"]]


def look_after_a_kill(data: str, size: Size) -> int:
    """Check what must hold, before and after the next run; returns for how many people the killed run did its work."""
    with started(data) as server:
        scim = Scim(server)
        assert scim.admin("GET", "/audit/verify").json["broken"] is None
        before = all_accounts(scim)
        done = len(before) - size.stayers - size.leavers + sum(account["status"] == "inactive" for account in before)
        scim.admin("POST", "/connections/{connection}/sync")
        again = scim.admin("POST", "/connections/{connection}/sync").json
        assert [again[kind] for kind in ("created", "updated", "deactivated")] == [0, 0, 0]
        accounts = all_accounts(scim)
        assert len(accounts) == size.stayers + size.leavers + size.joiners
        assert len({account["shadow_id"] for account in accounts}) == len(accounts)
        assert len({account["email"] for account in accounts}) == len(accounts)
        gone = [account for account in accounts if account["status"] == "inactive"]
        assert len(gone) == size.leavers
        assert not any(account["access"] for account in gone)
        sessions = scim.admin("GET", "/connections/{connection}/sessions").json["items"]
        assert len(sessions) == size.leavers
        assert all(session["ended_at"] and session["reason"] for session in sessions)
        verified = scim.admin("GET", "/audit/verify").json
        assert verified["whole"], verified
        return int(done)


@pytest.mark.slow
@pytest.mark.parametrize("size", [SMALL, pytest.param(WHOLE, marks=pytest.mark.full)], ids=["small", "whole"])
def test_sync_killed_at_any_moment_is_finished_by_the_next(stores: Stores, before_the_sync: str, size: Size) -> None:
    dice = random.Random(4711)
    in_the_middle = 0
    for _ in range(size.kills):
        data = stores.copy(before_the_sync)
        kill_in_a_sync(data, dice.uniform(0.0, 0.04), dice.uniform(0.0, 0.7), size)
        in_the_middle += 0 < look_after_a_kill(data, size) < size.leavers + size.joiners
    assert in_the_middle >= size.kills // 4, f"only {in_the_middle} of {size.kills} kills hit a sync at work"
