"""Numbers the distinct differences of a run. The stream holds each of them once; comparisons refer to their numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from simulator.stream.events import DifferenceFacts
from simulator.stream.run_stream import RunStream
from simulator.verify.compare import Difference, worst_first

MOST_DISTINCT = (
    100_000  # further differences are only counted; a target whose values change with every read could fill the disk
)
LONGEST_VALUE = 1_000  # characters; longer values are shortened in the stream


@dataclass(frozen=True, slots=True)
class Numbered:
    """The differences of one comparison: their numbers as ranges, and how many have no number."""

    ranges: list[list[int]]
    unlisted: int


class DifferenceList:
    """The distinct differences of a run. Only a digest of each is held in memory."""

    def __init__(self, stream: RunStream, last_write: Callable[[str], str], most: int = MOST_DISTINCT) -> None:
        self._stream, self._last_write, self._most = stream, last_write, most
        self._numbers: dict[bytes, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def note(self, cycle: int, at: datetime, found: Sequence[Difference]) -> Numbered:
        """Write a `difference` event for each new difference. Returns the numbers of all of them."""
        numbers: list[int] = []
        for difference in worst_first(found):
            facts = difference.facts()
            key = hashlib.blake2b(orjson.dumps(facts), digest_size=16).digest()
            number = self._numbers.get(key)
            if number is None and len(self._numbers) < self._most:
                number = self._numbers[key] = len(self._numbers) + 1
                self._write(number, cycle, at, facts)
            if number is not None:
                numbers.append(number)
        return Numbered(_ranges(sorted(set(numbers))), len(found) - len(numbers))

    def _write(self, number: int, cycle: int, at: datetime, facts: DifferenceFacts) -> None:
        facts["expected"], facts["found"] = _shortened(facts["expected"], facts["found"])
        facts["request"] = self._last_write(facts.get("object_id", ""))
        self._stream.write({"event": "difference", "number": number, "cycle": cycle, "at": at.isoformat(), **facts})


def _ranges(numbers: list[int]) -> list[list[int]]:
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ranges


def first_difference(expected: str, found: str) -> int:
    """The index of the first character that differs."""
    shorter = min(len(expected), len(found))
    return next((at for at in range(shorter) if expected[at] != found[at]), shorter)


def _shortened(expected: str, found: str) -> tuple[str, str]:
    """Both values, shortened to the text around the first character that differs."""
    start = max(0, first_difference(expected, found) - LONGEST_VALUE // 2)
    return _cut(expected, start), _cut(found, start)


def _cut(value: str, start: int) -> str:
    if len(value) <= LONGEST_VALUE:
        return value
    piece = value[start : start + LONGEST_VALUE]
    return f"{'…' if start else ''}{piece}… ({len(value):,} characters)"
