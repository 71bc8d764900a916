"""Requests are judged while someone looks at the traffic of their connection, each by what it contained itself."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import scimulator
from tests.in_process import House, house, run
from tests.support import USER

BAD = {"active": "True"}  # a string in place of a boolean


async def create(at: House, name: str, **more: Any) -> None:
    await at.scim("POST", f"/Users?attributes={name}", {"schemas": [USER], "userName": f"{name}@example.com", **more})


async def rows(at: House) -> dict[str, list[str] | None]:
    """The names of the broken rules by the path of the request; None for a request that was not judged."""
    seen, _ = await at.service.latest_traffic(at.connection)
    return {one.path: None if one.findings is None else [f["rule"] for f in one.findings] for one in seen}


def test_requests_are_judged_from_the_first_look_on() -> None:
    async def story(at: House) -> None:
        await create(at, "before", **BAD)
        assert await rows(at) == {"/Users?attributes=before": None}
        await create(at, "after", **BAD)
        await create(at, "fine", active=True)
        expected = {"before": None, "after": ["booleans"], "fine": []}
        assert await rows(at) == {f"/Users?attributes={name}": found for name, found in expected.items()}
        _, verdicts = await at.service.latest_traffic(at.connection)
        assert verdicts is not None
        assert verdicts.judged == 2
        assert [(one["rule"], one["verdict"], one["count"]) for one in verdicts.broken] == [("booleans", "FAIL", 1)]

    with house(open_judge=scimulator.open_judge) as at:
        run(story(at))


def test_each_of_many_concurrent_requests_gets_its_own_verdict() -> None:
    async def story(at: House) -> None:
        await rows(at)
        await asyncio.gather(*(create(at, f"n{number}", **BAD if number % 2 else {}) for number in range(40)))
        found = await rows(at)
        expected = {f"/Users?attributes=n{number}": ["booleans"] if number % 2 else [] for number in range(40)}
        assert found == expected

    with house(open_judge=scimulator.open_judge) as at:
        run(story(at))


def test_a_body_that_the_server_does_not_read_is_judged_by_its_label() -> None:
    async def story(at: House) -> None:
        await rows(at)
        status, _ = await at.scim("POST", "/Users", {"userName": "x"}, kind="text/plain")
        assert status == 415
        assert await rows(at) == {"/Users": ["media_type"]}

    with house(open_judge=scimulator.open_judge) as at:
        run(story(at))


def test_values_are_hidden_unless_the_connection_shows_personal_data() -> None:
    path = 'emails[value eq "anna@example.com"].primary'

    async def story(at: House, *, shown: bool) -> None:
        await rows(at)
        user = await at.user(userName="anna", emails=[{"value": "anna@example.com"}])
        await at.patch(f"/Users/{user['id']}", {"op": "replace", "path": path, "value": "anna's"})
        await at.actions.change_connection(at.connection_id, {"personal_data": shown})
        seen, _ = await at.service.latest_traffic(at.connection)
        assert ("anna" in str(seen)) is shown
        assert seen[0].findings is not None
        assert seen[0].findings[0]["message"].startswith("emails[value eq ")

    for shown in (False, True):
        with house(open_judge=scimulator.open_judge) as at:
            run(story(at, shown=shown))


def test_passwords_are_not_shown() -> None:
    async def story(at: House) -> None:
        await at.actions.change_connection(at.connection_id, {"personal_data": True})
        await rows(at)
        user = await at.user(userName="anna")
        await at.scim("POST", "/Users", {"schemas": [USER], "userName": "ben", "password": ["4711"], "active": "yes"})
        await at.patch(f"/Users/{user['id']}", {"op": "replace", "path": "password", "value": ["4711"]})
        seen, _ = await at.service.latest_traffic(at.connection)
        assert '"yes"' in str(seen)
        assert "4711" not in str(seen)

    with house(open_judge=scimulator.open_judge) as at:
        run(story(at))


def test_recording_ends_some_time_after_the_last_look(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(at: House) -> None:
        monkeypatch.setattr("reference_server.service.watched_traffic.SECONDS", -1)
        await rows(at)
        await create(at, "late", **BAD)
        assert await rows(at) == {"/Users?attributes=late": None}

    with house(open_judge=scimulator.open_judge) as at:
        run(story(at))


def test_a_deleted_connection_leaves_nothing_behind() -> None:
    async def story(at: House) -> None:
        await rows(at)
        await create(at, "gone", **BAD)
        assert at.service.watched is not None
        held = at.service.watched.watch(at.connection_id)
        await at.actions.delete_connection(at.connection_id)
        assert at.service.watched.watch(at.connection_id) is not held

    with house(open_judge=scimulator.open_judge) as at:
        run(story(at))


def test_without_a_judge_there_are_no_verdicts() -> None:
    async def story(at: House) -> None:
        await create(at, "any", **BAD)
        seen, verdicts = await at.service.latest_traffic(at.connection)
        assert (seen[0].findings, verdicts) == (None, None)

    with house() as at:
        run(story(at))
