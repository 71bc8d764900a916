"""The admin API against its own description: every operation there is, and what it answers is of the shape it says."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import jsonschema_rs
import pytest

from reference_server.embedded import EmbeddedServer
from tests.support import MONDAY, Reply, Scim

CONNECTION = "/connections/{connection}"


@pytest.fixture(scope="module")
def document(shared_server: EmbeddedServer) -> dict[str, Any]:
    found: dict[str, Any] = Scim(shared_server).admin("GET", "/openapi.json").json
    return found


def fits(document: dict[str, Any], path: str, method: str, reply: Reply) -> None:
    """Hold an answer against the schema that the document has for it."""
    described = document["paths"][path][method.lower()]["responses"][str(reply.status)]
    if "$ref" in described:
        described = document["components"]["responses"][described["$ref"].rpartition("/")[2]]
    ((media, content),) = described["content"].items()
    assert reply.headers["content-type"].startswith(media)
    if media == "application/json":
        schema = {**content["schema"], "components": document["components"]}
        jsonschema_rs.Draft202012Validator(schema).validate(reply.json)


def test_every_answer_is_as_described(monday: Scim, document: dict[str, Any]) -> None:
    """A life with something of everything in it; each operation of the document is called at least once."""
    called: set[tuple[str, str]] = set()
    ids: dict[str, str] = {"{connection}": monday.server.base_url.rpartition("/")[2]}

    def call(method: str, path: str, body: Any = None, query: str = "", status: int | None = None) -> Any:
        called.add((path, method.lower()))
        url = path
        for name, value in ids.items():
            url = url.replace(name, value)
        reply = monday.admin(method, url + query, body)
        assert reply.status == (status or reply.status), reply.body
        fits(document, path, method, reply)
        return reply.json if "jsonl" not in reply.headers["content-type"] else None

    tenant = call("POST", "/tenants", {"name": "T", "plan": "enterprise", "sso_configured": True}, status=201)
    ids["{tenant}"] = tenant["id"]
    call("GET", "/tenants", status=200)
    call("PATCH", "/tenants/{tenant}", {"plan": "enterprise"}, status=200)
    call("POST", "/tenants/{tenant}/accounts", {"email": "local@x.com"}, status=201)
    call("POST", "/tenants/{tenant}/accounts", {"email": "LOCAL@x.com"}, status=403)
    call("GET", "/tenants/{tenant}/accounts", status=200)
    call("GET", "/tenants/{tenant}/orphans", status=200)
    call("POST", "/tenants/{tenant}/connections", status=201)
    call("PATCH", "/tenants/{tenant}", {"plan": "free"}, status=403)

    anna = monday.user(userName="anna@x.com", displayName="Anna")
    monday.user(userName="twin", emails=[{"value": "anna@x.com"}])
    call("GET", f"{CONNECTION}/preview", status=200)
    call("POST", f"{CONNECTION}/sync", {"force": False}, status=200)
    ids["{session}"] = call("POST", f"{CONNECTION}/sessions", {"shadow_id": anna["id"]}, status=201)["session_id"]
    call("GET", "/sessions/{session}", status=200)
    call("GET", f"{CONNECTION}/sessions", status=200)
    monday.patch(f"/Users/{anna['id']}", {"op": "replace", "path": "active", "value": False})
    call("POST", f"{CONNECTION}/sessions", {"shadow_id": anna["id"]}, status=403)
    call("PATCH", CONNECTION, {"deprovisioning": "on_sync", "group_mappings": {"S": {"roles": ["r"]}}}, status=200)
    for path in ("accounts", "orphans", "conflicts", "exposure", "traffic", "runs", "preview"):
        call("GET", f"{CONNECTION}/{path}", status=200)
    call("GET", "/connections", status=200)
    call("GET", CONNECTION, status=200)
    call("DELETE", "/sessions/{session}", status=200)
    call("GET", "/audit", query="?kind=account", status=200)
    call("GET", "/audit/verify", status=200)
    call("GET", "/openapi.json", status=200)
    call("POST", f"{CONNECTION}/rotate", {"expires_at": (MONDAY + timedelta(days=1)).isoformat()}, status=200)
    call("POST", f"{CONNECTION}/rotate", {"expires_at": MONDAY.isoformat()}, status=403)
    call("POST", f"{CONNECTION}/rotate", {"expires_at": "soon"}, status=400)
    call("POST", f"{CONNECTION}/revoke", status=200)
    call("DELETE", CONNECTION, status=200)
    call("GET", CONNECTION, status=404)
    described = {
        (path, method) for path, item in document["paths"].items() for method in item if method != "parameters"
    }
    assert described - called == set()


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("kind=token", {"token.rotated"}),
        ("actor=user", {"session.opened"}),
        ("outcome=refused", {"connection.refused"}),
        ("since=2026-03-02T06:00:00%2B00:00&kind=user", {"user.created"}),
        ("until=2026-03-02T05:30:00%2B00:00&kind=sync", set()),
    ],
)
def test_audit_is_filtered(monday: Scim, query: str, kinds: set[str]) -> None:
    monday.clock(MONDAY + timedelta(hours=2))
    anna = monday.user()
    monday.admin("POST", "/connections/{connection}/sync")
    monday.admin("POST", "/connections/{connection}/sessions", {"shadow_id": anna["id"]})
    tenant = monday.admin("POST", "/tenants", {"name": "Poor"}).json
    monday.admin("POST", f"/tenants/{tenant['id']}/connections")
    monday.admin("POST", "/connections/{connection}/rotate")
    lines = monday.admin("GET", f"/audit?{query}").body.splitlines()
    assert {json.loads(line)["kind"] for line in lines} == kinds


def test_token_that_has_ended_is_refused(monday: Scim) -> None:
    ends = (MONDAY + timedelta(hours=1)).isoformat()
    token = monday.admin("POST", "/connections/{connection}/rotate", {"expires_at": ends}).json["token"]
    assert monday.request("GET", "/Users", token=token).status == 200
    monday.clock(MONDAY + timedelta(hours=1))
    assert monday.request("GET", "/Users", token=token).status == 401


def test_last_use_of_a_token_survives_a_restart(tmp_path: Any) -> None:
    from reference_server.embedded import embedded_server

    arguments = ["--token", "scim_tok_x", "--admin-token", "adm"]
    with embedded_server(data=tmp_path / "data", virtual_clock_start=MONDAY, arguments=arguments) as server:
        scim = Scim(server)
        assert scim.admin("GET", CONNECTION).json["used_at"] is None
        scim.get("/Users")
        assert scim.admin("GET", CONNECTION).json["used_at"] == MONDAY.isoformat()
    later = MONDAY + timedelta(days=1)
    with embedded_server(data=tmp_path / "data", virtual_clock_start=later, arguments=arguments) as server:
        assert Scim(server).admin("GET", CONNECTION).json["used_at"] == MONDAY.isoformat()


def test_values_are_in_the_audit_trail_only_when_switched_on(monday: Scim) -> None:
    anna = monday.user(displayName="zz-canary-1")
    monday.admin("PATCH", CONNECTION, {"personal_data": True})
    monday.patch(f"/Users/{anna['id']}", {"op": "replace", "path": "displayName", "value": "zz-canary-2"})
    monday.admin("POST", f"{CONNECTION}/sync")
    trail = monday.admin("GET", "/audit").body.decode()
    assert '["zz-canary-1","zz-canary-2"]' in trail
    assert monday.admin("GET", "/audit/verify").json["whole"]


def test_wrong_admin_tokens_are_slowed_and_the_right_one_is_not(monday: Scim) -> None:
    url = f"{monday.server.admin_url}/tenants"
    statuses = [monday.request("GET", url, token="wrong").status for _ in range(101)]
    assert (statuses[0], statuses[-1]) == (401, 429)
    assert monday.admin("GET", "/tenants").status == 200
