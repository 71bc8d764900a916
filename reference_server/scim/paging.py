"""Pages by index (RFC 7644 section 3.4.2.4) and the ListResponse they come in."""

from __future__ import annotations

from reference_server.scim.errors import InvalidValue

LIST_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
LARGEST = 2**53  # what JSON numbers hold exactly; more is no position anybody means


def parse_page(start_index: str | None, count: str | None, default: int, largest: int) -> tuple[int, int]:
    """(startIndex ≥ 1, 0 ≤ count ≤ largest) from the written parameters; raises InvalidValue for no integer."""
    start = max(1, _integer("startIndex", start_index, 1))
    return start, min(largest, max(0, _integer("count", count, default)))


def list_response(resources: list[bytes], total: int, start: int) -> bytes:
    """A ListResponse of resources that are JSON already; `itemsPerPage` is the number of resources in it."""
    return b'{"schemas":["%b"],"totalResults":%d,"startIndex":%d,"itemsPerPage":%d,"Resources":[%b]}' % (
        LIST_URN.encode(),
        total,
        start,
        len(resources),
        b",".join(resources),
    )


def _integer(name: str, text: str | None, default: int) -> int:
    if text is None:
        return default
    digits = text.strip().removeprefix("-")
    if not digits.isascii() or not digits.isdigit():
        raise InvalidValue(f'{name}: expected an integer, got "{text[:60]}"')
    value = int(digits[:17])
    return -value if text.strip().startswith("-") else min(value, LARGEST)
