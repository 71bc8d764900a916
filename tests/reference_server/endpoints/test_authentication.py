"""Bearer tokens: who gets in, and what one tenant sees of another."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.support import GROUP, USER, Scim


@pytest.mark.parametrize(
    "value",
    [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic dTpw", "Token x", "Bearer " + "x" * 20_000, "bearer  x y"],
    ids=lambda value: str(value)[:12],
)
def test_request_without_the_right_token_is_401(scim: Scim, value: str | None) -> None:
    headers = {"Authorization": value} if value is not None else {}
    reply = scim.http.request("GET", scim.server.base_url + "/Users", headers=headers)
    assert reply.status in (401, 431)
    if reply.status == 401:
        assert reply.headers["www-authenticate"].startswith("Bearer")
        assert json.loads(reply.data)["status"] == "401"


def test_scheme_of_the_token_is_case_insensitive(scim: Scim) -> None:
    reply = scim.get("/Users?count=0", {"Authorization": f"bearer {scim.server.token}"})
    assert reply.status == 200


def test_two_tenants_do_not_see_each_other(scim: Scim) -> None:
    tenant = scim.admin("POST", "/tenants", {"name": "Other", "plan": "enterprise", "sso_configured": True}).json
    other = scim.admin("POST", f"/tenants/{tenant['id']}/connections").json
    base = scim.server.base_url.rpartition("/")[0] + "/" + other["id"]
    mine, name = scim.user(), "shared-name@example.com"
    scim.request("POST", "/Users", {"schemas": [USER], "userName": name})

    def theirs(method: str, path: str, body: Any = None) -> Any:
        return scim.request(method, base + path, body, token=other["token"])

    assert scim.request("GET", base + "/Users").status == 401, "a token of another connection"
    assert theirs("GET", "/Users").json["totalResults"] == 0
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        assert theirs(method, f"/Users/{mine['id']}", {}).status == 404
    assert theirs("POST", "/Users", {"schemas": [USER], "userName": name}).status == 201
    group = {"schemas": [GROUP], "displayName": "G", "members": [{"value": mine["id"]}]}
    assert theirs("POST", "/Groups", group).status == 400
    assert theirs("GET", "/Users?filter=" + quote(f'id eq "{mine["id"]}"')).json["totalResults"] == 0
