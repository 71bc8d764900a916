"""Documents kept as JSON: the view reads and writes records, and a key is read without parsing."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from reference_server.storage.json_documents import JsonDocuments, encoded, key_of

ANN, BOB = {"id": "a", "seq": 1}, {"id": "b", "seq": 2}


def test_the_view_reads_and_writes_the_json() -> None:
    json: dict[int, bytes] = {}
    documents = JsonDocuments(json)
    documents[1] = ANN
    documents[2] = BOB
    assert json == {1: b'{"id":"a","seq":1}', 2: b'{"id":"b","seq":2}'}
    assert (dict(documents), documents.get(1), documents.get(3), 1 in documents, 3 in documents) == (
        {1: ANN, 2: BOB},
        ANN,
        None,
        True,
        False,
    )
    del documents[1]
    assert list(documents) == [2]
    documents.clear()
    assert (len(documents), json) == (0, {})


def test_only_the_record_that_was_used_last_is_kept() -> None:
    documents = JsonDocuments({1: encoded(ANN), 2: encoded(BOB)})
    first = documents[1]
    assert documents[1] is first
    assert documents[2] == BOB
    assert documents[1] == first
    assert documents[1] is not first
    documents[1] = {**ANN, "seq": 3}
    assert documents[1] == {"id": "a", "seq": 3}


@pytest.mark.parametrize(
    "record",
    [
        {"id": "a", "x": 1},
        {"id": "ä"},
        {"id": 'a"b'},
        {"id": "a\\"},
        {"id": ""},
        {"x": '{"id":"a"', "id": "b"},
        {"id": 5},
        {},
    ],
)
def test_the_key_is_found_in_any_record(record: dict[str, Any]) -> None:
    assert key_of(orjson.dumps(record)) == record.get("id")
    assert key_of(orjson.dumps(record, option=orjson.OPT_INDENT_2)) == record.get("id")
