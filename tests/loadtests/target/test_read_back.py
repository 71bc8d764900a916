"""A target is read back page by page, by index or cursor; one that cannot be read says why."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from loadtests.target.read_back import Unreadable, read_target

Fault = Callable[[str, str], tuple[int, dict[str, str], Any] | None]


def page(total: Any, *resources: Any) -> tuple[int, dict[str, str], Any]:
    return 200, {}, {"totalResults": total, "Resources": list(resources)}


@pytest.mark.parametrize(
    ("answer", "words", "status"),
    [
        ((401, {}, {}), "returned 401, expected 200", 401),
        ((302, {"Location": "https://other.example/"}, b""), "returned 302", 302),
        ((200, {}, b"<html>"), "not JSON", 200),
        ((200, {}, b"[1]"), "not a ListResponse", 200),
        ((200, {}, {"Resources": []}), "not a ListResponse", 200),
        ((200, {}, {"totalResults": "3", "Resources": []}), "not a ListResponse", 200),
        ((200, {}, {"totalResults": 3, "Resources": {"a": {}}}), "not a ListResponse", 200),
        (page(3, "anna"), "not a ListResponse", 200),
        (page(3), "the list ended with an empty page after 0 of 3 resources", 200),
    ],
)
def test_a_target_that_cannot_be_read_says_why(
    behind: Callable[[Fault], Any], answer: tuple[int, dict[str, str], Any], words: str, status: int
) -> None:
    target = behind(lambda method, path: answer)
    with pytest.raises(Unreadable, match=words) as refused:
        read_target(target, "/Users", print)
    assert refused.value.status == status
    assert target.token not in str(refused.value)


def test_a_target_that_is_not_there_says_so() -> None:
    nowhere = SimpleNamespace(url="http://127.0.0.1:9/scim", token="t")
    with pytest.raises(Unreadable, match="GET /Users: connection refused") as refused:
        read_target(nowhere, "/Users", print)
    assert refused.value.status is None


def test_every_page_is_read_however_small_the_target_makes_them(behind: Callable[[Fault], Any]) -> None:
    def three_at_a_time(method: str, path: str) -> tuple[int, dict[str, str], Any]:
        if not path.startswith("/Users"):
            return 404, {}, {}
        start = int(path.partition("startIndex=")[2].partition("&")[0])
        return page(10, *({"id": str(n)} for n in range(start, min(start + 3, 11))))

    target = behind(three_at_a_time)
    assert [r["id"] for r in read_target(target, "/Users", print)] == [str(n) for n in range(1, 11)]
    assert len(target.seen) == 1 + 4


def test_a_target_that_promises_cursors_is_read_by_them(behind: Callable[[Fault], Any]) -> None:
    def two_at_a_time(method: str, path: str) -> tuple[int, dict[str, str], Any]:
        if path == "/ServiceProviderConfig":
            return 200, {}, {"pagination": {"cursor": True}}
        start = int(path.partition("cursor=")[2].partition("&")[0] or 0)
        shown = {"Resources": [{"id": str(n)} for n in range(start, min(start + 2, 5))]}
        return 200, {}, {**shown, **({"nextCursor": str(start + 2)} if start + 2 < 5 else {})}

    target = behind(two_at_a_time)
    assert [r["id"] for r in read_target(target, "/Users", print)] == list("01234")


def test_cursors_that_lead_in_a_circle_are_reported(behind: Callable[[Fault], Any]) -> None:
    def circle(method: str, path: str) -> tuple[int, dict[str, str], Any]:
        if path == "/ServiceProviderConfig":
            return 200, {}, {"pagination": {"cursor": True}}
        return 200, {}, {"Resources": [{"id": "a"}], "nextCursor": "again"}

    with pytest.raises(Unreadable, match="a second time"):
        read_target(behind(circle), "/Users", print)
