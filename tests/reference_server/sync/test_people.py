"""Who must be looked at by a run: people in nested groups, whatever changes."""

from __future__ import annotations

from typing import Any

from tests.in_process import House, run
from tests.reference_server.support import person


def test_grants_reach_people_in_nested_groups_whatever_changes(at: House) -> None:
    async def story() -> None:
        ada = await person(at, "ada", "ada@x.com")
        inner, middle, outer = await at.group("Inner", ada), await at.group("Middle"), await at.group("Outer")
        mappings = {"Outer": {"roles": ["reader"], "boards": ["News"]}}

        async def nest(holder: dict[str, Any], held: dict[str, Any]) -> None:
            value = [{"value": held["id"]}]
            await at.patch(f"/Groups/{holder['id']}", {"op": "add", "path": "members", "value": value})

        await nest(middle, inner)
        await at.sync()
        await at.actions.change_connection(at.connection_id, {"group_mappings": mappings})
        assert (await at.sync())["updated"] == 0
        await nest(outer, middle)
        assert (await at.sync())["updated"] == 1
        assert at.accounts()[0].roles == ["reader"]
        await at.patch(f"/Groups/{outer['id']}", {"op": "replace", "path": "displayName", "value": "Renamed"})
        assert (await at.sync())["updated"] == 1
        assert at.accounts()[0].roles == []
        await at.actions.change_connection(at.connection_id, {"group_mappings": {outer["id"]: {"sites": ["Oslo"]}}})
        await at.sync()
        assert at.accounts()[0].sites == ["Oslo"]
        await at.scim("DELETE", f"/Groups/{outer['id']}")
        await at.sync()
        assert at.accounts()[0].sites == []

    run(story())
