"""Tokens, tenants and what no client may write: rows A to C of the security checklist."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from reference_server.embedded import EmbeddedServer, embedded_server
from tests.support import ENTERPRISE, GROUP, NUMBERS, PATCH, USER, Scim

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def test_no_request_passes_with_the_old_token_once_it_is_rotated() -> None:
    """32 clients read while an admin rotates the token; requests that begin after the response to that are rejected."""
    with embedded_server() as server:
        scims = [Scim(server) for _ in range(32)]
        rotated = threading.Event()
        late: list[int] = []

        def read(scim: Scim) -> None:
            after = 0
            while after < 3:
                began_after = rotated.is_set()
                status = scim.get("/Users").status
                if began_after:
                    late.append(status)
                    after += 1

        threads = [threading.Thread(target=read, args=(scim,)) for scim in scims]
        for thread in threads:
            thread.start()
        assert scims[0].admin("POST", "/connections/{connection}/rotate").status == 200
        rotated.set()
        for thread in threads:
            thread.join()
        assert set(late) <= {401, 429}
        assert len(late) == 96


def test_unknown_connection_and_wrong_token_answer_alike(scim: Scim) -> None:
    base = scim.server.base_url
    unknown = scim.request("GET", base.rpartition("/")[0] + "/scim_conn_unknown/Users")
    wrong = scim.request("GET", base + "/Users", token="wrong")
    assert (unknown.status, unknown.body) == (wrong.status, wrong.body) == (401, wrong.body)


# ── tenants ──


class Tenants:
    """Two tenants on one server: ours, and theirs with a user and a group that we know the ids of."""

    def __init__(self, server: EmbeddedServer) -> None:
        self.ours = Scim(server)
        tenant = self.ours.admin("POST", "/tenants", {"name": "B", "plan": "enterprise", "sso_configured": True}).json
        made = self.ours.admin("POST", f"/tenants/{tenant['id']}/connections").json
        base = server.base_url.rpartition("/")[0] + "/" + made["id"]
        self.theirs = Scim(
            EmbeddedServer(base, made["token"], server.admin_url, server.admin_token, None, None, server.pid)
        )
        self.user = self.theirs.user(externalId=f"secret-{next(NUMBERS)}", title="theirs")
        self.group = self.theirs.group(self.user["id"])


@pytest.fixture(scope="module")
def tenants(shared_server: EmbeddedServer) -> Tenants:
    return Tenants(shared_server)


def test_foreign_ids_do_not_exist(tenants: Tenants) -> None:
    for kind, held in (("Users", tenants.user), ("Groups", tenants.group)):
        for method in ("GET", "PUT", "PATCH", "DELETE", "HEAD"):
            path = f"/{kind}/{held['id']}"
            reply = tenants.ours.request(
                method, path, {"schemas": [USER]}, headers={"If-Match": held["meta"]["version"]}
            )
            unknown = tenants.ours.request(method, f"/{kind}/unknown", {"schemas": [USER]})
            assert reply.status == unknown.status == 404, (method, path)


def test_foreign_values_are_found_nowhere(tenants: Tenants) -> None:
    name, external = tenants.user["userName"], tenants.user["externalId"]
    for condition in (
        f'userName eq "{name}"',
        f'externalId eq "{external}"',
        f'id eq "{tenants.user["id"]}"',
        'title eq "theirs"',
    ):
        for path in ("/Users/.search", "/.search"):
            found = tenants.ours.request("POST", path, {"filter": condition}).json
            assert (found["totalResults"], found["Resources"]) == (0, []), condition


def test_foreign_ids_cannot_be_referred_to(tenants: Tenants) -> None:
    ours, foreign = tenants.ours, tenants.user["id"]
    group, user = ours.group(), ours.user()
    member = {"value": foreign}
    refused = [
        ours.request("POST", "/Groups", {"schemas": [GROUP], "displayName": "x", "members": [member]}),
        ours.request("PUT", f"/Groups/{group['id']}", {"schemas": [GROUP], "displayName": "x", "members": [member]}),
        ours.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": [member]}),
    ]
    assert [reply.status for reply in refused] == [400] * 3
    manager = {"op": "add", "path": f"{ENTERPRISE}:manager", "value": foreign}
    shown = ours.patch(f"/Users/{user['id']}", manager).json
    assert shown[ENTERPRISE]["manager"] == {"value": foreign}, "neither name nor location of a foreign person"
    bulk = {"schemas": [BULK], "Operations": [{"method": "DELETE", "path": f"/Users/{foreign}"}]}
    assert ours.request("POST", "/Bulk", bulk).json["Operations"][0]["status"] == "404"
    assert tenants.theirs.get(f"/Users/{foreign}").json["title"] == "theirs"


def test_foreign_cursor_is_none(tenants: Tenants) -> None:
    tenants.theirs.user()
    cursor = tenants.theirs.get("/Users?cursor&count=1").json["nextCursor"]
    reply = tenants.ours.get(f"/Users?cursor={cursor}")
    assert (reply.status, reply.json["scimType"]) == (400, "invalidCursor")


# ── readOnly, in every form ──

FORGED: dict[str, Any] = {
    "id": "forged",
    "meta": {"resourceType": "Forged", "version": "forged", "created": "2001-01-01T00:00:00Z"},
    "groups": [{"value": "forged"}],
}


def _spellings(name: str) -> list[str]:
    return [name, name.upper(), f"{USER}:{name}"]


@pytest.mark.parametrize("name", FORGED)
def test_read_only_cannot_be_created_or_replaced(scim: Scim, name: str) -> None:
    for spelling in _spellings(name):
        made = scim.user(**{spelling: FORGED[name]})
        body = {"schemas": [USER], "userName": made["userName"], spelling: FORGED[name]}
        replaced = scim.request("PUT", f"/Users/{made['id']}", body)
        bulk = {"schemas": [BULK], "Operations": [{"method": "PUT", "path": f"/Users/{made['id']}", "data": body}]}
        scim.request("POST", "/Bulk", bulk)
        for shown in (made, replaced.json, scim.get(f"/Users/{made['id']}").json):
            assert "forged" not in str(shown).lower(), spelling
            assert not shown["meta"]["created"].startswith("2001")


@pytest.mark.parametrize("op", ["add", "replace", "remove"])
@pytest.mark.parametrize("name", FORGED)
def test_read_only_cannot_be_patched(scim: Scim, op: str, name: str) -> None:
    user = scim.user()
    scim.group(user["id"])
    before = scim.get(f"/Users/{user['id']}").json
    paths = [
        *_spellings(name),
        "meta.version",
        "META.created",
        'groups[value eq "forged"]',
        'groups[value eq "forged"].value',
    ]
    for path in paths:
        operation = {"op": op, "path": path} if op == "remove" else {"op": op, "path": path, "value": FORGED[name]}
        reply = scim.patch(f"/Users/{user['id']}", operation)
        assert reply.status == 400, path
        assert scim.get(f"/Users/{user['id']}").json == before, path
    if op != "remove":
        for key in [*_spellings(name), "meta.version", "groups.value"]:
            scim.patch(f"/Users/{user['id']}", {"op": op, "value": {key: FORGED[name]}})
            assert scim.get(f"/Users/{user['id']}").json == before, key


@pytest.mark.parametrize(
    "names", [["__proto__", "constructor", "prototype"], [f"unknown{n}" for n in range(10_000)]], ids=len
)
def test_unknown_attributes_are_stored_nowhere(scim: Scim, names: list[str]) -> None:
    user = scim.user(**{name: {"admin": True} for name in names}, **{ENTERPRISE: dict.fromkeys(names[:3], "x")})
    assert not set(names) & user.keys()
    assert ENTERPRISE not in user


def test_password_canary_is_in_no_file_and_no_answer(tmp_path: Any) -> None:
    canary = "canary-7d1f-never-shown"
    with embedded_server(data=tmp_path / "data") as server:
        scim = Scim(server)
        user = scim.user(password=canary)
        path = f"/Users/{user['id']}"
        replies = [
            scim.patch(path, {"op": "replace", "path": "password", "value": canary}),
            scim.patch(path, {"op": "replace", "value": {"password": canary, "title": "x"}}),
            scim.request("PUT", path, {**user, "password": canary}),
            scim.get(f'/Users?filter=password+eq+"{canary}"'),
            scim.get("/Users?sortBy=password"),
            scim.get(f"{path}?attributes=password"),
            scim.request("POST", "/Users", {"schemas": [USER], "userName": user["userName"], "password": canary}),
            scim.patch(path, {"op": "replace", "path": "password", "value": {"value": canary}}),
        ]
        token = server.token
        assert [reply.status for reply in replies[3:5]] == [400, 400], (
            "neither filtered nor sorted: it would be an oracle"
        )
        assert not any(canary.encode() in reply.body for reply in replies)
    held = b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir() if file.is_file())
    assert canary.encode() not in held
    assert token.encode() not in held


def test_strict_server_rejects_a_key_given_twice(scim: Scim, strict: Scim) -> None:
    raw = b'{"schemas":["%b"],"userName":"twice-%d","active":true,"active":false}' % (USER.encode(), next(NUMBERS))
    assert scim.request("POST", "/Users", raw=raw).json["active"] is False
    refused = strict.request("POST", "/Users", raw=raw)
    assert (refused.status, refused.json["scimType"]) == (400, "invalidSyntax")


def test_numbers_beyond_64_bits_are_rejected_not_rounded(scim: Scim) -> None:
    raw = (
        b'{"schemas":["%b"],"Operations":[{"op":"replace","path":"title","value":18446744073709551617}]}'
        % PATCH.encode()
    )
    assert scim.request("PATCH", f"/Users/{scim.user()['id']}", raw=raw).status == 400
