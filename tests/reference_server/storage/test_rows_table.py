"""A table of a data folder: look-ups, pages by number and by position, and conditions over indexes."""

from __future__ import annotations

import orjson
import pytest

from reference_server.storage.indexed_rows import Rows
from reference_server.storage.rows_table import RowsTable
from reference_server.storage.tables import Condition

PEOPLE = [{"id": key, "name": name, "town": town} for key, name, town in ("aAO", "bBO", "cAR", "dAO")]


@pytest.fixture
def table() -> RowsTable:
    """Documents at the positions 2, 4, 6, and 8."""
    rows = Rows("people")
    rows.define({"name": lambda record: (record["name"],), "town": lambda record: (record["town"],)})
    for number, record in enumerate(PEOPLE, 1):
        rows.set(2 * number, record)
    return RowsTable(rows)


ANN: Condition = ("eq", "name", "A")
OSLO: Condition = ("eq", "town", "O")


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (ANN, "acd"),
        (("and", ANN, OSLO), "ad"),
        (("or", ("eq", "id", "c"), OSLO), "abcd"),
        (("and", ("or", ("eq", "id", "b"), ("eq", "id", "d")), ANN), "d"),
        (("eq", "id", "nobody"), ""),
        (("eq", "town", "Bern"), ""),
    ],
)
def test_a_condition_selects_in_the_order_of_insertion(table: RowsTable, condition: Condition, found: str) -> None:
    assert "".join(orjson.loads(json)["id"] for _, json in table.select(condition)) == found


@pytest.mark.parametrize(
    ("start", "count", "found"), [(0, None, "acd"), (1, None, "cd"), (0, 2, "ac"), (1, 1, "c"), (3, 1, "")]
)
def test_a_part_of_what_an_index_lists_can_be_read(table: RowsTable, start: int, count: int | None, found: str) -> None:
    assert "".join(record["id"] for record in table.find("name", "A", start, count)) == found


@pytest.mark.parametrize(("position", "found"), [(0, "ab"), (2, "bc"), (3, "bc"), (6, "d"), (8, "")])
def test_a_page_begins_after_a_position_even_one_that_no_document_has(
    table: RowsTable, position: int, found: str
) -> None:
    assert "".join(record["id"] for record in table.page_after(position, 2)) == found
    rows = table.rows_after(position, 2)
    assert "".join(orjson.loads(body)["id"] for _, body in rows) == found
    assert [number for number, _ in rows] == [table.position(key) for key in found]


def test_a_start_below_zero_is_the_first_page(table: RowsTable) -> None:
    assert table.page(-5, 1) == table.page(0, 1) == [PEOPLE[0]]


def test_a_key_that_is_absent_has_no_record_no_json_and_position_zero(table: RowsTable) -> None:
    assert (table.get("nobody"), table.noted("nobody", len), table.position("nobody"), "nobody" in table) == (
        None,
        None,
        0,
        False,
    )
    assert RowsTable(Rows("empty")).last() is None


def test_documents_may_be_removed_while_the_table_is_iterated(table: RowsTable) -> None:
    for record in table:
        table.rows.set(table.position(record["id"]), None)
    assert len(table) == 0
