"""A hash index from values to the documents that have them; updates and look-ups are O(1)."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any

from reference_server.storage.tables import IndexKeys, Record
from reference_server.turns import count

Ids = int | dict[int, Any]  # with the field of each document (see HashIndex)
SMALL = 64  # up to this number of documents per key, the container is copied instead of changed
NONE: dict[int, Any] = {}


class HashIndex:
    """Maps each key to document ids. A key with a single document, the usual case, needs no container.

    `keys_of` can name a field of the record that never changes. A container has it beside each id, so that reading a field
    of thousands of documents does not touch them. Only the first document of a container can lack it.
    """

    __slots__ = ("_ids", "field", "keys_of", "only_key", "source")

    def __init__(self, keys_of: IndexKeys) -> None:
        self.keys_of = keys_of
        # `keys_of` can name the value that the keys are made of: a field of the record and an attribute in that field.
        # If both versions of a record contain the same object there, the keys are not computed.
        self.source: tuple[str, str] | None = getattr(keys_of, "source", None)
        self.field: str | None = getattr(keys_of, "field", None)
        # `keys_of` can also name the field whose value is the only key of each record.
        self.only_key: str | None = getattr(keys_of, "only_key", None)
        self._ids: dict[Hashable, Ids] = {}

    def ids(self, key: Hashable) -> Iterable[int]:
        """The ids under a key in the order in which they were added."""
        held = self._ids.get(key)
        if held is None:
            return ()
        return (held,) if isinstance(held, int) else held

    def count(self, key: Hashable) -> int:
        held = self._ids.get(key)
        return 0 if held is None else len(held) if isinstance(held, dict) else 1

    def fields(self, keys: Iterable[Hashable], records: Mapping[int, Record], field: str) -> list[tuple[Any, ...]]:
        """For each key, a field of the records under it."""
        return [
            ()
            if held is None
            else (records[held][field],)
            if isinstance(held, int)
            else self._fields(held, records, field)
            for held in map(self._ids.get, keys)
        ]

    def _fields(self, held: dict[int, Any], records: Mapping[int, Record], field: str) -> tuple[Any, ...]:
        if field != self.field:
            return tuple([records[doc_id][field] for doc_id in held])
        first = next(iter(held))
        if held[first] is None:
            held[first] = records[first][field]
        return tuple(held.values())

    def insert(self, doc_id: int, record: Record) -> None:
        """Add the entries of a new document."""
        ids = self._ids
        for key in self.keys_of(record):
            if ids.setdefault(key, doc_id) != doc_id:
                self._add(key, doc_id, None if self.field is None else record[self.field])

    def remove(self, doc_id: int, record: Record) -> None:
        """Remove the entries of a document."""
        for key in self.keys_of(record):
            self._discard(key, doc_id)

    def replace(self, doc_id: int, before: Record | None, after: Record | None) -> None:
        """Update the entries of a document from one version to the next; None if it did not exist or is removed."""
        if before is None:
            if after is not None:
                field = None if self.field is None else after[self.field]
                for key in self.keys_of(after):
                    self._add(key, doc_id, field)
            return
        if self.source is not None and after is not None:
            field, name = self.source
            if before[field].get(name) is after[field].get(name):
                return
        new = self.keys_of(after) if after is not None else ()
        old = self.keys_of(before)
        if old == new:
            return
        kept = new if len(new) < 8 else frozenset(new)
        for key in old:
            if key not in kept:
                self._discard(key, doc_id)
        field = None if self.field is None or after is None else after[self.field]
        for key in new:
            self._add(key, doc_id, field)

    def clear(self) -> None:
        self._ids.clear()

    def _add(self, key: Hashable, doc_id: int, field: Any) -> None:
        held = self._ids.setdefault(key, doc_id)
        if isinstance(held, dict):
            held[doc_id] = field
        elif held != doc_id:
            self._ids[key] = {held: None, doc_id: field}

    def _discard(self, key: Hashable, doc_id: int) -> None:
        held = self._ids.get(key)
        if isinstance(held, dict):
            held.pop(doc_id, None)
            if not held:
                del self._ids[key]
        elif held == doc_id:
            del self._ids[key]


class StagedIndex(HashIndex):
    """Prepared changes of an index. The preparation takes most of the time, so that `apply` is a few bulk updates."""

    __slots__ = ("_come", "_edits", "_emptied", "_gone", "_new")

    def __init__(self, base: HashIndex) -> None:
        self.keys_of, self.source, self.field, self.only_key = base.keys_of, base.source, base.field, base.only_key
        self._ids = base._ids
        self._gone: dict[Hashable, dict[int, None]] = {}
        self._come: dict[Hashable, dict[int, Any]] = {}

    def insert_all(self, ids: Sequence[int], records: Sequence[Record]) -> None:
        """Add the entries of new documents."""
        come, fields = self._come, self._fields_of(records)
        shared = self._shared_key(records)
        if shared is not None:
            come.setdefault(shared, {}).update(zip(ids, fields, strict=False))
            return
        for key, doc_id, field in self._entries(ids, records, fields):
            if key in come:
                come[key][doc_id] = field
            else:
                come[key] = {doc_id: field}

    def remove_all(self, ids: Sequence[int], records: Sequence[Record]) -> None:
        """Remove the entries of documents."""
        gone, come = self._gone, self._come
        shared = self._shared_key(records)
        if shared is not None and shared not in come:
            gone.setdefault(shared, {}).update(dict.fromkeys(ids))
            return
        for key, doc_id, _ in self._entries(ids, records, repeat(None)):
            if key in come:
                self._discard(key, doc_id)
            elif key in gone:
                gone[key][doc_id] = None
            else:
                gone[key] = {doc_id: None}

    def _fields_of(self, records: Sequence[Record]) -> Iterable[Any]:
        return repeat(None) if self.field is None else map(itemgetter(self.field), records)

    def _shared_key(self, records: Sequence[Record]) -> Hashable:
        """The only key that all of these records have, such as the group of its members; None if they have others."""
        keys = set(map(itemgetter(self.only_key), records)) if self.only_key is not None else NONE
        return next(iter(keys)) if len(keys) == 1 else None

    def _entries(
        self, ids: Sequence[int], records: Sequence[Record], fields: Iterable[Any]
    ) -> Iterable[tuple[Hashable, int, Any]]:
        if self.only_key is not None:
            return zip(map(itemgetter(self.only_key), records), ids, fields, strict=False)
        each = zip(map(self.keys_of, records), ids, fields, strict=False)
        return ((key, doc_id, field) for keys, doc_id, field in each for key in keys)

    def _add(self, key: Hashable, doc_id: int, field: Any) -> None:
        if doc_id in self._gone.get(key, ()) or not self._holds(key, doc_id):
            self._come.setdefault(key, {})[doc_id] = field

    def _discard(self, key: Hashable, doc_id: int) -> None:
        if doc_id in self._come.get(key, ()):
            del self._come[key][doc_id]
        elif self._holds(key, doc_id):
            self._gone.setdefault(key, {})[doc_id] = None

    def _holds(self, key: Hashable, doc_id: int) -> bool:
        held = self._ids.get(key)
        return doc_id in held if isinstance(held, dict) else held == doc_id

    def finish(self) -> None:
        """Determine the documents of each changed key."""
        self._new: dict[Hashable, Ids] = {}
        self._emptied: list[Hashable] = []
        self._edits: list[tuple[dict[int, Any], dict[int, None], dict[int, Any]]] = []
        for key, come in self._come.items():
            held = self._ids.get(key)
            if held is None and len(come) == 1:
                (self._new[key],) = come
            elif held is None and come:
                self._new[key] = come
            elif held is not None:
                self._merge(key, held, self._gone.get(key, NONE), come)
        for key in self._gone.keys() - self._come.keys():
            held = self._ids[key]
            if isinstance(held, dict):
                self._merge(key, held, self._gone[key], NONE)
            else:
                self._emptied.append(key)

    def _merge(self, key: Hashable, held: Ids, gone: dict[int, Any], come: dict[int, Any]) -> None:
        """Determine the documents of a key that has some."""
        ids = held if isinstance(held, dict) else {held: None}
        if len(ids) > max(SMALL, 4 * (len(gone) + len(come))):
            assert isinstance(held, dict)
            self._edits.append((held, gone, come))
            return
        count(1 + len(ids) // 8)
        new = {doc_id: field for doc_id, field in ids.items() if doc_id not in gone} | come
        if len(new) > 1:
            self._new[key] = new
        elif new:
            self._new[key] = next(iter(new))
        else:
            self._emptied.append(key)

    def apply(self) -> None:
        """Apply the changes."""
        self._ids.update(self._new)
        discard(self._ids, self._emptied)
        for held, gone, come in self._edits:
            discard(held, gone)
            held.update(come)


def discard(held: dict[Any, Any], keys: Iterable[Any]) -> None:
    """Remove many keys, some of which may be absent."""
    deque(map(held.pop, keys, repeat(None)), maxlen=0)
