"""Pages: startIndex and count within their limits, and the ListResponse around them (RFC 7644 section 3.4.2.4)."""

from __future__ import annotations

import json

import pytest

from reference_server.scim import errors
from reference_server.scim.paging import list_response, parse_page


@pytest.mark.parametrize(
    ("start", "count", "page"),
    [
        (None, None, (1, 100)),
        ("0", "5", (1, 5)),
        ("-7", "-1", (1, 0)),
        ("3", "0", (3, 0)),
        ("999999999999999999999", "10", (2**53, 10)),
        ("2", "1000000000000", (2, 1000)),
    ],
)
def test_pages_are_bounded(start: str | None, count: str | None, page: tuple[int, int]) -> None:
    assert parse_page(start, count, 100, 1000) == page


@pytest.mark.parametrize("text", ["abc", "1.5", "", "NaN", "1e3", "٣"])
def test_page_that_is_no_number_is_rejected(text: str) -> None:
    with pytest.raises(errors.InvalidValue):
        parse_page(text, None, 100, 1000)


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_list_response_counts_itself(size: int) -> None:
    body = json.loads(list_response([b'{"id":"%d"}' % number for number in range(size)], size, 9, 3))
    assert (body["totalResults"], body["startIndex"], body["itemsPerPage"]) == (9, 3, size)
    assert body["Resources"] == [{"id": str(number)} for number in range(size)]
