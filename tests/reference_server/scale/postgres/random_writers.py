"""One process of test_processes: random units of work, each of which notes in the log what it did and saw.

Called with the URL of the database, this process's number, and how many units each of its tasks makes. It prints the
number of each log entry once that is acknowledged.
"""

from __future__ import annotations

import asyncio
import random
import sys
from typing import Any

from reference_server.scale.postgres import open_postgres
from reference_server.storage.tables import Record, Table, Tables

TASKS = 4
PEOPLE = [f"p{n}" for n in range(5)]
NAMES = [f"n{n}" for n in range(4)]
GROUPS = ["g0", "g1"]
OPERATIONS = ("name", "remove", "raise", "join", "leave", "look")


class Company:
    """The tables and what may be done to them; every operation returns what it saw."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.people = tables.table("people", {"name": lambda record: (record["name"],)})
        self.members = tables.table("members", {"group": lambda record: (record["group"],)})
        self.log = tables.table("log", ordered_by="seq")

    def name(self, person: str, name: str) -> str:
        """Give a user an unused name: check first, then write."""
        if any(held["id"] != person for held in self.people.find("name", name)):
            return "taken"
        before = self.people.get(person)
        version = before["version"] + 1 if before else 1
        self._put(self.people, {"id": person, "name": name, "version": version})
        return f"version {version}"

    def remove(self, person: str) -> str:
        if person not in self.people:
            return "nobody"
        transaction = self.tables.transaction()
        transaction.remove(self.people, person)
        transaction.commit()
        return f"{len(self.people)} left"

    def raise_(self, person: str, seen: int) -> str:
        """Raise a version that was seen earlier, as If-Match does."""
        held = self.people.get(person)
        if held is None or held["version"] != seen:
            return "changed since"
        self._put(self.people, {**held, "version": seen + 1})
        return f"version {seen + 1}"

    def join(self, group: str, person: str) -> str:
        self._put(self.members, {"id": f"{group}/{person}", "group": group})
        return ",".join(record["id"] for record in self.members.find("group", group))

    def leave(self, group: str, person: str) -> str:
        transaction = self.tables.transaction()
        transaction.remove(self.members, f"{group}/{person}")
        transaction.commit()
        return str(self.members.count("group", group))

    def look(self, group: str) -> str:
        last = self.members.last()
        return f"{last and last['id']} {len(self.people)} {bool(self.members.find('group', group))}"

    def noted(self, operation: str, given: list[Any]) -> Record:
        """Do it and append to the log, in one unit."""
        saw = getattr(self, "raise_" if operation == "raise" else operation)(*given)
        seq = self.log.highest() + 1
        entry = {"id": f"{seq:08}", "seq": seq, "operation": operation, "given": given, "saw": saw}
        self._put(self.log, entry)
        return entry

    def _put(self, table: Table, record: Record) -> None:
        transaction = self.tables.transaction()
        transaction.put(table, record)
        transaction.commit()


async def units(company: Company, rng: random.Random, count: int) -> None:
    tables = company.tables
    for _ in range(count):
        operation, person, group = rng.choice(OPERATIONS), rng.choice(PEOPLE), rng.choice(GROUPS)
        given: list[Any] = {
            "name": [person, rng.choice(NAMES)],
            "remove": [person],
            "join": [group, person],
            "leave": [group, person],
            "look": [group],
            "raise": [person],
        }[operation]
        if operation == "raise":
            held = await tables.read(lambda person=person: company.people.get(person))  # type: ignore[misc]
            given.append(held["version"] if held else 0)
        entry = await tables.write(lambda: company.noted(operation, given))  # noqa: B023
        print(entry["seq"], flush=True)
        assert await tables.read(company.log.highest) >= entry["seq"]


async def life(url: str, number: int, count: int) -> None:
    tables = await open_postgres(url)
    company = Company(tables)
    await asyncio.gather(*(units(company, random.Random(number * 100 + task), count) for task in range(TASKS)))
    await tables.aclose()


if __name__ == "__main__":
    asyncio.run(life(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
