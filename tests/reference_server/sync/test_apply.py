"""Applying a plan: accounts, sessions, and events change in one commit."""

from __future__ import annotations

from tests.in_process import House, run
from tests.reference_server.support import person


def test_a_leaver_loses_account_and_sessions_and_comes_back_without_them(at: House) -> None:
    async def story() -> None:
        await at.actions.change_connection(at.connection_id, {"deprovisioning": "on_sync"})
        ada = await person(at, "ada", "ada@x.com")
        await at.sync()
        session = await at.actions.open_session(at.connection_id, shadow_id=ada, email=None)
        await at.patch(f"/Users/{ada}", {"op": "replace", "path": "active", "value": False})
        assert at.service.sessions.check(session["id"])["valid"]
        await at.sync()
        (account,) = at.accounts()
        assert (account.status, account.access) == ("inactive", False)
        assert account.deactivated_at == account.left_at or account.left_at is not None
        assert at.service.sessions.check(session["id"])["reason"] == "the sync deactivated the account"
        await at.patch(f"/Users/{ada}", {"op": "replace", "path": "active", "value": True})
        await at.sync()
        (again,) = at.accounts()
        assert (again.id, again.status, again.access) == (account.id, "active", True)
        assert (again.left_at, again.deactivated_at, again.access_revoked_at) == (None, None, None)
        assert not at.service.sessions.check(session["id"])["valid"]
        kinds = [event["kind"] for event in at.service.audit.events()]
        assert kinds[-2:] == ["account.reactivated", "sync.finished"]
        assert await at.actions.verify_audit() is None

    run(story())


def test_values_are_in_the_event_only_when_switched_on(at: House) -> None:
    async def story() -> None:
        ada = await person(at, "ada", "ada@x.com")
        await at.sync()
        await at.actions.change_connection(at.connection_id, {"personal_data": True})
        await at.patch(f"/Users/{ada}", {"op": "replace", "path": "displayName", "value": "Ada L"})
        await at.sync()
        created, updated = (e for e in at.service.audit.events() if e["kind"].startswith("account."))
        assert created["detail"] == {"shadow": f"User/{ada}"}
        assert updated["detail"] == {"changes": {"display_name": ["ada", "Ada L"]}, "shadow": f"User/{ada}"}

    run(story())
