"""kill -9 at a random moment: what was acknowledged is there, what was not is whole or absent."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
import urllib3

from reference_server.embedded import embedded_server
from tests.support import PATCH, USER

WRITER = """
import asyncio, sys, random
from pathlib import Path
from reference_server.storage.database import open_tables
async def main():
    tables = open_tables(Path(sys.argv[1]), compact_after_bytes=20_000)
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
            await transaction.commit()
            sys.stdout.write(record["id"] + "\\n"); sys.stdout.flush()
    await asyncio.gather(*(one(lane) for lane in range(8)))
asyncio.run(main())
"""


def killed_writer(folder: Path, seed: int, lines: int) -> list[str]:
    """Run a writer until it has acknowledged some lines, kill it; returns the acknowledged ids."""
    command = [sys.executable, "-c", WRITER, str(folder), str(seed)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    acknowledged = [child.stdout.readline().strip() for _ in range(lines)]
    child.send_signal(signal.SIGKILL)
    rest = child.stdout.read().splitlines(keepends=True)
    acknowledged += [line.strip() for line in rest if line.endswith("\n")]
    child.wait()
    child.stdout.close()
    return [line for line in acknowledged if line]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_acknowledged_commits_survive_kill_9(tmp_path: Path, seed: int) -> None:
    from reference_server.storage.database import open_tables

    acknowledged: list[str] = []
    dice = random.Random(seed)
    for _ in range(2):  # the second time it starts from what the first kill left
        acknowledged = killed_writer(tmp_path, seed, dice.randint(1, 400))
    tables = open_tables(tmp_path)
    people, twins = tables.table("people"), tables.table("twins")
    assert [id_ for id_ in acknowledged if people.get(id_) is None] == []
    assert {record["id"] for record in people} == {record["id"] for record in twins}, "half of a commit"
    tables.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_server_killed_under_load_keeps_what_it_answered(seed: int) -> None:
    """A whole server with eight writers, killed and started again: every 201 is there, every PATCH that was answered too."""
    with tempfile.TemporaryDirectory() as name:
        data = Path(name) / "data"
        answered: dict[str, str] = {}
        token = "scim_tok_crash"
        with embedded_server(data=data, arguments=["--token", token]) as server:
            threads = [threading.Thread(target=_write, args=(server.base_url, token, n, answered)) for n in range(8)]
            for thread in threads:
                thread.start()
            while len(answered) < 40 + 30 * seed:
                threads[0].join(0.001)
            os.kill(server.pid, signal.SIGKILL)
            for thread in threads:
                thread.join()
        with embedded_server(data=data, arguments=["--token", token]) as server:
            http = urllib3.PoolManager()
            for id_, title in answered.items():
                reply = http.request(
                    "GET", f"{server.base_url}/Users/{id_}", headers={"Authorization": f"Bearer {token}"}
                )
                assert reply.status == 200
                assert json.loads(reply.data).get("title") in (title, "second"), id_


def _write(base_url: str, token: str, lane: int, answered: dict[str, str]) -> None:
    http = urllib3.PoolManager(retries=False)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
    for number in range(100_000):
        try:
            body = {"schemas": [USER], "userName": f"u{lane}-{number}", "title": "first"}
            made = http.request("POST", f"{base_url}/Users", body=json.dumps(body), headers=headers)
            id_ = json.loads(made.data)["id"]
            answered[id_] = "first"
            change = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "title", "value": "second"}]}
            http.request("PATCH", f"{base_url}/Users/{id_}", body=json.dumps(change), headers=headers)
            answered[id_] = "second"
        except (urllib3.exceptions.HTTPError, ValueError, KeyError):
            return
