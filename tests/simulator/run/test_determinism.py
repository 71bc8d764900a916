"""The same seed and the same answers give the same requests, byte for byte, whatever Python's hashes and the lanes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.fake_target import FakeTarget, fake_target

PROGRAM = """
import asyncio, hashlib, json, sys
from simulator.run.simulation import Simulation
from simulator.scenario.model import Scenario
from simulator.wire.client import ScimClient
from simulator.stream.run_stream import RunStream

url, lanes, days = sys.argv[1:]
scenario = Scenario.model_validate({
    "users": 25, "days": int(days), "life": "random", "seed": 99, "hostile_names": True,
    "provider": {"lanes": int(lanes), "group_lanes": 1 + int(lanes) // 2, "dialect": "default"},
})
digest = hashlib.sha256()
entries = []

def listen(event):
    if event["event"] == "exchange":
        digest.update(f"{event['method']} {event['url'][len(url):]} {event['request_body']}".encode())
    elif event["event"] == "entry":
        entries.append([event["kind"], event["person"], event["group"], event["action"], event["status"]])

async def main():
    async with ScimClient(url, "token") as client:
        return await Simulation(scenario, client, RunStream(None, (listen,))).rehearse()

outcome = asyncio.run(main())
print(json.dumps([outcome.requests_hash, digest.hexdigest(), outcome.requests, hashlib.sha256(json.dumps(entries).encode()).hexdigest()]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("runs", "days"), [(2, 2), pytest.param(20, 6, marks=pytest.mark.full)])
def test_many_runs_send_the_same_bytes(runs: int, days: int) -> None:
    """docs/notes/entra.md 2.6 leaves the number of lanes open; the order in which turns are reported does not depend on it."""
    found, orders = set(), []
    for number in range(runs):
        with fake_target(by_name=True) as target:
            lanes = str((1, 16, 2, 4)[number % 4])
            environment = {**os.environ, "PYTHONHASHSEED": str(number * 7919)}
            command = [sys.executable, "-c", PROGRAM, target.url, lanes, str(days)]
            shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
            found.add(shown.stdout)
            orders.append(by_object(target))
    assert len(found) == 1
    assert all(order == orders[0] for order in orders)
    assert json.loads(found.pop())[2] > 200


def by_object(target: FakeTarget) -> dict[str, list[str]]:
    """The requests for each resource in the order in which they arrived.

    Lanes may interleave resources, but never the requests of one user. Several members of a group are changed concurrently, so
    that their order is not defined; they are sorted.
    """
    orders: dict[str, list[str]] = {}
    for request in target.received:
        parts = request.path.partition("?")[0].split("/")
        if len(parts) > 3:
            orders.setdefault("/".join(parts[2:4]), []).append(request.line)
    return {name: sorted(lines) if name.startswith("Groups") else lines for name, lines in orders.items()}
