"""Spliced JSON shows what parsing shows, in the usual form and in every other one."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from reference_server.scim.projection import compile_projection
from reference_server.shadow.splice import Splice, version_of
from tests.in_process import House, run
from tests.support import ENTERPRISE

BASE = "http://127.0.0.1/scim/v2/x"


@pytest.mark.parametrize(
    "change",
    [
        {},
        {ENTERPRISE: {"manager": {"value": "nobody"}}},
        {ENTERPRISE: {"manager": {"value": 'odd "}" value'}}},
        {ENTERPRISE: {"manager": {"value": "nobody", "displayName": "Stored"}}},
        {ENTERPRISE: {"manager": {"displayName": "Stored"}}},
        {"urn:old": {"manager": {"value": "nobody"}}},
        {ENTERPRISE: {"division": "A"}, "urn:old": {"manager": {"value": "nobody"}}},
        {ENTERPRISE: {"later": {"manager": {"value": "nobody"}}}},
        {ENTERPRISE: {"division": "{}", "manager": {"value": "nobody"}}},
        {"title": '"manager":{"value":"x"}'},
        {"later": 1},
    ],
)
def test_a_spliced_resource_is_the_one_that_is_built(at: House, change: dict[str, Any]) -> None:
    async def story() -> None:
        boss = (await at.user(userName="boss", displayName="Boss"))["id"]
        ada = (await at.user(userName="ada", title="CTO", **{ENTERPRISE: {"manager": {"value": boss}}}))["id"]
        shadow, connection = at.service.shadow, at.connection
        scope, user = shadow.scope(connection.id, connection.tenant_id), shadow.types.by_name["User"]
        record = shadow.get(scope, user, ada)
        record = {**record, "resource": {**record["resource"], **change}}
        resource = record["resource"]
        rest = {name: value for name, value in resource.items() if name != "meta"}
        meta = resource["meta"]
        for moved in (resource, {"meta": meta, **rest}, {**rest, "meta": meta}):
            stored = orjson.dumps({**record, "resource": moved})
            whole = compile_projection(user, None, None)
            splice = Splice(shadow.views, scope, user, BASE, whole)
            assert orjson.loads(splice([stored], [shadow.views.places["User"](stored)])) == shadow.views.show(
                scope, user, orjson.loads(stored), BASE, whole
            )
            assert version_of(stored) == moved["meta"]["version"]

    run(story())
