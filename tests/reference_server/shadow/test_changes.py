"""The order of changes: each resource once, at its latest change, after a watermark."""

from __future__ import annotations

from tests.in_process import House, run


def test_changes_after_a_watermark(at: House) -> None:
    async def story() -> None:
        scope = at.service.shadow.scope(at.connection_id, at.connection.tenant_id)
        assert scope.order.latest() == 0
        ada = (await at.user(userName="ada"))["id"]
        eve = (await at.user(userName="eve"))["id"]
        seen = scope.order.latest()
        await at.patch(f"/Users/{ada}", {"op": "replace", "path": "title", "value": "x"})
        assert [key for _, key in scope.order.since(seen)] == [("User", ada)]
        assert [key for _, key in scope.order.since(0)] == [("User", eve), ("User", ada)]
        seen = scope.order.latest()
        group = (await at.group("crew", eve))["id"]
        assert {key for _, key in scope.order.since(seen)} == {("Group", group), ("User", eve)}
        seen = scope.order.latest()
        await at.scim("DELETE", f"/Users/{eve}")
        assert {key for _, key in scope.order.since(seen)} == {("Group", group), ("User", eve)}
        assert scope.order.since(scope.order.latest()) == []

    run(story())
