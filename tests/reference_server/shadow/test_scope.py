"""A scope holds the tables of one connection, with the indexes that its resource types declare."""

from __future__ import annotations

import pytest

from reference_server.scim.errors import NotFound
from tests.in_process import House, run


def test_a_scope_sees_only_its_connection(at: House) -> None:
    async def story() -> None:
        ada = (await at.user(userName="ada"))["id"]
        connection, _ = await at.actions.create_connection(at.connection.tenant_id)
        shadow = at.service.shadow
        mine, other = (shadow.scope(c.id, c.tenant_id) for c in (at.connection, connection))
        user = shadow.types.by_name["User"]
        assert shadow.get(mine, user, ada)["id"] == ada
        with pytest.raises(NotFound):
            shadow.get(other, user, ada)
        assert len(mine.resources["User"].find("userName", "ada")) == 1
        assert len(other.resources["User"].find("userName", "ada")) == 0
        assert shadow.scope(connection.id, connection.tenant_id) is other

    run(story())
