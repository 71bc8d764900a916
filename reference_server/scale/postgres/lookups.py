"""Kinds of look-ups. One statement answers any number of look-ups of one kind, which several units of work can ask.

The parameters of its statement are arrays with one item for each look-up, and each line of its result begins with the number
of the look-up that it belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Executable

from reference_server.scale.postgres import statements as sql
from reference_server.scale.postgres.rows import Row

Asked = tuple[Any, ...]  # the values of one look-up, in the order of the parameters
Answers = Mapping[Asked, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One kind of look-up."""

    statement: Executable
    parameters: tuple[str, ...]
    answer: Callable[[list[Any]], Any]  # makes the answer of a look-up from its lines

    def given(self, asked: Sequence[Asked]) -> dict[str, list[Any]]:
        """The parameters of the statement."""
        return dict(zip(self.parameters, map(list, zip(*asked, strict=True)), strict=True))

    def answers(self, asked: Sequence[Asked], lines: Sequence[Any]) -> Answers:
        """The answer of each look-up."""
        of_each: list[list[Any]] = [[] for _ in asked]
        for line in lines:
            of_each[line[0] - 1].append(line)
        return {one: self.answer(its) for one, its in zip(asked, of_each, strict=True)}


def _record(lines: list[Any]) -> Row | None:
    return _row(lines[0]) if lines else None


def _listed(lines: list[Any]) -> list[Row] | None:
    return None if lines and lines[0]["index"] is None else [_row(line) for line in lines]


def _row(line: Any) -> Row:
    return Row(line["position"], line["key"], line["body"])


# by name → the id of a logical table, or None
SPACE = Kind(sql.SPACES, ("given_names",), lambda lines: lines[0]["id"] if lines else None)
# by space → (number of records, position of the next one)
COUNTS = Kind(sql.COUNTS, ("given_spaces",), lambda lines: (lines[0]["rows"], lines[0]["next_position"]))
# by space and key → the row, or None
RECORD = Kind(sql.RECORDS, ("given_spaces", "given_keys"), _record)
# by space → the row that was inserted last, or None
LAST = Kind(sql.LAST, ("given_spaces",), _record)
_UNDER = ("given_spaces", "given_names", "given_values")
# by space, index, and digest of a value → the rows, or None if the index is not built
LISTED = Kind(sql.LISTED, _UNDER, _listed)
# by the same → the number of rows, or None if the index is not built
COUNTED = Kind(sql.COUNTED_ENTRIES, _UNDER, lambda lines: lines[0]["size"] if lines[0]["index"] is not None else None)
KINDS = (SPACE, COUNTS, RECORD, LAST, LISTED, COUNTED)
