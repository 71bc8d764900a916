"""The shadow store: hooks see each write in its own commit, uniqueness holds, and a deletion leaves nothing behind."""

from __future__ import annotations

from typing import Any

from reference_server.shadow.draft import ShadowWrite
from tests.in_process import House, run


def test_hooks_see_what_was_written(at: House) -> None:
    seen: list[ShadowWrite] = []
    at.service.shadow.add_hook(lambda transaction, write: seen.append(write))

    async def story() -> None:
        ada = (await at.user(userName="ada"))["id"]
        await at.patch(f"/Users/{ada}", {"op": "replace", "path": "title", "value": "x"})
        await at.patch(f"/Users/{ada}", {"op": "replace", "path": "title", "value": "x"})
        await at.scim("DELETE", f"/Users/{ada}")

    run(story())
    assert [(write.before is None, write.after is None, write.attributes) for write in seen] == [
        (True, False, ("userName",)),
        (False, False, ("title",)),
        (False, True, ()),
    ]


def test_a_name_is_taken_until_its_owner_is_deleted(at: House) -> None:
    body: dict[str, Any] = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada"}

    async def story() -> None:
        ada = (await at.user(userName="ADA"))["id"]
        assert (await at.scim("POST", "/Users", body))[0] == 409
        assert (await at.scim("DELETE", f"/Users/{ada}"))[0] == 204
        assert (await at.scim("POST", "/Users", body))[0] == 201

    run(story())


def test_forgetting_a_connection_removes_all_of_it(at: House) -> None:
    async def story() -> None:
        await at.group("crew", (await at.user(userName="ada"))["id"])
        await at.actions.delete_connection(at.connection_id)
        tables = at.service.tables
        held = [name for name in tables.positions() if name.startswith(at.connection_id) and len(tables.table(name))]
        assert held == []

    connection_id = at.connection_id
    run(story())
    assert not at.service.connections.exists(connection_id)
