"""The brake on mass deactivation: it warns or stops, and a forced run releases it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reference_server.clock import VirtualClock
from tests.in_process import House, run
from tests.reference_server.support import person
from tests.support import MONDAY, Scim


def test_brake_stops_a_mass_deactivation_until_it_is_forced(monday: Scim) -> None:
    people = [monday.user(userName=f"p{n}@example.com") for n in range(4)]
    monday.admin("POST", "/connections/{connection}/sync")
    monday.admin("PATCH", "/connections/{connection}", {"brake": "stop", "brake_users": 2})
    for leaver in people:
        monday.patch(f"/Users/{leaver['id']}", {"op": "replace", "path": "active", "value": False})
    stopped = monday.admin("POST", "/connections/{connection}/sync").json
    assert (stopped["status"], "4 users" in stopped["warning"]) == ("stopped", True)
    statuses = [a["status"] for a in monday.admin("GET", "/connections/{connection}/accounts").json["items"]]
    assert statuses == ["active"] * 4
    assert monday.admin("POST", "/connections/{connection}/sync", {"force": True}).json["deactivated"] == 4


@pytest.mark.parametrize(
    ("limits", "leavers", "warned"),
    [
        ({}, 3, False),
        ({}, 4, True),
        ({"brake_percent": 100}, 12, False),
        ({"brake_percent": 100, "brake_users": 5}, 6, True),
        ({"brake": "off"}, 12, False),
    ],
)
def test_brake_warns_beyond_its_limits(at: House, limits: dict[str, Any], leavers: int, warned: bool) -> None:
    async def story() -> None:
        ids = [await person(at, f"p{n}", f"p{n}@x.com") for n in range(12)]
        await at.sync()
        await at.actions.change_connection(at.connection_id, limits)
        for id_ in ids[:leavers]:
            await at.patch(f"/Users/{id_}", {"op": "replace", "path": "active", "value": False})
        run_ = await at.sync()
        assert (bool(run_["warning"]), run_["status"], run_["deactivated"]) == (warned, "finished", leavers)

    run(story())


def test_brake_that_stops_says_so_once_and_asks(at: House) -> None:
    async def story() -> None:
        ids = [await person(at, f"p{n}", f"p{n}@x.com") for n in range(12)]
        await at.sync()
        await at.actions.change_connection(at.connection_id, {"brake": "stop", "deprovisioning": "on_sync"})
        for id_ in ids[:6]:
            await at.patch(f"/Users/{id_}", {"op": "replace", "path": "active", "value": False})
        clock = at.clock
        assert isinstance(clock, VirtualClock)
        found = []
        for hour in range(1, 5):
            clock.set(MONDAY + timedelta(hours=hour))
            found += await at.scheduler.run_due()
        assert [(r["status"], r["warning"]) for r in found] == [
            ("stopped", "Deactivating 6 of 12 users exceeds the limit of 30%")
        ]
        assert all(a.access for a in at.accounts())
        assert (await at.actions.sync(at.connection_id, force=True))["deactivated"] == 6

    run(story())
