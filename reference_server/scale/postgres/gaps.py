"""Gaps: positions without a record, counted by block, which lead to the record at an index of a table.

Without gaps, the record at index n has position n + 1. So a page at any depth costs the gaps before it, not the records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reference_server.scale.postgres.schema import BLOCK


def by_block(first: int, last: int) -> Iterator[tuple[int, int]]:
    """(block, how many of its positions) for the positions from `first` to `last`."""
    for block in range((first - 1) // BLOCK, (last - 1) // BLOCK + 1):
        yield block, min(last, (block + 1) * BLOCK) - max(first, block * BLOCK + 1) + 1


def place_at(index: int, gaps: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """(position, records behind it) to pass over on the way to the record at an index (0-based).

    `gaps` are (block, positions without a record), ascending; of a block with gaps that the index lies in, its records are
    passed over one by one, fewer than BLOCK.
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
