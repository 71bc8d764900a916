"""ElementSet: a draft of a relation, such as the members of a group, that is changed without copying the elements."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Any, Protocol

from reference_server.turns import count, in_parts

Element = dict[str, Any]
ABSENT: Any = object()


class Base(Protocol):
    """The stored elements by value."""

    def known(self, values: Sequence[str]) -> list[bool]:
        """Whether there is an element with each of these values."""
        ...

    def __getitem__(self, value: str) -> Element: ...

    def __contains__(self, value: object) -> bool: ...

    def __iter__(self) -> Iterator[str]: ...

    def __len__(self) -> int: ...


class ElementSet:
    """An overlay on stored elements, in which adding or discarding an element is O(1).

    `added` and `removed` are the differences from the base, in the order in which they occurred.
    """

    __slots__ = ("_base", "added", "removed")

    def __init__(self, base: Base) -> None:
        self._base = base
        self.added: dict[str, None] = {}
        self.removed: dict[str, None] = {}

    @property
    def changed(self) -> bool:
        return bool(self.added or self.removed)

    def add(self, values: list[str]) -> None:
        """Add elements with these values; existing ones are kept unchanged."""
        if len(values) == 1:  # the usual PATCH
            if self.removed.pop(values[0], ABSENT) is ABSENT and values[0] not in self._base:
                self.added[values[0]] = None
            return
        for part in in_parts(values):
            if self.removed:
                _discard(self.removed, part)
            for value, is_held in zip(part, self._base.known(part), strict=True):
                if not is_held:
                    self.added[value] = None

    def discard(self, values: list[str]) -> None:
        """Remove the elements with these values, if there are any."""
        if len(values) == 1:
            if self.added.pop(values[0], ABSENT) is ABSENT and values[0] in self._base:
                self.removed[values[0]] = None
            return
        for part in in_parts(values):
            if self.added:
                _discard(self.added, part)
            for value, is_held in zip(part, self._base.known(part), strict=True):
                if is_held:
                    self.removed[value] = None

    def clear(self) -> None:
        self.added.clear()
        self.removed = dict.fromkeys(self._base)

    def replace_all(self, values: list[str]) -> None:
        """Replace all elements with those with these values. Only the differences are looked up."""
        wanted, self.removed = dict.fromkeys(values), {}
        self.added = wanted.copy()
        for part in in_parts(list(self._base)):
            self.removed.update(dict.fromkeys([value for value in part if value not in wanted]))
            _discard(self.added, part)

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
        for value in self.added:
            yield {"value": value}

    def __len__(self) -> int:
        return len(self._base) - len(self.removed) + len(self.added)


def _discard(held: dict[str, None], values: Sequence[str]) -> None:
    deque(map(held.pop, values, repeat(None)), maxlen=0)
