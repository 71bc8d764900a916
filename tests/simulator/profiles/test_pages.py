"""Another provider's reading of a whole list: which pages it asks for, and where it stops."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from simulator.profiles.pages import read_pages
from simulator.provisioning.answers import Failed
from simulator.provisioning.request import Request
from simulator.provisioning.turn import Turn
from simulator.wire.exchange import Exchange, LocalAnswer


class Target:
    """Answers one page after the other, the last one again and again."""

    def __init__(self, *pages: Any) -> None:
        self.pages = list(pages)
        self.paths: list[str] = []

    async def send(self, request: Request, cause: dict[str, str]) -> Exchange:
        self.paths.append(request.path)
        page = self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]
        return Exchange.never_sent(request, "http://target", LocalAnswer(200, page), cause=cause)

    def read(self, **limits: int) -> list[Any]:
        turn = Turn("probe", "", "", datetime(2026, 3, 2, tzinfo=UTC), 1, self.send, lambda failure, turn: ("", ""))
        return [resource["id"] for resource in asyncio.run(read_pages(turn, "/Users", 2, **limits))]


def page(total: int, *ids: int) -> dict[str, Any]:
    return {"totalResults": total, "Resources": [{"id": id_} for id_ in ids]}


def test_pages_follow_each_other_until_the_total_is_reached() -> None:
    target = Target(page(3, 1, 2), page(3, 3))
    assert target.read() == [1, 2, 3]
    assert target.paths == ["/Users?startIndex=1&count=2", "/Users?startIndex=3&count=2"]


def test_a_list_that_ends_early_is_accepted() -> None:
    target = Target(page(5, 1), page(5))
    assert (target.read(), len(target.paths)) == ([1], 2)


def test_no_more_pages_are_read_than_allowed() -> None:
    target = Target(page(1_000, 1))
    assert target.read(most_pages=3) == [1, 1, 1]


def test_an_answer_that_is_no_list_fails() -> None:
    with pytest.raises(Failed):
        Target([]).read()
