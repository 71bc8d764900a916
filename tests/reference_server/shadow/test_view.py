"""A resource as it is shown: the spliced JSON equals the one that is built, and what is computed is there."""

from __future__ import annotations

import json

import pytest

from reference_server.scim.projection import compile_projection
from tests.in_process import House, run
from tests.support import ENTERPRISE

BASE = "http://127.0.0.1/scim/v2/x"


@pytest.mark.parametrize("attributes", [None, "userName,groups", "meta", f"{ENTERPRISE}:manager"])
def test_rendered_is_what_is_shown(at: House, attributes: str | None) -> None:
    async def story() -> None:
        boss = (await at.user(userName="boss", displayName="Boss"))["id"]
        ada = (await at.user(userName="ada", **{ENTERPRISE: {"manager": {"value": boss}}}))["id"]
        inner = (await at.group("inner", ada))["id"]
        outer = (await at.group("outer", inner))["id"]
        shadow, connection = at.service.shadow, at.connection
        scope, user = shadow.scope(connection.id, connection.tenant_id), shadow.types.by_name["User"]
        projection = compile_projection(user, attributes, None)
        shown = projection.apply(shadow.views.show(scope, user, shadow.get(scope, user, ada), BASE, projection))
        assert (
            json.loads(shadow.views.renderer(scope, user, BASE, projection)([shadow.stored(scope, user, ada)])[0])
            == shown
        )
        if attributes is None:
            assert shown["meta"]["location"] == f"{BASE}/Users/{ada}"
            assert shown[ENTERPRISE]["manager"] == {
                "value": boss,
                "$ref": f"{BASE}/Users/{boss}",
                "displayName": "Boss",
            }
            assert {(held["value"], held["type"]) for held in shown["groups"]} == {
                (inner, "direct"),
                (outer, "indirect"),
            }

    run(story())
