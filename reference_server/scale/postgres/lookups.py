"""Kinds of look-ups. One statement answers any number of look-ups of several kinds, which several units of work can ask.

The parameters of a kind are arrays with one item for each look-up, and each line of the result begins with the number of the
kind and the number of the look-up that it belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import orjson
from sqlalchemy import Executable, Select, union_all

from reference_server.scale.postgres import statements as sql
from reference_server.scale.postgres.rows import Row

Asked = tuple[Any, ...]  # the values of one look-up, in the order of the parameters
Answers = Mapping[Asked, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One kind of look-up."""

    number: int
    name: str
    lines: Select[Any]
    columns: tuple[str, ...]  # the parameters are `<name>_<column>s`
    answer: Callable[[list[Any]], Any]  # makes the answer of a look-up from its lines


def statement(asked: Mapping[Kind, Sequence[Asked]]) -> tuple[Executable, dict[str, Any]]:
    """(statement, parameters) for look-ups of several kinds."""
    given: dict[str, Any] = {}
    for kind, its in asked.items():
        for name, values in zip(kind.columns, zip(*its, strict=True), strict=True):
            given[f"{kind.name}_{name}s"] = sql.array(name, values)
    return _statement(frozenset(asked)), given


def answers(asked: Mapping[Kind, Sequence[Asked]], lines: Sequence[Any]) -> dict[Kind, Answers]:
    """The answer of each look-up."""
    of_each: dict[int, list[list[Any]]] = {kind.number: [[] for _ in its] for kind, its in asked.items()}
    for line in lines:
        of_each[line[0]][line[1] - 1].append(line)
    return {
        kind: {one: kind.answer(found) for one, found in zip(its, of_each[kind.number], strict=True)}
        for kind, its in asked.items()
    }


@cache
def _statement(kinds: frozenset[Kind]) -> Executable:
    parts = [kind.lines for kind in KINDS if kind in kinds]
    return union_all(*parts) if len(parts) > 1 else parts[0]


def _record(lines: list[Any]) -> Row | None:
    return _row(lines[0]) if lines else None


def _listed(lines: list[Any]) -> list[Row] | None:
    return None if lines and lines[0][2] is None else [_row(line) for line in lines]


def _row(line: Any) -> Row:
    return Row(line[3], line[4], line[5])


def _state(lines: list[Any]) -> tuple[int, int, int | None, tuple[tuple[int, str, bool], ...]]:
    _, _, rows, following, highest, indexes = lines[0]
    return rows, following, None if highest is None else int(highest), _indexes(indexes)


@lru_cache(64)
def _indexes(text: str | None) -> tuple[tuple[int, str, bool], ...]:
    return tuple(map(tuple, orjson.loads(text))) if text else ()


# by name → the id of a logical table, or None
SPACE = Kind(0, "space", sql.SPACES, ("name",), lambda lines: lines[0][2] if lines else None)
# by space → (number of records, position of the next one)
COUNTS = Kind(1, "size", sql.COUNTS, ("space",), lambda lines: (lines[0][2], lines[0][3]))
# by space and key → the row, or None
RECORD = Kind(2, "record", sql.RECORDS, ("space", "key"), _record)
# by space → the row that was inserted last, or None
LAST = Kind(3, "last", sql.LAST, ("space",), _record)
# by space, index, and digest of a value → the rows, or None if the index is not built
LISTED = Kind(4, "listed", sql.LISTED, ("space", "name", "value"), _listed)
# by the same → the number of rows, or None if the index is not built
COUNTED = Kind(
    5,
    "counted",
    sql.COUNTED_ENTRIES,
    ("space", "name", "value"),
    lambda lines: lines[0][3] if lines[0][2] is not None else None,
)
# by space → (number of records, position of the next one, highest number or None, (id, name, is built) of each index)
STATE = Kind(6, "state", sql.STATES, ("space",), _state)
KINDS = (SPACE, COUNTS, RECORD, LAST, LISTED, COUNTED, STATE)
