"""The preview says what the next run will do, without doing it; those who lose access come first."""

from __future__ import annotations

from reference_server.service.accounts import Account
from reference_server.sync.preview import Difference, differences, preview
from tests.in_process import House, run
from tests.reference_server.support import person


def test_preview_and_run_agree(at: House) -> None:
    async def story() -> None:
        stays, leaves = await person(at, "ada", "ada@x.com"), await person(at, "eve", "eve@x.com")
        await at.actions.change_connection(at.connection_id, {"deprovisioning": "on_sync", "brake": "off"})
        await at.sync()
        await at.patch(f"/Users/{stays}", {"op": "replace", "path": "displayName", "value": "Ada L"})
        await at.patch(f"/Users/{leaves}", {"op": "replace", "path": "active", "value": False})
        await person(at, "joe", "joe@x.com")
        await person(at, "jim", "joe@x.com")
        before = at.accounts()
        found = await preview(at.service.tables, at.service.people, at.connection)
        assert [row.kind for row in found.rows] == ["deactivated", "conflict", "created", "updated"]
        assert at.accounts() == before
        done = await at.sync()
        counted = {name: done[name] for name in ("created", "updated", "deactivated")} | {
            "conflict": len(done["conflicts"])
        }
        assert {name: found.counts[name] for name in counted} == counted

    run(story())


def test_differences_name_grants_that_come_and_go() -> None:
    account = Account("a", "t", display_name="Ada", roles=["reader", "writer"])
    values = {"display_name": "Ada L", "roles": ["writer", "admin"], "status": "active", "email": ""}
    assert differences(account, values) == (
        Difference("display_name", "Ada", "Ada L"),
        Difference("roles", "− reader", "+ admin"),
    )
    assert differences(None, {"email": "a@x", "sites": []}) == (Difference("email", "", "a@x"),)
