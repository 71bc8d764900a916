"""Many processes write to few records: replayed one after the other, their log must give all that they saw."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from reference_server.scale.postgres import open_postgres
from reference_server.storage.tables import Record
from tests.postgres_server import PostgresServer
from tests.reference_server.scale.postgres.random_writers import TASKS, Company

ROOT = Path(__file__).parents[4]
KILLED_AFTER = 20  # units of one of them


class Model:
    """The same company in dicts, one operation after the other."""

    def __init__(self) -> None:
        self.people: dict[str, tuple[str, int]] = {}
        self.members: dict[str, str] = {}  # "group/person" → group

    def replay(self, operation: str, given: list[Any]) -> str:
        return str(getattr(self, f"_{operation}")(*given))

    def _name(self, person: str, name: str) -> str:
        if any(held == name for key, (held, _) in self.people.items() if key != person):
            return "taken"
        self.people[person] = (name, self.people.get(person, ("", 0))[1] + 1)
        return f"version {self.people[person][1]}"

    def _remove(self, person: str) -> str:
        return f"{len(self.people)} left" if self.people.pop(person, None) else "nobody"

    def _raise(self, person: str, seen: int) -> str:
        name, version = self.people.get(person, ("", -1))
        if version != seen:
            return "changed since"
        self.people[person] = (name, seen + 1)
        return f"version {seen + 1}"

    def _join(self, group: str, person: str) -> str:
        self.members[f"{group}/{person}"] = group
        return ",".join(key for key, held in self.members.items() if held == group)

    def _leave(self, group: str, person: str) -> int:
        self.members.pop(f"{group}/{person}", None)
        return [*self.members.values()].count(group)

    def _look(self, group: str) -> str:
        return f"{next(reversed(self.members), None)} {len(self.people)} {group in self.members.values()}"


@pytest.mark.slow
@pytest.mark.parametrize(("processes", "count"), [(4, 40), pytest.param(8, 1_500, marks=pytest.mark.full)])
def test_what_many_processes_did_is_as_if_one_had_done_it(postgres: PostgresServer, processes: int, count: int) -> None:
    url = postgres.new_database()
    acknowledged = run_processes(url, processes, count)
    log, people, members = asyncio.run(final_state(url))
    assert [entry["seq"] for entry in log] == list(range(1, len(log) + 1))
    whole = (processes - 1) * TASKS * count
    assert len(set(acknowledged)) == len(acknowledged) >= whole + KILLED_AFTER
    assert set(acknowledged) <= {entry["seq"] for entry in log}  # also those of the process that was killed
    model = Model()
    for entry in log:
        assert entry["saw"] == model.replay(entry["operation"], entry["given"]), entry
    assert {record["id"]: (record["name"], record["version"]) for record in people} == model.people
    assert [record["id"] for record in members] == list(model.members)
    assert {entry["saw"].partition(" ")[0] for entry in log} >= {"version", "taken", "nobody", "changed"}


def run_processes(url: str, processes: int, count: int) -> list[int]:
    """The log entries that were acknowledged; the first process makes ten times as many and is killed on the way."""
    with ExitStack() as ended:
        running = [
            ended.enter_context(writer(url, number, count * (1 if number else 10))) for number in range(processes)
        ]
        for process in running:
            ended.callback(process.kill)
        first = running[0]
        assert first.stdout is not None
        seen = [first.stdout.readline() for _ in range(KILLED_AFTER)]
        first.kill()
        outputs = [process.communicate(timeout=600)[0] for process in running]
        assert [process.returncode for process in running[1:]] == [0] * (processes - 1)
    lines = [*seen, *(line for output in outputs for line in output.splitlines(keepends=True))]
    return [int(line) for line in lines if line.endswith("\n")]


def writer(url: str, number: int, count: int) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "tests.reference_server.scale.postgres.random_writers",
        url,
        str(number),
        str(count),
    ]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


async def final_state(url: str) -> tuple[list[Record], list[Record], list[Record]]:
    tables = await open_postgres(url)
    company = Company(tables)
    state = await tables.read(
        lambda: (sorted(company.log, key=lambda entry: int(entry["seq"])), list(company.people), list(company.members))
    )
    await tables.aclose()
    return state
