"""Pages by cursor (RFC 9865), over HTTP."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from reference_server.embedded import embedded_server
from tests.support import MONDAY, Scim

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


def walk(scim: Scim, query: str = "", count: int = 2) -> list[list[str]]:
    """The userNames of every page, from the first to the last."""
    pages, cursor = [], ""
    while True:
        page = scim.get(f"/Users?cursor={cursor}&count={count}{query}").json
        pages.append([resource["userName"] for resource in page["Resources"]])
        assert page["itemsPerPage"] == len(pages[-1])
        assert "startIndex" not in page
        if "nextCursor" not in page:
            return pages
        cursor = page["nextCursor"]
        assert re.fullmatch(r"[A-Za-z0-9._~-]+", cursor)


@pytest.fixture
def five(monday: Scim) -> Scim:
    for name in ("delta", "alpha", "echo", "bravo", "charlie"):
        monday.user(userName=name)
    return monday


@pytest.mark.parametrize(
    ("query", "pages"),
    [
        ("", [["delta", "alpha"], ["echo", "bravo"], ["charlie"]]),
        ("&sortBy=userName", [["alpha", "bravo"], ["charlie", "delta"], ["echo"]]),
        ("&sortBy=userName&sortOrder=descending", [["echo", "delta"], ["charlie", "bravo"], ["alpha"]]),
        ("&filter=userName+co+%22a%22", [["delta", "alpha"], ["bravo", "charlie"]]),
        ("&filter=userName+eq+%22nobody%22", [[]]),
    ],
)
def test_walk_sees_everything_once(five: Scim, query: str, pages: list[list[str]]) -> None:
    assert walk(five, query) == pages


def test_no_one_is_skipped_or_repeated_while_others_come_and_go(five: Scim) -> None:
    first = five.get("/Users?cursor&count=2").json
    for resource in first["Resources"]:
        five.request("DELETE", f"/Users/{resource['id']}")
    five.user(userName="foxtrot")
    rest = five.get(f"/Users?cursor={first['nextCursor']}&count=10").json
    assert [resource["userName"] for resource in rest["Resources"]] == ["echo", "bravo", "charlie", "foxtrot"]
    assert "nextCursor" not in rest


def test_who_came_to_match_late_is_walked_in_the_order_of_creation(five: Scim) -> None:
    """An index lists them by when they matched first; a cursor goes by when they were created."""
    ids = {user["userName"]: user["id"] for user in five.get("/Users").json["Resources"]}
    for name in ("charlie", "alpha", "delta"):
        five.patch(f"/Users/{ids[name]}", {"op": "add", "path": "externalId", "value": "same"})
    assert walk(five, "&filter=externalId+eq+%22same%22", count=1) == [["delta"], ["alpha"], ["charlie"]]


@pytest.mark.parametrize("count", ["0", "-1"])
def test_count_of_nothing_gives_the_total_only(five: Scim, count: str) -> None:
    page = five.get(f"/Users?cursor&count={count}").json
    assert (page["totalResults"], page["Resources"]) == (5, [])
    assert "nextCursor" not in page


def _error(scim: Scim, target: str) -> tuple[int, str]:
    reply = scim.get(target)
    return reply.status, reply.json.get("scimType", "")


def test_forged_foreign_and_misused_cursors_are_indistinguishable(five: Scim) -> None:
    cursor = five.get("/Users?cursor&count=2").json["nextCursor"]
    changed = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    answers = [
        five.get(f"/Users?cursor={text}&count=2")
        for text in (
            "made-up",
            changed,
            cursor + "A",
            "eyJhIjoxfQ",
            "1",
            "%F0%9F%98%80",
            f"{cursor}&filter=userName+pr",
        )
    ]
    answers.append(five.get(f"/Groups?cursor={cursor}"))
    assert {(answer.status, answer.json["scimType"]) for answer in answers} == {(400, "invalidCursor")}
    assert len({answer.json["detail"] for answer in answers}) == 1


@pytest.mark.parametrize(
    ("target", "scim_type"),
    [
        ("/Users?cursor&count=abc", "invalidCount"),
        ("/Users?cursor&startIndex=1", "invalidValue"),
        ("/Users?cursor&cursor", "invalidValue"),
    ],
)
def test_bad_parameters(five: Scim, target: str, scim_type: str) -> None:
    assert _error(five, target) == (400, scim_type)


def test_cursor_ends_with_its_time(five: Scim) -> None:
    cursor = five.get("/Users?cursor&count=2").json["nextCursor"]
    seconds = five.get("/ServiceProviderConfig").json["pagination"]["cursorTimeout"]
    five.clock(MONDAY + timedelta(seconds=seconds))
    assert five.get(f"/Users?cursor={cursor}").status == 200
    five.clock(MONDAY + timedelta(seconds=seconds + 1))
    assert _error(five, f"/Users?cursor={cursor}") == (400, "expiredCursor")


def test_cursor_ends_with_the_token(five: Scim) -> None:
    cursor = five.get("/Users?cursor&count=2").json["nextCursor"]
    token = five.admin("POST", "/connections/{connection}/rotate").json["token"]
    reply = five.request("GET", f"/Users?cursor={cursor}", token=token)
    assert (reply.status, reply.json["scimType"]) == (400, "invalidCursor")


def test_cursor_outlives_a_restart(tmp_path: Any) -> None:
    token = "a token of thirty characters or more"
    with embedded_server(data=tmp_path / "data", arguments=["--token", token]) as server:
        scim = Scim(server)
        names = [scim.user()["userName"] for _ in range(3)]
        cursor = scim.get("/Users?cursor&count=2").json["nextCursor"]
    with embedded_server(data=tmp_path / "data", arguments=["--token", token]) as server:
        page = Scim(server).get(f"/Users?cursor={cursor}").json
    assert [resource["userName"] for resource in page["Resources"]] == names[2:]


def test_search_takes_cursor_and_count_in_the_body(five: Scim) -> None:
    first = five.request("POST", "/Users/.search", {"schemas": [SEARCH], "cursor": "", "count": 3}).json
    second = five.request("POST", "/Users/.search", {"schemas": [SEARCH], "cursor": first["nextCursor"], "count": 3})
    assert [resource["userName"] for resource in second.json["Resources"]] == ["bravo", "charlie"]


def test_root_is_walked_across_types(five: Scim) -> None:
    five.group(displayName="Everybody")
    first = five.get("/?cursor&count=5").json
    second = five.get(f"/?cursor={first['nextCursor']}&count=5").json
    kinds = [resource["meta"]["resourceType"] for resource in first["Resources"] + second["Resources"]]
    assert kinds == ["User"] * 5 + ["Group"]
    assert first["totalResults"] == second["totalResults"] == 6


def test_without_cursor_pages_go_by_index(five: Scim) -> None:
    assert five.get("/Users?count=1").json["startIndex"] == 1
    assert five.get("/ServiceProviderConfig").json["pagination"]["defaultPaginationMethod"] == "index"
