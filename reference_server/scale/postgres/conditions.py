"""Translates a condition over indexes into one query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Select, false, intersect, select, union

from reference_server.scale.postgres.rows import digest, storable
from reference_server.scale.postgres.schema import entries, records
from reference_server.storage.tables import Condition


def selected(condition: Condition, space: int, ids: Mapping[str, int]) -> Select[Any]:
    """The query for the records of a logical table that satisfy a condition; `ids` are the ids of its indexes."""
    found = _positions(condition, space, ids).subquery("found")
    return (
        select(records.c.position, records.c.key, records.c.body)
        .join_from(records, found, found.c.position == records.c.position)
        .where(records.c.space == space)
        .order_by(records.c.position)
    )


def asked_indexes(condition: Condition) -> set[str]:
    """The names of the indexes in a condition."""
    kind, left, right = condition
    if kind == "eq":
        return set() if left == "id" else {left}
    return asked_indexes(left) | asked_indexes(right)


def _positions(condition: Condition, space: int, ids: Mapping[str, int]) -> Select[Any]:
    kind, left, right = condition
    if kind == "eq" and left == "id":
        held = records.c.key == right if storable(right) else false()
        return select(records.c.position).where(records.c.space == space, held)
    if kind == "eq":
        return select(entries.c.position).where(entries.c.index == ids[left], entries.c.value == digest(right))
    parts = [_positions(part, space, ids) for part in _flat(kind, condition)]
    joined = (intersect if kind == "and" else union)(*parts).subquery()
    return select(joined.c.position)


def _flat(kind: str, condition: Condition) -> Iterator[Condition]:
    """The operands of nested conditions with the same operator, flattened."""
    for part in condition[1:]:
        if part[0] == kind:
            yield from _flat(kind, part)
        else:
            yield part
