"""Both engines against one model: every answer of every table method, within units that read, commit and fail."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from reference_server.storage.database import open_tables
from reference_server.storage.postgres import open_postgres
from reference_server.storage.tables import Condition, Record, Table, Tables
from tests.postgres_server import shared_server

pytestmark = pytest.mark.slow
Keys = Callable[[Record], tuple[Hashable, ...]]
INDEXES: dict[str, Keys] = {
    "city": lambda record: (record["city"],) if record["city"] else (),
    "tags": lambda record: tuple(record["tags"]),
}
LATE: Keys = lambda record: (bool(record["tags"]), ("pair", record["city"]))  # noqa: E731
KEYS = st.sampled_from([f"k{number}" for number in range(7)] + ["ß", "K0", "no such\u2028key"])
CITIES = st.sampled_from(["Oslo", "Rome", "rome", "ż" * 900, ""])
TAGS = st.lists(st.sampled_from(["a", "b", 1, 2.5, "1"]), max_size=3, unique=True)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    st.one_of(
        st.tuples(st.just("eq"), st.just("city"), CITIES),
        st.tuples(st.just("eq"), st.just("tags"), st.sampled_from(["a", "b", 1, "1"])),
        st.tuples(st.just("eq"), st.just("id"), KEYS),
    ),
    lambda parts: st.tuples(st.sampled_from(["and", "or"]), parts, parts),
    max_leaves=4,
)
READS = st.one_of(
    st.tuples(st.sampled_from(["get", "has key", "json", "place"]), KEYS),
    st.tuples(st.sampled_from(["find", "count", "has"]), st.just("city"), CITIES),
    st.tuples(st.sampled_from(["find", "count", "has"]), st.just("tags"), st.sampled_from(["a", 1, 1.0, True, "1"])),
    st.tuples(st.just("find_page"), st.just("city"), CITIES, st.integers(0, 3), st.integers(0, 3)),
    st.tuples(st.just("select"), CONDITIONS),
    st.tuples(st.just("page"), st.integers(0, 8), st.integers(0, 8)),
    st.tuples(st.just("page_after"), KEYS, st.integers(0, 8)),
    st.tuples(st.just("above"), st.integers(-2, 30)),
    st.tuples(st.just("expect"), st.lists(KEYS, max_size=3)),
    st.tuples(st.just("expect_under"), st.lists(CITIES, max_size=3)),
    st.tuples(st.sampled_from(["last", "highest", "len", "all", "names"])),
)
CHANGES = st.one_of(
    st.tuples(st.just("put"), KEYS, CITIES, TAGS),
    st.tuples(st.just("put"), KEYS, CITIES, TAGS),
    st.tuples(st.just("remove"), KEYS),
    st.tuples(st.just("drop")),
)
STEPS = st.one_of(READS, st.tuples(st.just("commit"), st.lists(CHANGES, min_size=1, max_size=4)))
UNITS = st.tuples(st.lists(STEPS, min_size=1, max_size=6), st.booleans())  # and whether it fails at its end


class Refused(Exception):
    """What a unit raises at its end."""


@dataclass
class Model:
    """A table as a dict: records in the order they came, with their places."""

    records: dict[str, Record] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    next_place: int = 1

    def change(self, kind: str, key: str = "", record: Record | None = None) -> None:
        if kind == "drop":
            self.records.clear()
            self.places.clear()
        elif kind == "remove":
            self.records.pop(key, None)
            self.places.pop(key, None)
        elif record is not None:
            self.records[key] = record
            if key not in self.places:
                self.places[key] = self.next_place
                self.next_place += 1

    def listed(self, index: str, value: Hashable) -> list[Record]:
        if index == "id":
            return [record for key, record in self.records.items() if key == value]
        return [record for record in self.records.values() if value in INDEXES[index](record)]

    def selected(self, condition: Condition) -> list[Record]:
        kind, first, second = condition
        if kind == "eq":
            return self.listed(first, second)
        keys = [{record["id"] for record in self.selected(part)} for part in (first, second)]
        wanted = keys[0] & keys[1] if kind == "and" else keys[0] | keys[1]
        return [record for key, record in self.records.items() if key in wanted]

    def answer(self, kind: str, *given: Any) -> Any:
        every = list(self.records.values())
        match kind, given:
            case "get", (key,):
                return self.records.get(key)
            case "has key", (key,):
                return key in self.records
            case "place", (key,):
                return [record["id"] for record in every if self.places[record["id"]] < self.places.get(key, 0)]
            case "find", (index, value):
                return by_key(self.listed(index, value))
            case "count", (index, value):
                return len(self.listed(index, value))
            case "has", (index, value):
                return bool(self.listed(index, value))
            case "find_page", (index, value, start, count):
                return len(self.listed(index, value)[start : start + count])
            case "select", (condition,):
                return by_key(self.selected(condition))
            case "page", (start, count):
                return every[start : start + count]
            case "page_after", (key, count):
                return [record for record in every if self.places[record["id"]] > self.places.get(key, 0)][:count]
            case "above", (number,):
                return sorted((record for record in every if record["n"] > number), key=lambda record: int(record["n"]))
            case "last", ():
                return every[-1] if every else None
            case "highest", ():
                return max((record["n"] for record in every), default=0)
            case "len", ():
                return len(every)
            case "all", ():
                return every
            case "names", ():
                return bool(every)
        return None


def asked(tables: Tables, table: Table, kind: str, *given: Any) -> Any:
    """The same of a table of the store."""
    match kind, given:
        case "has key", (key,):
            return key in table
        case "place", (key,):
            place = table.position(key)
            return [record["id"] for record in table if table.position(record["id"]) < place]
        case "page_after", (key, count):
            return table.page_after(table.position(key), count)
        case "expect_under", (values,):
            return table.expect_under("city", values)
        case "len", ():
            return len(table)
        case "all", ():
            return list(table)
        case "names", ():
            return table.name in tables.names()
        case "find_page", (index, value, start, count):
            part = table.find_page(index, value, start, count)
            assert part == list(table.find(index, value))[start : start + count]
            return len(part)
        case (("find" | "select"), _):
            return by_key(getattr(table, kind)(*given))
    return getattr(table, kind)(*given)


def by_key(records: Sequence[Record]) -> list[Record]:
    """The engines list those that changed in different order."""
    return sorted(records, key=lambda record: str(record["id"]))


class Engine(RuleBasedStateMachine):
    """Units of random steps, alone and many at once; the store must answer as the model does."""

    runner: asyncio.Runner
    tables: Tables
    numbers = itertools.count(1)

    @initialize()
    def begin(self) -> None:
        self.name = f"people {next(self.numbers)}"
        self.model, self.n = Model(), itertools.count(1)
        self.open()

    def open(self, **more: Keys) -> None:
        self.table = self.tables.table(self.name, {**INDEXES, **more}, keep_json=True, ordered_by="n")

    def reopen(self) -> None:
        raise NotImplementedError

    def run(self, steps: list[tuple[Any, ...]]) -> None:
        """The body of a unit: each answer is compared as it comes."""
        for kind, *given in steps:
            if kind == "commit":
                self.commit(given[0])
            elif kind == "json":
                found, record = self.table.json(given[0]), self.model.records.get(given[0])
                assert (found is None) == (record is None)
            else:
                assert asked(self.tables, self.table, kind, *given) == self.model.answer(kind, *given), (kind, given)

    def commit(self, changes: list[tuple[Any, ...]]) -> None:
        transaction = self.tables.transaction()
        for kind, *given in changes:
            if kind == "put":
                key, city, tags = given
                record = {"id": key, "city": city, "tags": tags, "n": next(self.n)}
                transaction.put(self.table, record)
                self.model.change("put", key, record)
            elif kind == "remove":
                transaction.remove(self.table, given[0])
                self.model.change("remove", given[0])
            else:
                transaction.drop(self.table)
                self.model.change("drop")
        transaction.commit()

    async def unit(self, steps: list[tuple[Any, ...]], fails: bool) -> None:
        def work() -> str:
            self.run(steps)
            if fails:
                raise Refused
            return "done"

        if fails:
            with pytest.raises(Refused):
                await self.tables.write(work)
        else:
            assert await self.tables.write(work) == "done"

    @rule(unit=UNITS)
    def one_unit(self, unit: tuple[list[tuple[Any, ...]], bool]) -> None:
        self.runner.run(self.unit(*unit))

    @rule(units=st.lists(UNITS, min_size=2, max_size=5))
    def units_at_once(self, units: list[tuple[list[tuple[Any, ...]], bool]]) -> None:
        async def all_of_them() -> None:
            await asyncio.gather(*(self.unit(*unit) for unit in units))

        self.runner.run(all_of_them())

    @rule(reads=st.lists(READS, min_size=1, max_size=6))
    def a_unit_that_reads(self, reads: list[tuple[Any, ...]]) -> None:
        self.runner.run(self.tables.read(lambda: self.run(reads)))

    @rule()
    def open_again(self) -> None:
        self.reopen()
        self.open()

    @precondition(lambda self: self.model.records)
    @rule(writes=st.booleans())
    def an_index_comes_late(self, writes: bool) -> None:
        self.reopen()
        self.open(late=LATE)
        expected = [record for record in self.model.records.values() if True in LATE(record)]
        unit = self.tables.write if writes else self.tables.read
        assert by_key(self.runner.run(unit(lambda: self.table.find("late", True)))) == by_key(expected)


class InAFolder(Engine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.tables = open_tables(Path(self.folder.name))

    def reopen(self) -> None:
        self.runner.run(self.tables.aclose())
        self.tables = open_tables(Path(self.folder.name))

    def teardown(self) -> None:
        self.runner.run(self.tables.aclose())
        self.runner.close()
        self.folder.cleanup()


class InADatabase(Engine):
    def __init__(self) -> None:
        super().__init__()
        self.url = database()
        self.runner = asyncio.Runner()
        self.tables = self.runner.run(open_postgres(self.url))

    def reopen(self) -> None:
        self.runner.run(self.tables.aclose())
        self.tables = self.runner.run(open_postgres(self.url))

    def teardown(self) -> None:
        self.runner.run(self.tables.aclose())
        self.runner.close()


DATABASES: list[str] = []


def database() -> str:
    """One for all examples: each has a table of its own in it."""
    if not DATABASES:
        DATABASES.append(shared_server().new_database())
    return DATABASES[0]


# What explains a failure traces every line, and opening a database has many.
EXAMPLES = settings(
    max_examples=40, stateful_step_count=10, deadline=None, phases=(Phase.reuse, Phase.generate, Phase.shrink)
)


class TestFolder(InAFolder.TestCase):
    settings = EXAMPLES


class TestDatabase(InADatabase.TestCase):
    settings = EXAMPLES

    @pytest.fixture(autouse=True)
    def server(self) -> None:
        shared_server()
