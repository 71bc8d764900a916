"""The SCIM endpoints of a real server process, request by request."""

from __future__ import annotations

from tests.support import USER, Scim


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
