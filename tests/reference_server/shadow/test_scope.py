"""A scope holds the tables of one connection, with the indexes that its resource types declare."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import pytest

from reference_server.scim.errors import NotFound
from reference_server.scim.resource_type import IndexKeys, resource_types
from reference_server.shadow.resources import Shadow
from reference_server.storage.database import open_tables
from reference_server.storage.tables import Record
from tests.in_process import House, run
from tests.support import MONDAY, USER


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


def test_a_write_computes_index_keys_only_for_the_attributes_that_it_changes(tmp_path: Path) -> None:
    asked: list[str] = []

    def noting(name: str, keys_of: IndexKeys) -> IndexKeys:
        def keys(resource: dict[str, Any]) -> tuple[Hashable, ...]:
            asked.append(name)
            return keys_of(resource)

        return keys

    types, tables = resource_types(), open_tables(tmp_path)
    user = types.by_name["User"]
    user.index_keys = {name: noting(name, keys_of) for name, keys_of in user.index_keys.items()}
    shadow = Shadow(tables, types, now=lambda: MONDAY)
    scope = shadow.scope("connection", "tenant")
    ada = {"schemas": [USER], "userName": "ada", "title": "a", "emails": [{"value": "a@x.example"}]}

    def patched(id_: str, **changes: Any) -> Record | None:
        record = shadow.get(scope, user, id_)
        return shadow.patch(scope, user, record, {**record["resource"], **changes}, {})

    async def story() -> None:
        made = await tables.write(lambda: shadow.create(scope, user, ada))
        assert made is not None
        asked.clear()
        await tables.write(lambda: patched(made["id"], title="b"))
        assert asked == []
        await tables.write(lambda: patched(made["id"], emails=[{"value": "b@x.example"}]))
        assert asked == ["emails.value", "emails.value"]  # before and after
        found = [len(scope.resources["User"].find("emails.value", f"{name}@x.example")) for name in "ab"]
        assert found == [0, 1]

    try:
        run(story())
    finally:
        tables.close()
