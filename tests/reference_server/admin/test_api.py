"""The admin API against its own description: every operation there is, and what it answers is of the shape it says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pytest

from reference_server.admin.api import WITH_BODY
from reference_server.admin.document import Document
from reference_server.admin.guard import MAX_BODY_BYTES
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
        schema = {**closed(content)["schema"], "components": closed(document["components"])}
        jsonschema_rs.Draft202012Validator(schema).validate(reply.json)


def closed(schema: Any) -> Any:
    """The schema without room for members that it does not describe."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: closed(value) for name, value in schema.items()}
    for value in [*found.get("properties", {}).values(), found.get("items"), found.get("schema")]:
        if isinstance(value, dict) and value.keys() & {"$ref", "allOf", "properties"}:
            value["unevaluatedProperties"] = False
    return found


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
    call("POST", "/tenants", {"name": "T" * MAX_BODY_BYTES}, status=413)
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
    described_queries = (
        f"?shadow_id={anna['id']}",
        f"?changed_since={quote(MONDAY.isoformat())}&after_event=1&count=1",
    )
    for query in described_queries:
        call("GET", f"{CONNECTION}/accounts", query=query, status=200)
    for path in ("accounts", "orphans", "conflicts", "exposure", "traffic", "runs", "preview"):
        call("GET", f"{CONNECTION}/{path}", status=200)
    call("GET", "/connections", status=200)
    call("GET", CONNECTION, status=200)
    call("DELETE", "/sessions/{session}", status=200)
    call("GET", "/audit", query="?kind=account", status=200)
    call("GET", "/audit/verify", status=200)
    call("GET", "/openapi.json", status=200)
    call("POST", f"{CONNECTION}/rotate", {"expires_at": (MONDAY + timedelta(days=1)).isoformat()}, status=200)
    call("POST", f"{CONNECTION}/rotate", {"expires_at": MONDAY.isoformat()}, status=400)
    call("POST", f"{CONNECTION}/rotate", {"expires_at": "soon"}, status=400)
    call("POST", f"{CONNECTION}/revoke", status=200)
    call("DELETE", CONNECTION, status=200)
    call("GET", CONNECTION, status=404)
    described = {
        (path, method) for path, item in document["paths"].items() for method in item if method != "parameters"
    }
    assert described - called == set()


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        (
            "POST",
            "/tenants",
            {"name": "T", "plan": "gold"},
            400,
            'plan: expected one of free, team, enterprise; got "gold"',
        ),
        ("POST", "/tenants", {"name": " "}, 400, "name: expected a string that is not empty"),
        ("PATCH", "/tenants/{tenant}", {"plan": "gold"}, 400, "plan: expected one of free, team, enterprise"),
        ("POST", "/tenants/{tenant}/accounts", {"email": "ada"}, 400, 'email: expected an email address, got "ada"'),
        ("PATCH", "/connections/{connection}", {"brake_users": -1}, 400, "brake_users: expected a number of users"),
        ("PATCH", "/connections/{connection}", {"window_end_hour": 0}, 400, "window_start_hour: expected an hour not"),
        ("POST", "/tenants", {"plan": "free"}, 400, "name: expected a string"),
        ("POST", "/tenants", [], 400, "the body must be a JSON object"),
        ("POST", "/tenants/none/connections", None, 404, "tenant none does not exist"),
        ("GET", "/connections/none", None, 404, "connection none does not exist"),
        (
            "PATCH",
            "/connections/{connection}",
            {"sync_every_minutes": 0},
            400,
            "sync_every_minutes: expected a number of minutes",
        ),
        ("PATCH", "/connections/{connection}", {"deprovisioning": "later"}, 400, "deprovisioning: expected one of"),
        (
            "PATCH",
            "/connections/{connection}",
            {"nonsense": 1},
            400,
            "nonsense: unknown member of the body; expected one of deprov",
        ),
        ("PATCH", "/connections/{connection}", {"group_mappings": {"g": {"x": []}}}, 400, "group_mappings: expected"),
        (
            "POST",
            "/tenants",
            {"name": "x", "foo": 1},
            400,
            "foo: unknown member of the body; expected one of name, plan",
        ),
        (
            "PATCH",
            "/tenants/{tenant}",
            {"name": "x"},
            400,
            "name: unknown member of the body; expected one of plan, sso",
        ),
        (
            "POST",
            "/tenants/{tenant}/connections",
            {"token_expires_at": "yesterday"},
            400,
            "token_expires_at: unknown member",
        ),
        ("POST", "/connections/{connection}/revoke", {"x": 1}, 400, "x: unknown member of the body; expected none"),
        ("POST", "/connections/{connection}/sessions", {}, 400, "expected shadow_id or email"),
        ("POST", "/connections/{connection}/sessions", {"email": "nobody@x"}, 404, "the account does not exist"),
        ("GET", "/sessions/none", None, 404, "the session does not exist"),
        ("GET", "/connections/{connection}/accounts?start=x", None, 400, "start: expected a whole number"),
        ("GET", "/connections/{connection}/accounts?changed_since=x", None, 400, "changed_since: expected a time"),
    ],
)
def test_wrong_admin_requests_get_one_line(
    scim: Scim, method: str, path: str, body: Any, status: int, words: str
) -> None:
    tenant = scim.admin("GET", "/connections/{connection}").json["tenant_id"]
    reply = scim.admin(method, path.replace("{tenant}", tenant), body)
    assert reply.status == status
    assert words in reply.json["error"]


def test_requests_can_contain_only_what_the_document_describes(scim: Scim) -> None:
    """A parameter or a member that the document lacks is therefore unusable, and the tests of its feature fail."""
    for path, method, _ in Document().operations():
        reply = scim.admin(method.upper(), path.replace("{", "").replace("}", "") + "?nonsense=1")
        assert (reply.status, reply.json["error"].partition(";")[0]) == (400, "nonsense: unknown query parameter"), path
        if method in WITH_BODY:
            reply = scim.admin(method.upper(), path.replace("{", "").replace("}", ""), {"nonsense": 1})
            said = reply.json["error"].partition(";")[0]
            assert (reply.status, said) == (400, "nonsense: unknown member of the body"), path
