"""Documents that are kept as JSON: a sixth of the memory of parsed ones, and what most responses send."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

import orjson

from reference_server.storage.tables import Record

KEY_FIRST = b'{"id":"'
KEY_AT = len(KEY_FIRST)


class JsonDocuments(MutableMapping[int, Record]):
    """A view of JSON by document id as records. Each access parses one.

    The record that was read or written last is kept, because a write reads the record that it replaces several times.
    """

    __slots__ = ("_json", "_latest")

    def __init__(self, json: dict[int, bytes]) -> None:
        self._json = json
        self._latest: tuple[bytes, Record] = (b"", {})

    def get(self, doc_id: int, default: Any = None) -> Any:
        return self[doc_id] if doc_id in self._json else default

    def clear(self) -> None:
        self._json.clear()

    def __getitem__(self, doc_id: int) -> Record:
        json, latest = self._json[doc_id], self._latest
        if latest[0] is json:
            return latest[1]
        record: Record = orjson.loads(json)
        self._latest = json, record
        return record

    def __setitem__(self, doc_id: int, record: Record) -> None:
        json = self._json[doc_id] = bytes(memoryview(orjson.dumps(record)))  # see `encoded`
        self._latest = json, record

    def __delitem__(self, doc_id: int) -> None:
        del self._json[doc_id]

    def __contains__(self, doc_id: object) -> bool:
        return doc_id in self._json

    def __iter__(self) -> Iterator[int]:
        return iter(self._json)

    def __len__(self) -> int:
        return len(self._json)


def encoded(record: Record) -> bytes:
    """A record as JSON that can be kept: a copy, because the bytes from orjson hold a buffer of several times their size."""
    return bytes(memoryview(orjson.dumps(record)))


def key_of(json: bytes) -> Any:
    """The key of a record. It is not parsed if the key comes first, as in almost every record."""
    if json.startswith(KEY_FIRST):
        key = json[KEY_AT : json.find(b'"', KEY_AT)]
        if key.find(b"\\") < 0:  # `in` with bytes takes three times as long
            return key.decode()
    return orjson.loads(json).get("id")
