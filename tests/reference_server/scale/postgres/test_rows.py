"""Rows in memory: digests agree with the equality of a dict, and a change touches only the entries that differ."""

from __future__ import annotations

from collections.abc import Hashable

import pytest

from reference_server.scale.postgres.rows import (
    HIGHEST_NUMBER,
    Change,
    Definition,
    Row,
    _digest,
    bounded,
    digest,
    storable,
)

VALUES: list[Hashable] = [None, True, 1, 1.0, 0, False, 1.5, "1", "true", "", "null", (1, "a"), (True, "a"), ("1", "a")]


def test_two_values_have_the_same_digest_exactly_if_a_dict_treats_them_as_one_key() -> None:
    for left in VALUES:
        for right in VALUES:
            of_right = _digest(right)  # not from the cache, which compares as a dict does
            assert (_digest(left) == of_right) is (left == right), (left, right)


def test_a_string_that_is_not_valid_unicode_has_a_digest() -> None:
    assert len(digest("\ud800")) == 16


@pytest.mark.parametrize(
    ("key", "fits"), [("a", True), ("", True), ("å", True), ("a\x00", False), ("\ud800", False), (1, False)]
)
def test_only_strings_that_postgresql_can_store_are_storable(key: object, fits: bool) -> None:
    assert storable(key) is fits


@pytest.mark.parametrize(
    ("number", "sent"), [(-1, 0), (0, 0), (7, 7), (HIGHEST_NUMBER, 2**63 - 1), (10**30, 2**63 - 1)]
)
def test_numbers_of_requests_are_limited_to_64_bits(number: int, sent: int) -> None:
    assert bounded(number) == sent


def test_a_change_deletes_and_inserts_only_the_entries_that_differ() -> None:
    definition = Definition("people")
    definition.add({"mail": lambda record: tuple(record["mails"]), "town": lambda record: (record["town"],)}, None)
    ids = {"mail": 1, "town": 2}
    before = Row(7, "a", '{"id": "a", "mails": ["x", "y"], "town": "Oslo"}')
    after = Row(7, "a", '{"id": "a", "mails": ["y", "z", "z"], "town": "Oslo"}')
    assert Change(definition, before, after).entries(ids) == ([(1, digest("x"), 7)], [(1, digest("z"), 7)])
    assert Change(definition, None, before).entries(ids)[0] == []
    deleted, inserted = Change(definition, after, None).entries(ids)
    assert (len(deleted), inserted) == (3, [])


def test_a_record_that_returns_at_another_position_changes_all_of_its_entries() -> None:
    definition = Definition("people")
    definition.add({"town": lambda record: (record["town"],)}, None)
    before, after = (Row(position, "a", '{"id": "a", "town": "Oslo"}') for position in (7, 9))
    entries = Change(definition, before, after).entries({"town": 2})
    assert entries == ([(2, digest("Oslo"), 7)], [(2, digest("Oslo"), 9)])


def test_the_first_definition_of_an_index_stays_and_an_order_is_kept_like_an_index() -> None:
    definition = Definition("people")
    definition.add({"town": lambda _: ("first",)}, None)
    definition.add({"town": lambda _: ("second",)}, "seq")
    definition.add({}, "other")
    assert Row(1, "a", "{}").listed(definition) == {("town", digest("first"))}
    assert definition.kept == {"town", definition.order}
    assert definition.number({"seq": 3, "other": 4}) == 3


def test_a_number_beyond_64_bits_is_rejected_with_its_place() -> None:
    definition = Definition("people")
    definition.add({}, "seq")
    with pytest.raises(ValueError, match=f"people: seq: expected a number of 64 bits, got {2**63}"):
        definition.number({"seq": 2**63})
