"""Conflicts stay open until they are settled, and are reported once."""

from __future__ import annotations

import pytest

from tests.in_process import House, run
from tests.reference_server.support import person, set_email


def test_conflict_is_reported_once_and_ends_when_the_rival_goes(at: House) -> None:
    async def story() -> None:
        one, two = await person(at, "one", "same@x.com"), await person(at, "two", "SAME@x.com")
        first = await at.sync()
        assert first["conflicts"] == [{"shadow_id": two, "claimed_by": one, "email": "same@x.com"}]
        assert (await at.sync())["conflicts"] == []
        assert at.service.runner.run_count(at.connection_id) == 1
        await set_email(at, one, "other@x.com")
        run_ = await at.sync()
        assert (run_["updated"], run_["created"]) == (1, 1)
        assert at.service.runner.pending.conflict_count(at.connection_id) == 0

    run(story())


@pytest.mark.parametrize("mode", ["immediate", "on_sync"])
@pytest.mark.parametrize("new_first", [True, False])
def test_account_of_someone_deleted_goes_to_who_waited_for_it_without_the_old_sessions(
    at: House, mode: str, new_first: bool
) -> None:
    """Found by the histories: both are planned in one batch, and the one account must get one step."""

    async def story() -> None:
        await at.actions.change_connection(at.connection_id, {"deprovisioning": mode})
        old = await person(at, "old", "same@x.com")
        await at.sync()
        session = await at.actions.open_session(at.connection_id, shadow_id=old, email=None)
        new = ""
        if new_first:
            new = await person(at, "new", "same@x.com")
            await at.sync()
        await at.scim("DELETE", f"/Users/{old}")
        if not new_first:
            new = await person(at, "new", "same@x.com")
        await at.sync()
        (account,) = at.accounts()
        assert (account.shadow_id, account.status, account.access) == (new, "active", True)
        assert at.service.sessions.check(session["id"])["ended_at"]

    run(story())
