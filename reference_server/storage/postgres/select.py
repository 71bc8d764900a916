"""Conditions over indexes: as one query of the positions they list, and as a test of one row."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from sqlalchemy import Select, false, intersect, select, union

from reference_server.storage.postgres.rows import Definition, Row, digest, storable
from reference_server.storage.postgres.schema import entries, records
from reference_server.storage.tables import Condition


def positions(condition: Condition, space: int, built: Mapping[str, int]) -> Select[Any] | None:
    """The query of the positions where a condition holds; None when it asks an index that is not built."""
    kind, *parts = condition
    if kind == "eq":
        return _listed(parts[0], [parts[1]], space, built)
    parts = list(_flat(kind, condition))
    queries = [positions(part, space, built) for part in parts if kind == "and" or part[0] != "eq"]
    if kind == "or":
        queries += [_listed(index, values, space, built) for index, values in _by_index(parts).items()]
    whole = [query for query in queries if query is not None]
    if len(whole) < len(queries):
        return None
    if len(whole) == 1:
        return whole[0]
    joined = (intersect if kind == "and" else union)(*whole).subquery()
    return select(joined.c.position)


def evaluate(condition: Condition, definition: Definition, row: Row) -> bool:
    """Whether a row satisfies a condition."""
    kind, *parts = condition
    if kind == "and":
        return all(evaluate(part, definition, row) for part in parts)
    if kind == "or":
        return any(evaluate(part, definition, row) for part in parts)
    index, value = parts
    return bool(row.key == value) if index == "id" else digest(value) in row.under(definition, index)


def _listed(index: str, values: list[Hashable], space: int, built: Mapping[str, int]) -> Select[Any] | None:
    """Where an index has one of these values."""
    if index == "id":
        keys = [value for value in values if storable(value)]
        held = select(records.c.position).where(records.c.space == space)
        return held.where(records.c.key.in_(keys)) if keys else held.where(false())
    if index not in built:
        return None
    asked = list({digest(value) for value in values})
    listed = select(entries.c.position).where(entries.c.index == built[index], entries.c.value.in_(asked))
    return listed.distinct() if len(asked) > 1 else listed  # a record may have several of the values


def _flat(kind: str, condition: Condition) -> Iterator[Condition]:
    """The parts of nested conditions of one kind."""
    for part in condition[1:]:
        if part[0] == kind:
            yield from _flat(kind, part)
        else:
            yield part


def _by_index(parts: list[Condition]) -> dict[str, list[Hashable]]:
    """The values that an `or` asks of each index."""
    asked: dict[str, list[Hashable]] = {}
    for part in parts:
        if part[0] == "eq":
            asked.setdefault(part[1], []).append(part[2])
    return asked
