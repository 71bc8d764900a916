"""kill -9 at a random moment: what was acknowledged is there, what was not is whole or absent."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

import pytest
import urllib3

from reference_server.embedded import embedded_server
from reference_server.lifeline import start_guarded
from reference_server.scale.open_store import open_store
from tests.stores import Stores
from tests.support import PATCH, USER

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
WRITER = """
import asyncio, sys, random
from reference_server.storage import database
from reference_server.scale.open_store import open_store
database.COMPACT_AFTER_BYTES = 20_000
PARTS = [0] * 30 + [600]  # some commits are large enough to be prepared before they are made
async def main():
    tables = await open_store(sys.argv[1])
    table = tables.table("people")
    dice = random.Random(int(sys.argv[2]))
    async def one(lane):
        number = 0
        while True:
            number += 1
            transaction = tables.transaction()
            record = {"id": f"{lane}-{number}", "text": "x" * dice.randint(1, 900)}
            transaction.put(table, record)
            transaction.put(tables.table("twins"), {"id": record["id"]})
            for part in range(dice.choice(PARTS)):
                for each in (table, tables.table("twins")):
                    transaction.put(each, {"id": f"{record['id']}/{part}"})
            await tables.write(transaction.commit, pauses=True)
            sys.stdout.write(record["id"] + "\\n"); sys.stdout.flush()
    await asyncio.gather(*(one(lane) for lane in range(8)))
asyncio.run(main())
"""


def killed_writer(data: str, seed: int, lines: int) -> list[str]:
    """Run a writer until it has acknowledged some lines, kill it; returns the acknowledged ids."""
    command = [sys.executable, "-c", WRITER, data, str(seed)]
    with start_guarded(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        acknowledged = [child.stdout.readline().strip() for _ in range(lines)]
        child.send_signal(signal.SIGKILL)
        rest = child.stdout.read().splitlines(keepends=True)
        acknowledged += [line.strip() for line in rest if line.endswith("\n")]
    return [line for line in acknowledged if line]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.full) for seed in range(3, 80))])
def test_acknowledged_commits_survive_kill_9(stores: Stores, seed: int) -> None:
    data, dice = stores.new(), random.Random(seed)
    acknowledged: list[str] = []
    for _ in range(2):  # the second time it starts from what the first kill left
        acknowledged = killed_writer(data, seed, dice.randint(1, 400))

    async def held() -> tuple[set[str], set[str]]:
        tables = await open_store(data)
        people, twins = await tables.read(lambda: [{r["id"] for r in tables.table(n)} for n in ("people", "twins")])
        await tables.aclose()
        return people, twins

    people, twins = asyncio.run(held())
    assert set(acknowledged) - people == set()
    assert people == twins, "half of a commit"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [*range(2), *(pytest.param(seed, marks=pytest.mark.full) for seed in range(2, 40))])
def test_server_killed_under_load_keeps_what_it_answered(stores: Stores, seed: int) -> None:
    """A whole server with eight writers of POST, PATCH, DELETE and Bulk, killed; the second server is killed as it starts.

    Judged is the history: what was answered is there, what was not is whole or absent.
    """
    data = stores.new()
    history: dict[str, list[str]] = {}
    token = "scim_tok_of_crashes"
    arguments = ["--token", token, "--admin-token", token]
    with embedded_server(data=data, arguments=arguments) as server:
        threads = [threading.Thread(target=_write, args=(server.base_url, token, n, history)) for n in range(8)]
        for thread in threads:
            thread.start()
        while len(history) < 40 + 30 * seed:
            threads[0].join(0.001)
        os.kill(server.pid, signal.SIGKILL)
        for thread in threads:
            thread.join()
    command = [sys.executable, "-m", "reference_server", "--port", "0", "--data", data]
    with start_guarded(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as again:
        with suppress(subprocess.TimeoutExpired):
            again.wait(random.Random(seed).uniform(0.1, 0.4))  # the time that starting and recovering takes
        again.kill()
    with embedded_server(data=data, arguments=arguments) as server:
        http = urllib3.PoolManager()
        headers = {"Authorization": f"Bearer {token}"}
        for id_, states in history.items():
            reply = http.request("GET", f"{server.base_url}/Users/{id_}", headers=headers)
            found = json.loads(reply.data).get("title") if reply.status == 200 else "gone"
            assert found in states[-2:], (id_, states)
        assert http.request("GET", f"{server.admin_url}/audit/verify", headers=headers).json()["whole"]


def _write(base_url: str, token: str, lane: int, history: dict[str, list[str]]) -> None:
    """History: user id → the states it may be found in; the last is what was asked, the one before what was answered."""
    http = urllib3.PoolManager(retries=False)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}

    def send(method: str, path: str, body: Any = None) -> Any:
        answer = http.request(method, base_url + path, body=json.dumps(body) if body else None, headers=headers)
        if answer.status >= 300:
            raise ValueError(answer.status)
        return json.loads(answer.data) if answer.data else None

    for number in range(100_000):
        try:
            body = {"schemas": [USER], "userName": f"u{lane}-{number}", "title": "first"}
            if number % 3 == 2:
                operation = {"method": "POST", "path": "/Users", "bulkId": "a", "data": body}
                done = send("POST", "/Bulk", {"schemas": [BULK], "Operations": [operation]})["Operations"][0]
                id_ = done["location"].rpartition("/")[2]
            else:
                id_ = send("POST", "/Users", body)["id"]
            states = history[id_] = ["first", "first"]
            states.append("second")
            change = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "title", "value": "second"}]}
            send("PATCH", f"/Users/{id_}", change)
            states.append("second")
            if number % 4 == 3:
                states.append("gone")
                send("DELETE", f"/Users/{id_}")
                states.append("gone")
        except (urllib3.exceptions.HTTPError, ValueError, KeyError):
            return
