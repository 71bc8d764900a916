"""Reads a list of the target page by page, as a profile's provider does."""

from __future__ import annotations

from simulator.profiles import requests
from simulator.provisioning.answers import listed
from simulator.provisioning.turn import Turn
from simulator.wire.paging import IndexedPages, PagesEnded, Resource, TooManyResources

MOST_PAGES = 10_000
MOST_RESOURCES = 1_000_000


async def read_pages(turn: Turn, endpoint: str, size: int, *, most_pages: int = MOST_PAGES) -> list[Resource]:
    """The resources of an endpoint, read in pages of `size`. Raises Failed if a response is not a list.

    If the list ends before `totalResults` or has more than `most_pages` pages, the resources read so far are returned.
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
