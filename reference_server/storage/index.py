"""A hash index: any value → the documents that have it; O(1) to update and to look up."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from reference_server.storage.tables import IndexKeys, Record


class HashIndex:
    """Maps each key to document ids. A key with a single document, the usual case, needs no container."""

    __slots__ = ("_ids", "keys_of")

    def __init__(self, keys_of: IndexKeys) -> None:
        self.keys_of = keys_of
        self._ids: dict[Hashable, int | dict[int, None]] = {}

    def ids(self, key: Hashable) -> Iterable[int]:
        """The ids under a key in the order in which they were added."""
        held = self._ids.get(key)
        if held is None:
            return ()
        return (held,) if isinstance(held, int) else held

    def count(self, key: Hashable) -> int:
        held = self._ids.get(key)
        return len(held) if isinstance(held, dict) else int(held is not None)

    def replace(self, doc_id: int, before: Record | None, after: Record | None) -> None:
        """Update the entries of a document from one version to the next (None: it did not exist, or is removed)."""
        old = self.keys_of(before) if before is not None else ()
        new = self.keys_of(after) if after is not None else ()
        if old == new:
            return
        kept = new if len(new) < 8 else frozenset(new)
        for key in old:
            if key not in kept:
                self._discard(key, doc_id)
        for key in new:
            self._add(key, doc_id)

    def clear(self) -> None:
        self._ids.clear()

    def _add(self, key: Hashable, doc_id: int) -> None:
        held = self._ids.get(key)
        if held is None:
            self._ids[key] = doc_id
        elif isinstance(held, dict):
            held[doc_id] = None
        elif held != doc_id:
            self._ids[key] = {held: None, doc_id: None}

    def _discard(self, key: Hashable, doc_id: int) -> None:
        held = self._ids.get(key)
        if isinstance(held, dict):
            held.pop(doc_id, None)
            if not held:
                del self._ids[key]
        elif held == doc_id:
            del self._ids[key]
