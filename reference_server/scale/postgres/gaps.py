"""Gaps: positions without a record, counted per block, from which the position of the record at an index is computed.

Without gaps, the record at index n has position n + 1. The cost of a page therefore depends on the number of gaps before it
and not on the number of records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reference_server.scale.postgres.schema import BLOCK


def by_block(first: int, last: int) -> Iterator[tuple[int, int]]:
    """(block, number of positions in it) for the positions from `first` to `last`."""
    for block in range((first - 1) // BLOCK, (last - 1) // BLOCK + 1):
        yield block, min(last, (block + 1) * BLOCK) - max(first, block * BLOCK + 1) + 1


def place_at(index: int, gaps: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """(position, number of records after it to skip) to reach the record at an index (0-based).

    `gaps` is (block, number of positions without a record), ascending. If the index is in a block with gaps, fewer than
    BLOCK records of that block are skipped one by one.
    """
    lost, found = 0, (index, 0)
    for block, lost_here in gaps:
        begin = block * BLOCK
        if begin - lost > index:
            break
        behind = index + lost + lost_here
        found = (behind, 0) if behind >= begin + BLOCK else (begin, index - (begin - lost))
        lost += lost_here
    return found
