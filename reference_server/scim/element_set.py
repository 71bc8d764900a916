"""ElementSet: a draft of a relation, such as the members of a group, that is changed without copying the elements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reference_server.turns import count

Element = dict[str, Any]


class ElementSet:
    """An overlay on a mapping value → element, in which adding or discarding an element is O(1).

    `added` and `removed` are the differences from the base, in the order in which they occurred.
    """

    __slots__ = ("_base", "added", "removed")

    def __init__(self, base: Mapping[str, Element]) -> None:
        self._base = base
        self.added: dict[str, Element] = {}
        self.removed: dict[str, None] = {}

    @property
    def changed(self) -> bool:
        return bool(self.added or self.removed)

    def add(self, element: Element) -> None:
        """Add an element; an existing one with the same value is kept unchanged."""
        value = element["value"]
        if value in self.removed:
            del self.removed[value]
        elif value not in self._base:
            self.added.setdefault(value, element)

    def discard(self, value: str) -> None:
        """Remove the element with this value, if there is one."""
        if value in self.added:
            del self.added[value]
        elif value in self._base:
            self.removed[value] = None

    def clear(self) -> None:
        self.added.clear()
        self.removed = dict.fromkeys(self._base)

    def replace_all(self, elements: Iterable[Element]) -> None:
        """Replace all elements with these."""
        wanted = {element["value"]: element for element in elements}
        for value in list(self.values()):
            if value not in wanted:
                self.discard(value)
        for element in wanted.values():
            self.add(element)

    def values(self) -> Iterator[str]:
        for value in self._base:
            count()
            if value not in self.removed:
                yield value
        yield from self.added

    def __contains__(self, value: object) -> bool:
        return value in self.added or (value in self._base and value not in self.removed)

    def __iter__(self) -> Iterator[Element]:
        for value in self._base:
            count(3)
            if value not in self.removed:
                yield self._base[value]
        yield from self.added.values()

    def __len__(self) -> int:
        return len(self._base) - len(self.removed) + len(self.added)
