"""What an admin may do: each change is one commit with its event, a refusal is an event too."""

from __future__ import annotations

import pytest

from reference_server.service.tenants import Refused, Unknown
from tests.in_process import House, run


def kinds(at: House) -> list[str]:
    return [event["kind"] for event in at.service.audit.events()]


def events_after(at: House, number: int) -> list[tuple[str, list[str]]]:
    """(kind, attributes) of the events after the first ones."""
    return [(event["kind"], event["attributes"]) for event in at.service.audit.events()][number:]


def test_each_change_is_an_event(at: House) -> None:
    async def story() -> None:
        before = len(kinds(at))
        tenant = await at.actions.create_tenant("T", "enterprise", True)
        await at.actions.create_account(tenant.id, "a@x.com", "A", False)
        connection, _ = await at.actions.create_connection(tenant.id)
        await at.actions.rotate(connection.id)
        await at.actions.change_connection(connection.id, {"brake": "off"})
        await at.actions.revoke(connection.id)
        await at.actions.delete_connection(connection.id)
        assert kinds(at)[before:] == [
            "tenant.created",
            "account.created",
            "connection.created",
            "token.rotated",
            "connection.changed",
            "token.revoked",
            "connection.deleted",
        ]

    run(story())


def test_events_name_the_attributes_that_changed_and_nothing_else(at: House) -> None:
    async def story() -> None:
        tenant = await at.actions.create_tenant("T", "team", True)
        for plan, sso, changed in (
            ("team", True, None),
            ("free", True, ["plan"]),
            ("free", False, ["sso_configured"]),
            ("team", True, ["plan", "sso_configured"]),
        ):
            before = len(kinds(at))
            await at.actions.change_tenant(tenant.id, plan, sso)
            assert events_after(at, before) == ([("tenant.changed", changed)] if changed else [])
        for settings, changed in (
            ({}, None),
            ({"brake": "warn", "adopt": True, "group_mappings": None}, None),
            ({"brake": "stop", "adopt": True}, ["brake"]),
            ({"brake": "stop", "me": "ada", "brake_users": 7}, ["me", "brake_users"]),
        ):
            before = len(kinds(at))
            await at.actions.change_connection(at.connection_id, settings)
            assert events_after(at, before) == ([("connection.changed", changed)] if changed else [])

    run(story())


def test_rejections_are_events_and_change_nothing(at: House) -> None:
    async def story() -> None:
        tenant = await at.actions.create_tenant("T", "free", False)
        with pytest.raises(Refused):
            await at.actions.create_connection(tenant.id)
        assert kinds(at)[-1] == "connection.refused"
        with pytest.raises(Unknown):
            await at.actions.open_session(at.connection_id, shadow_id=None, email="nobody@x.com")
        assert at.service.connections.of_tenant(tenant.id) == []

    run(story())


def test_the_audit_trail_names_the_admin_who_ended_a_session(at: House) -> None:
    async def story() -> None:
        tenant = at.connection.tenant_id
        await at.actions.create_account(tenant, "ada@x.com", "Ada", False)
        session = await at.actions.open_session(at.connection_id, shadow_id=None, email="ada@x.com")
        await at.actions.end_session(session["id"])
        ended = list(at.service.audit.events())[-1]
        assert (ended["kind"], ended["actor"]) == ("session.ended", "admin")
        assert ended["detail"] == {"reason": "an admin ended the session", "session": session["id"]}

    run(story())
