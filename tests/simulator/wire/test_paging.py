"""Pages of one list are added up until totalResults is reached, whatever their sizes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.wire.paging import IndexedPages, PagesEnded, Resource, TooManyResources


def resources(number: int) -> list[Resource]:
    return [{"id": str(place)} for place in range(number)]


@given(st.lists(st.integers(1, 7), min_size=1, max_size=9))
def test_each_page_tells_where_the_next_one_starts(sizes: list[int]) -> None:
    pages, total = IndexedPages(1_000), sum(sizes)
    starts = []
    for size in sizes:
        assert not pages.complete
        starts.append(pages.start)
        pages.add(resources(size), total)
    assert pages.complete
    assert len(pages.found) == total
    assert starts == [1 + sum(sizes[:place]) for place in range(len(sizes))]


def test_an_empty_list_is_complete_after_one_page() -> None:
    pages = IndexedPages(10)
    pages.add([], 0)
    assert (pages.complete, pages.found) == (True, [])


def test_an_empty_page_before_the_end_is_an_error() -> None:
    pages = IndexedPages(10)
    pages.add(resources(2), 5)
    with pytest.raises(PagesEnded, match=r"^the list ended with an empty page after 2 of 5 resources$"):
        pages.add([], 5)


def test_a_list_without_end_is_given_up() -> None:
    pages = IndexedPages(2_000)
    pages.add(resources(1_000), 10_000)
    pages.add(resources(1_000), 11_000)
    with pytest.raises(TooManyResources, match=r"^more than 2,000 resources$"):
        pages.add(resources(1_000), 12_000)
