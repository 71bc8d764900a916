"""Changes of a batch as rows of the statements that write them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reference_server.storage.postgres.rows import Definition, Row

Entry = tuple[int, bytes, int]  # index, digest, position
Changes = dict[int, list["Change"]]  # by space


@dataclass(slots=True)
class Change:
    """What becomes of one record: the row in the database, and the row that shall be there; None for none."""

    definition: Definition
    before: Row | None
    after: Row | None

    @property
    def moved(self) -> bool:
        """Whether the row leaves its place."""
        return self.before is not None and (self.after is None or self.after.position != self.before.position)


def record_changes(changes: Changes) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """(space and position of what goes, whole rows of what is put)."""
    removed: list[tuple[Any, ...]] = []
    put: list[tuple[Any, ...]] = []
    for space, changed in changes.items():
        for change in changed:
            if change.moved and change.before:
                removed.append((space, change.before.position))
            if (row := change.after) is not None:
                put.append((space, row.position, row.key, change.definition.number(row.record), row.body))
    return removed, put


def entry_changes(changes: Changes, ids: dict[int, dict[str, int]]) -> tuple[list[Entry], list[Entry]]:
    """(what indexes list no more, what they list now); `ids` are those of the indexes of each space."""
    unlisted: list[Entry] = []
    listed: list[Entry] = []
    for space, changed in changes.items():
        for change in changed:
            before = set(_entries(change.definition, change.before, ids[space]))
            after = set(_entries(change.definition, change.after, ids[space]))
            unlisted += before - after
            listed += after - before
    return unlisted, listed


def _entries(definition: Definition, row: Row | None, ids: dict[str, int]) -> Iterator[Entry]:
    """The entries of one row in every index."""
    if row is not None:
        for index in definition.indexes:
            for under in row.under(definition, index):
                yield ids[index], under, row.position
