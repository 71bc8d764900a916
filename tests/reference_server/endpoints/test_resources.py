"""The SCIM endpoints of a real server process, request by request."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import urllib3

from tests.support import PATCH, USER, Reply, Scim


def test_user_lives_from_create_to_delete(scim: Scim) -> None:
    made = scim.user(displayName="Anna", emails=[{"value": "a@x", "type": "work", "primary": True}])
    path = f"/Users/{made['id']}"
    assert made["meta"]["location"] == scim.server.base_url + path
    assert scim.get(path).json == made
    replaced = scim.request("PUT", path, {"schemas": [USER], "userName": made["userName"], "title": "T"})
    assert (replaced.status, replaced.json.get("title"), replaced.json.get("displayName")) == (200, "T", None)
    patched = scim.patch(path, {"op": "replace", "path": "active", "value": False})
    assert (patched.status, patched.json["active"]) == (200, False)
    assert scim.request("DELETE", path).status == 204
    assert scim.get(path).status == 404


def test_conditions_are_honoured(scim: Scim) -> None:
    user = scim.user()
    path, tag = f"/Users/{user['id']}", user["meta"]["version"]
    assert scim.get(path, {"If-None-Match": tag}).status == 304
    change = {"op": "replace", "path": "title", "value": "B"}
    assert scim.patch(path, change, headers={"If-Match": tag}).status == 200
    stale = scim.patch(path, {"op": "replace", "path": "title", "value": "C"}, headers={"If-Match": tag})
    assert stale.status == 412
    assert scim.request("DELETE", path, headers={"If-Match": tag}).status == 412
    assert scim.get(path).json["title"] == "B"


CURRENT, OTHER = "{tag}", 'W/"other"'
CONDITIONS = [
    ({"If-None-Match": "*"}, False, 304),
    ({"If-None-Match": CURRENT}, False, 304),
    ({"If-None-Match": "{opaque}"}, False, 304),
    ({"If-None-Match": f"{OTHER}, {CURRENT}"}, False, 304),
    ({"If-None-Match": OTHER}, True, 200),
    ({"If-Match": "*"}, True, 200),
    ({"If-Match": CURRENT}, True, 200),
    ({"If-Match": "{opaque}"}, True, 200),
    ({"If-Match": f"{OTHER}, {CURRENT}"}, True, 200),
    ({"If-Match": OTHER}, False, 412),
    ({"If-Match": "w/{opaque}"}, False, 412),
    ({"If-Match": f'{OTHER}, W/"another"'}, False, 412),
    ({"If-Match": CURRENT, "If-None-Match": OTHER}, True, 200),
    ({"If-Match": CURRENT, "If-None-Match": CURRENT}, False, 304),
    ({"If-Match": OTHER, "If-None-Match": CURRENT}, False, 412),
]
CHANGES = {"PATCH": (200, "B"), "PUT": (200, "B"), "DELETE": (204, None)}


def sent(scim: Scim, method: str, user: dict[str, Any], headers: dict[str, str]) -> Reply:
    path, operation = f"/Users/{user['id']}", {"op": "replace", "path": "title", "value": "B"}
    if method == "PATCH":
        return scim.patch(path, operation, headers=headers)
    return scim.request(method, path, {**user, "title": "B"} if method == "PUT" else None, headers=headers)


def filled(headers: dict[str, str], user: dict[str, Any]) -> dict[str, str]:
    tag = user["meta"]["version"]
    return {name: value.replace("{tag}", tag).replace("{opaque}", tag[2:]) for name, value in headers.items()}


@pytest.mark.parametrize("method", CHANGES)
@pytest.mark.parametrize(("headers", "is_met", "of_get"), CONDITIONS)
def test_a_change_whose_condition_is_false_is_412(
    scim: Scim, method: str, headers: dict[str, str], is_met: bool, of_get: int
) -> None:
    user = scim.user(title="A")
    reply = sent(scim, method, user, filled(headers, user))
    changed = scim.get(f"/Users/{user['id']}").json.get("title")
    assert (reply.status, changed) == (CHANGES[method] if is_met else (412, "A"))


@pytest.mark.parametrize(("headers", "is_met", "of_get"), CONDITIONS)
def test_a_read_whose_condition_is_false_is_304_or_412(
    scim: Scim, headers: dict[str, str], is_met: bool, of_get: int
) -> None:
    user = scim.user()
    assert scim.get(f"/Users/{user['id']}", filled(headers, user)).status == of_get


def test_a_condition_on_a_resource_that_does_not_exist_is_404(scim: Scim) -> None:
    user = {"id": "nobody", "schemas": [USER], "userName": "nobody"}
    for method, name in itertools.product(CHANGES, ("If-Match", "If-None-Match")):
        assert sent(scim, method, user, {name: "*"}).status == 404


@pytest.mark.parametrize(("name", "status"), [("If-Match", 200), ("If-None-Match", 412)])
def test_a_list_of_tags_can_be_split_over_two_headers(scim: Scim, name: str, status: int) -> None:
    user = scim.user()
    headers = urllib3.HTTPHeaderDict({"Authorization": f"Bearer {scim.server.token}"})
    for tag in (user["meta"]["version"], 'W/"other"'):
        headers.add(name, tag)
    body = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "title", "value": "B"}]}
    reply = scim.http.request("PATCH", f"{scim.server.base_url}/Users/{user['id']}", json=body, headers=headers)
    assert reply.status == status


def test_password_is_nowhere(scim: Scim) -> None:
    canary = "Zz-canary-password-9"
    made = scim.user(password=canary)
    path = f"/Users/{made['id']}"
    scim.patch(path, {"op": "replace", "path": "password", "value": canary + "b"})
    for reply in (
        scim.get(path),
        scim.get(path + "?attributes=password"),
        scim.get("/Users?count=1000"),
        scim.admin("GET", "/audit"),
    ):
        assert b"canary-password" not in reply.body


def test_strict_server_rejects_what_is_only_tolerated(strict: Scim) -> None:
    user = strict.user()
    path = f"/Users/{user['id']}"
    assert strict.patch(path, {"op": "replace", "value": {"name.givenName": "A"}}).status == 400
    assert strict.patch(path, {"op": "replace", "path": "active", "value": "False"}).status == 400
    assert strict.patch(path, {"op": "replace", "path": "active", "value": False}).json["active"] is False
