"""A store and a dict live the same random life; every question about one must be answered as by the other."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from zlib import crc32

import orjson
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from reference_server.storage import database
from reference_server.storage.database import TinyDBTables
from reference_server.storage.head import Head
from reference_server.storage.prefetch import prefetch, prefetch_found
from reference_server.storage.tables import Condition, Noted, Record, Row, Table, Tables
from tests.postgres_server import PostgresServer, emptied_database
from tests.reference_server.storage.stores import Store, folder_store, postgres_store

UNITS_OF_A_LIFE = 6  # at least: opening costs as much as many of them
NAMES = ("people", "groups")
CITIES = ("Oslo", "Rome", "Łódź\x00 \U0001f9e6")
KEYS = tuple(f"k{n}" for n in range(5))
TAGS = (1, True, None, 2.0, "1", ("a", None))
ODD_KEYS = ("", "\x00", "\ud800", "k9" * 9)  # a key without records, because requests look up any string
ASKED = (*KEYS, *ODD_KEYS)


def by_city(record: Record) -> tuple[str, ...]:
    return (record["city"],) if record.get("city") else ()


def by_tags(record: Record) -> tuple[Any, ...]:
    return tuple(TAGS[n] for n in record["tags"])


INDEXES = {"city": by_city, "tag": by_tags}


def opened(tables: Tables, name: str) -> Table:
    return tables.table(name, INDEXES, keep_json=name == "people", ordered_by="seq", summary=by_city)


@dataclass
class Model:
    """What a store must hold: the records of each table in the order they came."""

    records: dict[str, dict[str, Record]] = field(default_factory=lambda: {name: {} for name in NAMES})
    seq: int = 0
    written: set[str] = field(default_factory=set)  # tables that ever held a record

    def commit(self, name: str, changes: list[tuple[str | None, Record | None]]) -> None:
        for key, record in changes:
            if key is None:
                self.records[name].clear()
            elif record is None:
                self.records[name].pop(key, None)
            else:
                self.records[name][key] = record
                self.written.add(name)

    def matching(self, name: str, condition: Condition) -> list[Record]:
        return [record for record in self.records[name].values() if satisfies(record, condition)]


def satisfies(record: Record, condition: Condition) -> bool:
    kind, left, right = condition
    if kind == "and":
        return satisfies(record, left) and satisfies(record, right)
    if kind == "or":
        return satisfies(record, left) or satisfies(record, right)
    return bool(record["id"] == right) if left == "id" else right in INDEXES[left](record)


# ── questions: what is asked of a table, and what the model says ──

Question = tuple[str, tuple[Any, ...]]
BY_INDEX = st.one_of(
    st.tuples(st.just("city"), st.sampled_from(CITIES)),
    st.tuples(st.just("tag"), st.sampled_from(TAGS)),
)
EQUALS = st.builds(
    lambda asked: ("eq", *asked), st.one_of(BY_INDEX, st.tuples(st.just("id"), st.sampled_from(ASKED)))
)  # fmt: skip
CONDITIONS = st.recursive(EQUALS, lambda part: st.tuples(st.sampled_from(["and", "or"]), part, part), max_leaves=5)
PLACES = st.sampled_from([0, 1, 2, 5, 2**40])
GIVEN: dict[str, st.SearchStrategy[tuple[Any, ...]]] = {
    **dict.fromkeys(("get", "in", "noted", "summary", "after", "rows_after"), st.tuples(st.sampled_from(ASKED))),
    **dict.fromkeys(("find", "count", "rows_under", "fields_under", "prefetch_found"), BY_INDEX),
    **dict.fromkeys(("last", "highest", "len", "iter", "order", "positions"), st.just(())),
    "find_page": st.tuples(BY_INDEX, PLACES, PLACES),
    **dict.fromkeys(("page", "noted_from"), st.tuples(PLACES, PLACES)),
    "above": st.tuples(st.integers(-2, 30) | st.just(2**80)),
    **dict.fromkeys(("select", "notes"), st.tuples(CONDITIONS)),
    **dict.fromkeys(("prefetch", "records", "known"), st.tuples(st.lists(st.sampled_from(ASKED), max_size=5))),
}
QUESTIONS: st.SearchStrategy[Question] = st.sampled_from([*GIVEN]).flatmap(
    lambda kind: st.tuples(st.just(kind), GIVEN[kind])
)
# What an engine may answer without writing first what a unit has committed.
PROBES: list[Question] = [
    *((kind, ()) for kind in ("last", "highest", "len", "order")),
    *((kind, ("city", city)) for kind in ("find", "count") for city in CITIES[:2]),
    ("get", ("k1",)),
]


def answered(tables: Tables, name: str, question: Question) -> Any:
    """What the store says."""
    table = opened(tables, name)
    what, given = question
    calls: dict[str, Callable[..., Any]] = {
        "in": lambda key: key in table,
        "noted": lambda key: checked(table.noted(key, crc32)),
        "summary": lambda key: table.summary(key),
        "rows_under": lambda index, value: [record_of(row) for row in table.rows_under(index, value)],
        "fields_under": lambda index, value: [*map(sorted, table.fields_under(index, [value, "nowhere"], "id"))],
        "noted_from": lambda start, count: [*map(checked, zip(*table.noted_from(start, count, crc32), strict=True))],
        "notes": lambda condition: [*map(checked, noted(table, table.select(condition)))],
        "select": lambda condition: [record_of(row) for row in table.select(condition)],
        "rows_after": lambda key: [record_of(row)["id"] for row in table.rows_after(table.position(key), 2)],
        "after": lambda key: [r["id"] for r in table.page_after(table.position(key), 2)],
        "find": lambda index, value: list(table.find(index, value)),
        "find_page": lambda listed, start, count: list(table.find(listed[0], listed[1], start, count)),
        "prefetch": lambda keys: prefetch(table, keys),
        "prefetch_found": lambda index, value: prefetch_found(table, index, [value, "nowhere"]),
        "len": lambda: len(table),
        "iter": lambda: list(table),
        "order": lambda: sorted(KEYS, key=table.position),
        "positions": lambda: table.name in tables.positions(),
    }
    return (calls.get(what) or getattr(table, what))(*given)


def parsed(json: bytes) -> Any:
    """The record of some JSON; two JSON texts of a record may differ."""
    return orjson.loads(json)


def noted(table: Table, rows: list[Row]) -> list[Noted]:
    return [(json, note) for (_, json), note in zip(rows, table.notes(rows, crc32), strict=True)]


def checked(noted: Noted | None) -> Any:
    """The record of some JSON with its note, which must not be that of an earlier version."""
    if noted is None:
        return None
    json, note = noted
    assert note == crc32(json)
    return parsed(json)


def record_of(row: Row) -> Any:
    return parsed(row[1])


def expected(model: Model, name: str, question: Question) -> Any:
    """What the model says."""
    held = model.records[name]
    rows = list(held.values())
    what, given = question
    numbers = sorted(rows, key=lambda record: record["seq"])

    def ids_after(key: str) -> list[str]:
        return [r["id"] for r in (rows[[*held].index(key) + 1 :] if key in held else rows)[:2]]

    calls: dict[str, Callable[..., Any]] = {
        "get": held.get,
        "in": held.__contains__,
        "records": lambda keys: [held.get(key) for key in keys],
        "known": lambda keys: [key in held for key in keys],
        "noted": held.get,
        "summary": lambda key: by_city(held[key]) if key in held else None,
        "rows_under": lambda index, value: model.matching(name, ("eq", index, value)),
        "fields_under": lambda index, value: [sorted(r["id"] for r in model.matching(name, ("eq", index, value))), []],
        "noted_from": lambda start, count: rows[start : start + count],
        **dict.fromkeys(("after", "rows_after"), ids_after),
        "find": lambda index, value: model.matching(name, ("eq", index, value)),
        "count": lambda index, value: len(model.matching(name, ("eq", index, value))),
        "find_page": lambda listed, start, count: model.matching(name, ("eq", *listed))[start : start + count],
        "page": lambda start, count: rows[start : start + count],
        "above": lambda number: [(record["seq"], record["id"]) for record in numbers if record["seq"] > number],
        **dict.fromkeys(("select", "notes"), lambda condition: model.matching(name, condition)),
        "last": lambda: rows[-1] if rows else None,
        "highest": lambda: numbers[-1]["seq"] if rows else 0,
        "len": lambda: len(rows),
        "iter": lambda: rows,
        "order": lambda: sorted(KEYS, key=lambda key: [*held].index(key) + 1 if key in held else 0),
        "positions": lambda: name in model.written,
    }
    return calls[what](*given) if what in calls else None


# ── the machine ──

PUT = st.tuples(
    st.sampled_from(KEYS), st.fixed_dictionaries({"city": st.sampled_from(["", *CITIES]), "tags": st.sets(st.integers(0, 5))})
)  # fmt: skip
GONE = st.tuples(st.sampled_from([*KEYS, *KEYS, None]), st.none())  # None: all of them
CHANGES = st.lists(PUT | PUT | GONE, max_size=4)
STEPS = st.lists(
    st.tuples(st.sampled_from(["people", *NAMES]), CHANGES | CHANGES | QUESTIONS), min_size=1, max_size=8
)  # fmt: skip
UNITS = st.tuples(STEPS, st.lists(st.sampled_from(PROBES), max_size=5), st.booleans())


class StoreMachine(RuleBasedStateMachine):
    """Units of work on a store and on a model; both must agree, in the middle of a unit, after it, and when reopened."""

    finds_in_order = True

    def make(self) -> Store:
        raise NotImplementedError

    @initialize()
    def begin(self) -> None:
        self.store = self.make()
        self.model = Model()
        self.units = 0  # since it was opened

    @rule(units=st.lists(UNITS, min_size=1, max_size=3))
    def write(self, units: list[tuple[list[Any], list[Question], bool]]) -> None:
        """Units that wait for each other, some of which refuse in the end."""
        self.units += len(units)

        async def life(tables: Tables) -> list[Any]:
            waiting = [tables.write(partial(self._unit, tables, *unit)) for unit in units]
            return await asyncio.gather(*waiting, return_exceptions=True)

        told = [str(error) for error in self.store.run(life)]
        assert told == ["refused" if refuses else "None" for *_, refuses in units]

    @rule(name=st.sampled_from(NAMES), questions=st.lists(QUESTIONS, min_size=1, max_size=6))
    def read(self, name: str, questions: list[Question]) -> None:
        def work(tables: Tables) -> None:
            for question in questions:
                self._agree(tables, name, question)

        self.store.read(work)

    @rule()
    def reopen(self) -> None:
        if self.units >= UNITS_OF_A_LIFE:
            self.units = 0
            self.store.reopen()

    def _unit(self, tables: Tables, steps: list[tuple[str, Any]], probes: list[Question], refuses: bool) -> None:
        """Commits and questions; the probes are asked after every commit, so that nothing of before is kept too long."""
        for name, step in steps:
            if isinstance(step, list):
                self._commit(tables, name, step)
            for question in probes if isinstance(step, list) else [step]:
                self._agree(tables, name, question)
        if refuses:
            raise ValueError("refused")

    def _agree(self, tables: Tables, name: str, question: Question) -> None:
        said, meant = answered(tables, name, question), expected(self.model, name, question)
        if not self.finds_in_order and question[0] == "find":
            said, meant = (sorted(found, key=lambda record: str(record["id"])) for found in (said, meant))
        if not self.finds_in_order and question[0] == "find_page":
            said, meant = len(said), len(meant)
        assert said == meant, (name, question)

    def _commit(self, tables: Tables, name: str, changes: list[tuple[str | None, dict[str, Any] | None]]) -> None:
        transaction, table = tables.transaction(), opened(tables, name)
        made: list[tuple[str | None, Record | None]] = []
        for key, fields in changes:
            if key is None:
                transaction.drop(table)
                made.append((None, None))
            elif fields is None:
                transaction.remove(table, key)
                made.append((key, None))
            else:
                self.model.seq += 1
                record = {"id": key, "city": fields["city"], "tags": sorted(fields["tags"]), "seq": self.model.seq}
                transaction.put(table, record)
                made.append((key, record))
        transaction.commit()
        self.model.commit(name, made)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()


class FolderMachine(StoreMachine):
    """The same with what happens to folders only."""

    finds_in_order = False  # the index lists in the order in which records came under the value, not to the table

    def make(self) -> Store:
        self._temporary = tempfile.TemporaryDirectory()
        return folder_store(Path(self._temporary.name))

    @rule()
    def compact(self) -> None:
        assert isinstance(self.store.tables, TinyDBTables)
        self.store.tables.compact(wait=True)

    @rule(junk=st.binary(min_size=1, max_size=30).map(lambda data: data.replace(b"\n", b"_")))
    def crash_with_a_torn_tail(self, junk: bytes) -> None:
        def tear() -> None:
            head = Head(Path(self._temporary.name))
            head.note(head.point)  # as before the orderly stop
            head.close()
            newest = sorted(Path(self._temporary.name).glob("journal-*.log"))[-1]
            with newest.open("ab") as file:
                file.write(junk)

        self.store.reopen(tear)

    def teardown(self) -> None:
        super().teardown()
        if hasattr(self, "_temporary"):
            self._temporary.cleanup()


@pytest.mark.slow
@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.full)], ids=["some", "whole"])
@pytest.mark.parametrize("engine", ["folder", "folder, all commits large", "postgres"])
def test_a_store_answers_as_a_dict_does(
    engine: str, whole: bool, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "folder, all commits large":
        monkeypatch.setattr(database, "LARGE", 1)
    machine = FolderMachine if engine != "postgres" else postgres_machine(request.getfixturevalue("postgres"))
    examples = (40 if engine == "folder" else 25) if whole else 12
    run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=15, deadline=None))


def postgres_machine(server: PostgresServer) -> type[StoreMachine]:
    class PostgresMachine(StoreMachine):
        def make(self) -> Store:
            return postgres_store(emptied_database(server))

    return PostgresMachine
