"""Deprovisioning: a leaver's sessions end with the SCIM write; one who comes back in time has not left."""

from __future__ import annotations

import pytest

from reference_server.clock import VirtualClock
from tests.in_process import House, house, run
from tests.reference_server.support import person
from tests.support import MONDAY


@pytest.mark.parametrize("people", [200, pytest.param(10_000, marks=pytest.mark.full)])
def test_no_session_of_a_leaver_passes_after_the_provider_has_its_answer(people: int) -> None:
    """OWASP ASVS 7.4.2: the next check of a session after the SCIM response fails, whether for PATCH, PUT, or DELETE."""

    async def story() -> None:
        with house(VirtualClock(MONDAY)) as at_:
            for number in range(people):
                id_ = (await at_.user(userName=f"u{number}@x.com"))["id"]
                if number == 0:
                    await at_.sync()
            await at_.sync()
            for number, account in enumerate(at_.accounts()):
                id_ = account.shadow_id
                session = await at_.actions.open_session(at_.connection_id, shadow_id=id_, email=None)
                assert at_.service.sessions.check(session["id"])["valid"]
                if number % 3 == 0:
                    await at_.patch(f"/Users/{id_}", {"op": "Replace", "path": "active", "value": "False"})
                elif number % 3 == 1:
                    await at_.scim("PUT", f"/Users/{id_}", {"userName": account.user_name, "active": False})
                else:
                    await at_.scim("DELETE", f"/Users/{id_}")
                checked = at_.service.sessions.check(session["id"])
                assert (checked["valid"], bool(checked["ended_at"]), bool(checked["reason"])) == (False, True, True)

    run(story())


def test_leaver_who_comes_back_before_the_sync_has_not_left(at: House) -> None:
    async def story() -> None:
        await at.actions.change_connection(at.connection_id, {"deprovisioning": "on_sync"})
        ada = await person(at, "ada", "ada@x.com")
        await at.sync()
        for active in (False, True):
            await at.patch(f"/Users/{ada}", {"op": "replace", "path": "active", "value": active})
        assert (await at.sync())["deactivated"] == 0
        assert (at.accounts()[0].left_at, at.accounts()[0].access) == (None, True)

    run(story())
