"""Conditions over indexes become one query, whatever way they are nested."""

from __future__ import annotations

import pytest
from sqlalchemy import make_url

from reference_server.scale.postgres.conditions import asked_indexes, selected
from reference_server.storage.tables import Condition

DIALECT = make_url("postgresql+asyncpg://").get_dialect()()
ANN: Condition = ("eq", "name", "Ann")
OSLO: Condition = ("eq", "town", "Oslo")
ONE: Condition = ("eq", "id", "1")


def query(condition: Condition) -> str:
    return str(selected(condition, 1, {"name": 1, "town": 2}).compile(dialect=DIALECT))


@pytest.mark.parametrize(
    ("condition", "indexes"),
    [
        (ANN, {"name"}),
        (ONE, set()),
        (("and", ANN, OSLO), {"name", "town"}),
        (("or", ONE, ("and", ANN, ("or", ANN, OSLO))), {"name", "town"}),
    ],
)
def test_every_index_of_a_nested_condition_is_asked_but_the_key_is_not(condition: Condition, indexes: set[str]) -> None:
    assert asked_indexes(condition) == indexes


@pytest.mark.parametrize(
    ("condition", "intersections", "unions"),
    [
        (("and", ANN, OSLO), 1, 0),
        (("and", ("and", ANN, OSLO), ("and", ONE, ANN)), 3, 0),
        (("or", ANN, ("and", OSLO, ONE)), 1, 1),
    ],
)
def test_parts_are_combined_by_set_operations(condition: Condition, intersections: int, unions: int) -> None:
    text = query(condition)
    assert (text.count("INTERSECT"), text.count("UNION")) == (intersections, unions)


def test_a_long_chain_of_one_kind_is_a_flat_query() -> None:
    """Nested subqueries of a filter with many terms would exceed what the database's parser accepts."""
    chain: Condition = ANN
    for number in range(300):
        chain = ("or", ("eq", "name", f"n{number}"), chain)
    assert query(chain).count("AS anon") == query(("or", ANN, OSLO)).count("AS anon")


def test_a_key_that_the_database_cannot_store_finds_nothing() -> None:
    assert "false" in query(("eq", "id", "\x00"))
    assert "false" not in query(ONE)


def test_records_are_returned_in_the_order_of_insertion() -> None:
    assert query(ANN).rstrip().endswith(".position")
