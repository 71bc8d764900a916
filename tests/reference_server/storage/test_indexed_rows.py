"""Rows in memory: keys, order, numbers, indexes, and stored JSON all follow every change."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from reference_server.storage.indexed_rows import Rows


def rows(*records: dict[str, Any]) -> Rows:
    """Rows with an index over towns, an order by `seq`, and stored JSON."""
    made = Rows("people", keep_json=True)
    made.define({"town": lambda record: (record["town"],)}, "seq", lambda record: record["town"][0])
    for doc_id, record in enumerate(records, 1):
        made.set(doc_id, record)
    return made


ANN = {"id": "a", "town": "Oslo", "seq": 1}
BOB = {"id": "b", "town": "Oslo", "seq": 2}


def test_a_removed_document_is_gone_from_every_view() -> None:
    held = rows(ANN, BOB)
    assert held.order() == [1, 2]
    held.set(1, None)
    assert (held.order(), held.page(0, 9), held.id_of) == ([2], [BOB], {"b": 2})
    assert list(held.indexes["town"].ids("Oslo")) == [2]
    assert held.above(0) == [(2, "b")]
    assert list(held.stored) == [2]
    assert held.summaries == {"b": "O"}


def test_a_new_version_moves_to_the_end_of_the_numbers_and_keeps_its_place() -> None:
    held = rows(ANN, BOB)
    held.set(1, {"id": "a", "town": "Rome", "seq": 3})
    assert (held.above(1), held.above(2), held.highest()) == ([(2, "b"), (3, "a")], [(3, "a")], 3)
    assert held.order() == [1, 2]
    assert [list(held.indexes["town"].ids(town)) for town in ("Oslo", "Rome")] == [[2], [1]]


def test_the_number_of_a_removed_or_skipped_document_is_never_given_again() -> None:
    held = rows(ANN, BOB)
    held.set(2, None)
    assert held.next_id == 3
    held.set(9, None)
    assert held.next_id == 10


def test_a_document_with_a_new_key_is_not_found_under_its_old_one() -> None:
    held = rows(ANN)
    held.set(1, {**ANN, "id": "z"})
    assert (held.id_of, held.summaries) == ({"z": 1}, {"z": "O"})


def test_json_is_encoded_once_and_again_after_a_change() -> None:
    held = rows(ANN)
    first = held.json_of(1)
    assert held.json_of(1) is first
    held.set(1, {**ANN, "town": "Rome"})
    assert held.json_of(1) == b'{"id":"a","town":"Rome","seq":1}'


def test_an_index_or_an_order_that_is_added_later_includes_earlier_documents() -> None:
    held = Rows("people")
    held.set(1, BOB)
    held.set(2, ANN)
    held.define({"town": lambda record: (record["town"],)}, "seq", lambda record: record["town"])
    assert held.above(0) == [(1, "a"), (2, "b")]
    assert sorted(held.indexes["town"].ids("Oslo")) == [1, 2]
    assert held.summaries == {"a": "Oslo", "b": "Oslo"}


def test_clearing_keeps_the_definitions() -> None:
    held = rows(ANN, BOB)
    held.clear()
    assert (held.page(0, 9), held.above(0), held.highest(), held.indexes["town"].count("Oslo")) == ([], [], 0, 0)
    held.set(5, ANN)
    assert (held.above(0), held.indexes["town"].count("Oslo")) == ([(1, "a")], 1)


def test_a_note_is_kept_until_its_document_changes() -> None:
    held, asked = rows(ANN, BOB), list[bytes]()

    def note_of(json: bytes) -> int:
        asked.append(json)
        return crc32(json)

    def check(expected: int) -> None:
        """Every note is right, and only this number of them was not kept."""
        asked.clear()
        stored, notes = held.noted(held.order(), note_of)
        assert notes == list(map(crc32, stored))
        assert len(asked) == expected

    check(2)
    check(0)
    held.set(1, {**ANN, "town": "Rome"})
    check(1)
    held.set(3, {"id": "c", "town": "Rome", "seq": 3})
    check(1)
    held.set(2, None)
    check(0)
    held.set(2, {**BOB, "town": "Lima"})  # a rollback restores a document under its old number
    check(1)
    held.clear()
    held.set(1, ANN)
    check(1)


def test_a_note_on_earlier_json_is_not_kept() -> None:
    held = rows(ANN)
    before = held.json_of(1)
    held.set(1, {**ANN, "town": "Rome"})
    assert held.note(1, before, crc32) == crc32(before)
    assert held.note(1, held.json_of(1), crc32) == crc32(held.json_of(1))


def test_records_have_notes_that_are_not_kept() -> None:
    held = rows(ANN, BOB)
    held.noted([1, 2], crc32)
    held.keep_records()
    held.set(1, {**ANN, "town": "Rome"})
    stored, notes = held.noted([1, 2], crc32)
    assert notes == list(map(crc32, stored))
