"""Small requests that ask for much work: it grows linearly, it has limits, and other requests are served in the meantime.

Nothing here looks at a clock. Work is counted in function calls; fairness in how often another task has its turn.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from reference_server import turns
from reference_server.scim.limits import COMBINING_MARKS, ELEMENTS, GROUP_LEVELS, JSON_STRUCTURES, STRING_CHARACTERS
from tests.in_process import House, opened_house
from tests.stores import Stores
from tests.support import GROUP, PATCH, USER

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MARK = "\u0315\u0300"  # two marks in the wrong order, so that they are sorted
MANY_TERMS = " or ".join(f'emails.value co "{number}@nowhere"' for number in range(49))


def emails(begin: int, end: int) -> list[dict[str, Any]]:
    return [{"value": f"{number}@example.com", "type": "work"} for number in range(begin, end)]


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations)}


def bulk(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [BULK], "Operations": list(operations)}


def chain(levels: int) -> dict[str, Any]:
    """A Bulk request for groups of which each holds the one before."""
    return bulk(
        *[
            {
                "method": "POST",
                "path": "/Groups",
                "bulkId": f"g{level}",
                "data": {
                    "schemas": [GROUP],
                    "displayName": f"level {level}",
                    **({"members": [{"value": f"bulkId:g{level - 1}"}]} if level else {}),
                },
            }
            for level in range(levels)
        ]
    )


# ── work grows linearly ──


async def calls(request: Awaitable[Any]) -> int:
    """How many functions are called while a request is answered."""
    number = 0

    def note(frame: Any, event: str, argument: Any) -> None:
        nonlocal number
        number += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        await request
    finally:
        sys.setprofile(None)
    return number


async def adding(house: House, size: int) -> int:
    user = await house.user(userName=f"adding {size}", emails=emails(0, size))
    path = f"/Users/{user['id']}"
    return await calls(house.patch(path, {"op": "add", "path": "emails", "value": emails(size, 2 * size)}))


async def removing(house: House, size: int) -> int:
    user = await house.user(userName=f"removing {size}", emails=emails(0, 2 * size))
    path = f"/Users/{user['id']}"
    return await calls(house.patch(path, {"op": "remove", "path": "emails", "value": emails(0, size)}))


async def removing_chosen(house: House, size: int) -> int:
    user = await house.user(userName=f"removing chosen {size}", emails=emails(0, 2 * size))
    path = f"/Users/{user['id']}"
    return await calls(house.patch(path, {"op": "remove", "path": 'emails[type eq "work"]'}))


async def doubled(house: House, size: int) -> int:
    body = {"schemas": [USER], "userName": f"doubled {size}", "emails": [*emails(0, size), *emails(0, size)]}
    return await calls(house.scim("POST", "/Users", body))


async def adding_members(house: House, size: int) -> int:
    members = [{"value": (await house.user(userName=f"member {size} {n}"))["id"]} for n in range(size)]
    group = await house.group(f"members {size}")
    path = f"/Groups/{group['id']}"
    return await calls(house.patch(path, {"op": "add", "path": "members", "value": members}))


async def references(house: House, size: int) -> int:
    names = " ".join(f"bulkId:n{number}" for number in range(size))
    makers = [
        {
            "method": "POST",
            "path": "/Users",
            "bulkId": f"n{n}",
            "data": {"schemas": [USER], "userName": f"m {size} {n}"},
        }
        for n in range(size)
    ]
    user = {"method": "POST", "path": "/Users", "bulkId": "u", "data": {"schemas": [USER], "userName": names}}
    return await calls(house.scim("POST", "/Bulk", bulk(*makers, user)))


@pytest.mark.parametrize("attack", [adding, removing, removing_chosen, doubled, adding_members, references])
def test_work_grows_with_the_request_and_not_with_its_square(
    attack: Callable[[House, int], Awaitable[int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "SLICE_SECONDS", 3_600)  # a unit that is interrupted begins again

    async def both() -> tuple[int, int]:
        async with opened_house(str(tmp_path)) as house:
            return await attack(house, 60), await attack(house, 240)

    small, large = asyncio.run(both())
    assert large < 6 * small, "four times as much takes about four times the calls; sixteen times would be the square"


# ── limits ──

Case = tuple[str, str, Any, int, str | None]
POST = {"schemas": [USER]}
MANY = ELEMENTS.most
LIMITED: list[Case] = [
    ("POST", "/Users", {**POST, "userName": "elements", "emails": emails(0, MANY)}, 201, None),
    ("POST", "/Users", {**POST, "userName": "elements+", "emails": emails(0, MANY + 1)}, 400, "invalidValue"),
    ("PATCH", "/Users/{full}", patch({"op": "add", "path": "emails", "value": emails(-1, 0)}), 400, "invalidValue"),
    ("PATCH", "/Users/{full}", patch({"op": "add", "value": {"emails": emails(-1, 0)}}), 400, "invalidValue"),
    ("PATCH", "/Users/{full}", patch({"op": "add", "path": "emails", "value": emails(0, 10)}), 200, None),
    (
        "PATCH",
        "/Users/{full}",
        patch(*[{"op": "remove", "path": f'emails[value eq "{n}"]'} for n in range(251)]),
        400,
        "tooMany",
    ),
    (
        "PATCH",
        "/Users/{full}",
        patch(*[{"op": "remove", "path": "emails", "value": emails(5_000, 5_001)} for _ in range(501)]),
        400,
        "tooMany",
    ),
    ("POST", "/Users", {**POST, "userName": "x" + MARK * (COMBINING_MARKS.most // 2)}, 201, None),
    ("POST", "/Users", {**POST, "userName": "y" + MARK * COMBINING_MARKS.most}, 400, "invalidValue"),
    ("POST", "/Users", {**POST, "userName": "z", "title": "y" + MARK * COMBINING_MARKS.most}, 400, "invalidValue"),
    ("PATCH", "/Users/{full}", patch({"op": "add", "path": "title", "value": MARK * 5_000}), 400, "invalidValue"),
    ("POST", "/Users/.search", {"filter": f'title co "{MARK * COMBINING_MARKS.most}"'}, 400, "invalidValue"),
    ("GET", "/Users?filter=" + quote(f'title co "{MARK * COMBINING_MARKS.most}"'), None, 400, "invalidFilter"),
    ("GET", "/Users?filter=" + quote(f'userName eq "{MARK * COMBINING_MARKS.most}"'), None, 400, "invalidFilter"),
    ("POST", "/Users", {**POST, "userName": "long", "title": "é" * STRING_CHARACTERS.most}, 201, None),
    ("POST", "/Users", {**POST, "userName": "long+", "title": "é" * (STRING_CHARACTERS.most + 1)}, 400, "invalidValue"),
    ("POST", "/Users", {**POST, "userName": "long ASCII", "title": "e" * 500_000}, 201, None),
    ("POST", "/Users", {**POST, "userName": "lists", "unknown": [[]] * (JSON_STRUCTURES.most - 3)}, 201, None),
    ("POST", "/Users", {**POST, "userName": "lists+", "unknown": [[]] * JSON_STRUCTURES.most}, 413, None),
]


def test_every_limit_has_a_clear_error_and_changes_nothing(tmp_path: Path) -> None:
    async def all_of_them() -> list[str]:
        wrong = []
        async with opened_house(str(tmp_path)) as house:
            full = await house.user(userName="full", emails=emails(0, MANY))
            for method, path, body, status, scim_type in LIMITED:
                got, answer = await house.scim(method, path.format(full=full["id"]) if "{full}" in path else path, body)
                if (got, answer.get("scimType")) != (status, scim_type):
                    wrong.append(f"{method} {path[:40]} {json.dumps(body)[:90]}: {got} {str(answer)[:200]}")
            _, after = await house.scim("GET", f"/Users/{full['id']}")
            assert len(after["emails"]) == MANY
            assert "title" not in after
        return wrong

    assert asyncio.run(all_of_them()) == []


def test_groups_nest_as_deep_as_the_limit_says(tmp_path: Path) -> None:
    async def nested() -> None:
        async with opened_house(str(tmp_path)) as house:
            _, answer = await house.scim("POST", "/Bulk", chain(GROUP_LEVELS.most + 2))
            results = answer["Operations"]
            assert {result["status"] for result in results[:-2]} == {"201"}
            assert results[-2]["response"]["scimType"] == "invalidValue"
            ids = [result["location"].rpartition("/")[2] for result in results[:-2]]
            top = await house.group("top")
            assert await house.patch(f"/Groups/{top['id']}", member(ids[-1])) == 400, "from above"
            assert await house.patch(f"/Groups/{ids[0]}", member(top["id"])) == 400, "from below"
            assert await house.patch(f"/Groups/{ids[1]}", member(top["id"])) == 204

    asyncio.run(nested())


def member(id_: str) -> dict[str, Any]:
    return {"op": "add", "path": "members", "value": [{"value": id_}]}


def test_a_list_that_is_too_large_is_rejected_and_smaller_pages_are_not(tmp_path: Path) -> None:
    async def pages() -> None:
        async with opened_house(str(tmp_path)) as house:
            for number in range(36):
                await house.user(userName=f"large {number}", title="x" * 1_000_000)
            status, answer = await house.scim("GET", "/Users?count=36")
            assert (status, answer["scimType"]) == (400, "tooMany")
            assert "smaller count" in answer["detail"]
            assert (await house.scim("GET", "/Users?count=36&attributes=userName"))[0] == 200
            status, answer = await house.scim("GET", "/Users?count=20")
            assert (status, len(answer["Resources"])) == (200, 20)

    asyncio.run(pages())


# ── other requests are served in the meantime ──


@pytest.fixture
def every_look_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """No clock decides when a slice is over."""
    monkeypatch.setattr(turns, "SLICE_SECONDS", -1.0)


@asynccontextmanager
async def another_client(house: House, path: str) -> AsyncIterator[list[Any]]:
    """Reads one resource over and over; what it has seen so far."""
    seen: list[Any] = []
    over = asyncio.Event()

    async def client() -> None:
        while not over.is_set():
            seen.append(await house.scim("GET", path))
            await asyncio.sleep(0)

    task = asyncio.create_task(client())
    try:
        yield seen
    finally:
        over.set()
        await task


async def prepared(house: House) -> dict[str, str]:
    """Two users with many addresses, 1,000 who share an externalId, a group of 1,500 that 20 nested groups hold, and an empty group."""
    users = [
        {
            "method": "POST",
            "path": "/Users",
            "bulkId": f"u{n}",
            "data": {"schemas": [USER], "userName": f"member {n}", "externalId": "shared"},
        }
        for n in range(1_000)
    ]
    _, answer = await house.scim("POST", "/Bulk", bulk(*users))
    people = [{"value": made["location"].rpartition("/")[2]} for made in answer["Operations"]]
    _, answer = await house.scim("POST", "/Bulk", chain(20))
    groups = [made["location"].rpartition("/")[2] for made in answer["Operations"]]
    await house.patch(f"/Groups/{groups[0]}", {"op": "add", "path": "members", "value": people})
    empty = await house.group("empty")
    full = await house.user(userName="full", emails=emails(0, MANY))
    await house.user(userName="full too", emails=emails(0, MANY))
    return {"full": full["id"], "group": groups[0], "empty": empty["id"], "people": json.dumps(people)}


LONG: list[tuple[str, str, Callable[[dict[str, str]], Any], int]] = [
    ("GET", "/Users?count=1&filter=" + quote(MANY_TERMS), lambda ids: None, 200),
    ("GET", "/Users?count=1&filter=" + quote('groups.display co "x" or groups.display co "y"'), lambda ids: None, 200),
    ("GET", "/Users?count=1&filter=" + quote('externalId eq "shared"'), lambda ids: None, 200),
    ("GET", "/Users?count=1&filter=" + quote(" and ".join(['externalId eq "shared"'] * 40)), lambda ids: None, 200),
    ("GET", "/Users?count=1&filter=" + quote(" or ".join(['externalId eq "shared"'] * 40)), lambda ids: None, 200),
    ("GET", "/Users?count=1&sortBy=groups.display", lambda ids: None, 200),
    ("GET", "/Users?count=1000", lambda ids: None, 200),
    ("GET", "/Groups/{group}", lambda ids: None, 200),
    ("GET", "/?count=1&sortBy=displayName", lambda ids: None, 200),
    (
        "PATCH",
        "/Users/{full}",
        lambda ids: patch(
            *[
                {"op": "replace", "path": f'emails[value eq "{n}@example.com"].display', "value": "x"}
                for n in range(100)
            ]
        ),
        200,
    ),
    ("POST", "/Users", lambda ids: {**POST, "userName": "names", "unknown": ["é"] * 20_000, "emails": [1]}, 400),
    ("POST", "/Users", lambda ids: {**POST, "userName": "names", **{f"unknown{n}": 1 for n in range(20_000)}}, 201),
    (
        "PATCH",
        "/Users/{full}",
        lambda ids: patch({"op": "add", "value": {ENTERPRISE: {f"unknown{n}": 1 for n in range(20_000)}}}),
        200,
    ),
    (
        "PATCH",
        "/Groups/{empty}",
        lambda ids: patch({"op": "add", "path": "members", "value": json.loads(ids["people"])}),
        204,
    ),
    ("PATCH", "/Groups/{empty}", lambda ids: patch({"op": "remove", "path": 'members[type eq "x"]'}), 204),
    (
        "POST",
        "/Bulk",
        lambda ids: bulk(
            *[
                {
                    "method": "PATCH",
                    "path": f"/Groups/{ids['empty']}",
                    "data": patch({"op": "remove", "path": 'members[type eq "x"]'}),
                }
                for _ in range(20)
            ]
        ),
        200,
    ),
    ("DELETE", "/Groups/{empty}", lambda ids: None, 204),
]


@pytest.mark.usefixtures("every_look_pauses")
def test_long_requests_let_others_in(tmp_path: Path) -> None:
    async def all_of_them() -> list[str]:
        alone = []
        async with opened_house(str(tmp_path)) as house:
            ids = await prepared(house)
            for method, path, body, status in LONG:
                target = path.format(**ids) if "{" in path else path
                watched = target if method in ("PATCH", "DELETE") else "/Users?filter=" + quote('userName eq "names"')
                before = await house.scim("GET", watched)
                async with another_client(house, watched) as seen:
                    got, answer = await house.scim(method, target, body(ids))
                    served = seen.count(before)  # before the commit, after which there is a pause anyway
                assert got == status, (method, path, str(answer)[:200])
                if not served:
                    alone.append(f"{method} {path[:60]}")
        return alone

    assert asyncio.run(all_of_them()) == []


@pytest.mark.usefixtures("every_look_pauses")
def test_no_one_sees_half_of_a_change(stores: Stores) -> None:
    """A group is filled and emptied by requests that pause; readers see it full or empty, and writers take turns."""

    async def life() -> tuple[set[int], tuple[int, ...]]:
        async with opened_house(stores.new()) as house:
            ids = await prepared(house)
            people, path = json.loads(ids["people"]), f"/Groups/{ids['empty']}"
            async with another_client(house, path) as seen:
                fill = {"op": "add", "path": "members", "value": people}
                statuses = await asyncio.gather(
                    house.patch(path, fill),
                    house.patch(path, {"op": "remove", "path": "members"}),
                    house.patch(path, fill),
                    house.patch(path, {"op": "replace", "path": "displayName", "value": "renamed"}),
                )
            _, last = await house.scim("GET", path)
            assert last["displayName"] == "renamed"
            return {len(body.get("members", ())) for _, body in seen}, statuses

    sizes, statuses = asyncio.run(life())
    assert set(statuses) == {204}
    assert sizes
    assert sizes <= {0, 1_000}


@pytest.mark.usefixtures("every_look_pauses")
def test_a_long_change_that_a_shutdown_ends_changes_nothing_and_blocks_no_one(tmp_path: Path) -> None:
    async def ended() -> None:
        async with opened_house(str(tmp_path)) as house:
            user = await house.user(userName="ended", emails=emails(0, MANY))
            path = f"/Users/{user['id']}"
            rename = [
                {"op": "replace", "path": f'emails[value eq "{n}@example.com"].display', "value": "x"}
                for n in range(99)
            ]
            long = asyncio.create_task(house.patch(path, *rename))
            for _ in range(10):
                await asyncio.sleep(0)
            assert not long.done()
            long.cancel()  # what the web server does with requests that outlast its shutdown
            with pytest.raises(asyncio.CancelledError):
                await long
            assert await house.patch(path, {"op": "replace", "path": "title", "value": "next"}) == 200
            _, after = await house.scim("GET", path)
            assert (after["title"], after["emails"]) == ("next", user["emails"])

    asyncio.run(ended())


# ── and so do the sync and the admin ──

ADMIN = [
    "/tenants/{tenant}/accounts",
    "/tenants/{tenant}/orphans",
    "/connections/{connection}/accounts?changed_since=2026-01-01T00:00:00Z",
    "/connections/{connection}/orphans",
    "/connections/{connection}/sessions",
    "/connections/{connection}/exposure",
]


async def turns_of_others(work: Awaitable[Any], is_before: Callable[[], bool] = lambda: True) -> tuple[Any, int]:
    """What the work returns, and how often another task had its turn meanwhile while `is_before` held."""
    seen, over = 0, False

    async def other() -> None:
        nonlocal seen
        while not over:
            seen += is_before()
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    await asyncio.sleep(0)
    seen = 0
    try:
        return await work, seen
    finally:
        over = True
        await task


async def admin_get(house: House, path: str) -> int:
    path, _, query = path.partition("?")
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/admin/api" + path,
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(b"authorization", b"Bearer admin"), (b"host", b"127.0.0.1")],
        "client": ("127.0.0.1", 1),
    }
    await house.wired.app(scope, receive, send)
    return int(sent[0]["status"])


@pytest.mark.usefixtures("every_look_pauses")
def test_a_sync_and_admin_requests_let_others_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "STEPS_PER_LOOK", 100)

    async def all_of_them() -> list[str]:
        alone = []
        async with opened_house(str(tmp_path)) as house:
            await prepared(house)
            table, names = house.service.accounts.table, {"connection": house.connection_id}
            names["tenant"] = house.connection.tenant_id
            run, others = await turns_of_others(house.sync(), lambda: len(table) == 0)
            assert run["created"] == len(table) == 1_001
            if others < 20:  # to find out who is new, and in the first batch
                alone.append("sync")
            leave = {"op": "replace", "path": "active", "value": False}
            users = [
                {"method": "PATCH", "path": f"/Users/{a.shadow_id}", "data": patch(leave)} for a in house.accounts()
            ]
            for part in (users[:600], users[600:]):
                await house.scim("POST", "/Bulk", bulk(*part))
            run, others = await turns_of_others(
                house.sync(), lambda: table.count("active", house.connection_id) == 1_001
            )
            assert run["deactivated"] == 1_001
            if others < 20:
                alone.append("sync of leavers")
            for path in ADMIN:
                status, others = await turns_of_others(admin_get(house, path.format(**names)))
                assert status == 200, path
                if not others:
                    alone.append(path)
        return alone

    assert asyncio.run(all_of_them()) == []


def test_a_batch_that_begins_again_is_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run's record says what it did, however often its units were interrupted."""
    monkeypatch.setattr(turns, "STEPS_PER_LOOK", 10)
    monkeypatch.setattr(turns, "SLICE_SECONDS", -1.0)

    async def life() -> None:
        async with opened_house(str(tmp_path)) as house:
            await house.actions.create_account(house.connection.tenant_id, "taken@example.com", "Taken", True)
            for number in range(30):
                await house.user(userName=f"{number}@example.com")
            await house.user(userName="taken@example.com")
            run = await house.sync()
            assert (run["created"], run["unchanged"], len(run["conflicts"])) == (30, 0, 1)
            assert await house.actions.verify_audit() is None

    asyncio.run(life())
