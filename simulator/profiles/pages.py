"""How a profile's provider reads a list of the target: page by page, as far as the pages go."""

from __future__ import annotations

from simulator.profiles import requests
from simulator.provisioning.answers import listed
from simulator.provisioning.turn import Turn
from simulator.wire.paging import IndexedPages, PagesEnded, Resource, TooManyResources

MOST_PAGES = 10_000
MOST_RESOURCES = 1_000_000


async def read_pages(turn: Turn, endpoint: str, size: int, *, most_pages: int = MOST_PAGES) -> list[Resource]:
    """The resources of an endpoint, in pages of `size`; raises Failed when an answer is no list.

    A list that ends before `totalResults`, or has more pages than anybody reads, is taken as far as it was read.
    """
    pages = IndexedPages(MOST_RESOURCES)
    for _ in range(most_pages):
        exchange = await turn.send(requests.read_page(endpoint, pages.start, size))
        try:
            pages.add(listed(exchange), exchange.response_json()["totalResults"])
        except (PagesEnded, TooManyResources):
            break
        if pages.complete:
            break
    return pages.found
