"""Gaps: the record at an index is found whatever positions have none."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from reference_server.scale.postgres.gaps import by_block, place_at
from reference_server.scale.postgres.schema import BLOCK

LAST = 4 * BLOCK
RANGES = st.tuples(st.integers(1, LAST), st.integers(0, 2 * BLOCK)).map(lambda drawn: (drawn[0], min(sum(drawn), LAST)))


@given(st.lists(RANGES, max_size=5), st.data())
def test_the_place_of_an_index_is_that_of_its_record(ranges: list[tuple[int, int]], data: st.DataObject) -> None:
    lost = {position for first, last in ranges for position in range(first, last + 1)}
    gaps = Counter((position - 1) // BLOCK for position in lost)
    held = [position for position in range(1, LAST + 10) if position not in lost]
    index = data.draw(st.integers(0, len(held) - 1))
    position, more = place_at(index, sorted(gaps.items()))
    assert [found for found in held if found > position][more] == held[index]
    assert more < BLOCK


@given(RANGES)
def test_the_positions_of_a_range_are_counted_by_block(ends: tuple[int, int]) -> None:
    first, last = ends
    assert dict(by_block(first, last)) == Counter((position - 1) // BLOCK for position in range(first, last + 1))
