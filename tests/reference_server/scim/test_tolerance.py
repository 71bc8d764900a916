"""Each row of the table of leniencies, as requests to a tolerant and to a strict server; and the table as docs show it."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from reference_server.scim.bulk import BULK_URN
from reference_server.scim.tolerance import LENIENCIES, Leniency, Rules
from tests.support import ENTERPRISE, GROUP, NUMBERS, PATCH, ROOT, USER, Reply, Scim

BUGS = ROOT / "tests" / "reference_server" / "interop" / "bugs.txt"
SYNTAX, PATH, VALUE = ((400, f"invalid{what}") for what in ("Syntax", "Path", "Value"))
NO_TARGET = (400, "noTarget")
WORK = 'emails[type eq "work"]'
ROLE = '{"id":"18d14569","value":"25","displayName":"Admin"}'

Expected = tuple[int, Any]  # a status with the scimType of an error, or with what must be shown after it


@dataclass(frozen=True)
class Case:
    """One request and what each mode makes of it; `strict` None: the same as tolerant mode.

    `{user}`, `{boss}`, `{group}` stand for ids of resources made for the case (the group holds both users), `{name}` for a
    userName that is free. What must be shown is a part of the resource, in which None means "is not there".
    """

    method: str
    path: str
    body: Any
    tolerant: Expected
    strict: Expected | None = None
    headers: dict[str, str | None] = field(default_factory=dict)


def patch(
    operation: dict[str, Any] | list[dict[str, Any]],
    tolerant: Expected,
    strict: Expected | None = None,
    path: str = "/Users/{user}",
) -> Case:
    operations = operation if isinstance(operation, list) else [operation]
    return Case("PATCH", path, {"schemas": [PATCH], "Operations": operations}, tolerant, strict)


def post(attributes: dict[str, Any], tolerant: Expected, strict: Expected | None = None) -> Case:
    return Case("POST", "/Users", {"schemas": [USER], "userName": "{name}", **attributes}, tolerant, strict)


def bulk(operation: dict[str, Any], tolerant: Expected, strict: Expected | None = None) -> Case:
    return Case("POST", "/Bulk", {"schemas": [BULK_URN], "Operations": [operation]}, tolerant, strict)


def get(path: str, ids: list[str]) -> Case:
    return Case("GET", path, None, (200, {"Resources": [{"id": id_} for id_ in ids]}))


MADE = {"schemas": [USER], "userName": "{name}"}
MANAGED = {ENTERPRISE: {"manager": {"value": "{boss}"}}}
MOVED = {"active": False}
INACTIVE = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": False}]}

CASES: dict[str, list[Case]] = {
    "boolean-strings": [
        patch({"op": "replace", "path": "active", "value": "False"}, (200, MOVED), VALUE),
        post({"active": "FALSE"}, (201, MOVED), VALUE),
    ],
    "paths-as-keys": [
        patch({"op": "replace", "value": {"name.givenName": "Ann"}}, (200, {"name": {"givenName": "Ann"}}), SYNTAX),
        patch({"op": "add", "value": {f"{ENTERPRISE}:department": "Law"}}, (200, {ENTERPRISE: {"department": "Law"}}), SYNTAX),
    ],
    "filter-without-match": [
        patch(
            {"op": "replace", "path": f"{WORK}.value", "value": "w@x.com"},
            (200, {"emails": [{"type": "work", "value": "w@x.com"}]}),
            NO_TARGET,
        ),
        patch(
            {"op": "add", "path": 'members[value eq "nobody"]', "value": [{"value": "{user}"}]},
            (204, {"members": [{"value": "{user}"}, {"value": "{boss}"}]}),
            NO_TARGET,
            "/Groups/{group}",
        ),
    ],
    "remove-without-match": [
        patch({"op": "remove", "path": WORK}, (200, {"emails": None}), NO_TARGET),
        patch(
            {"op": "remove", "path": 'members[value eq "nobody"]'},
            (204, {"members": [{"value": "{user}"}, {"value": "{boss}"}]}),
            path="/Groups/{group}",
        ),
    ],
    "bare-reference": [
        patch({"op": "add", "path": f"{ENTERPRISE}:manager", "value": "{boss}"}, (200, MANAGED), VALUE),
        patch({"op": "add", "path": f"{ENTERPRISE}:manager", "value": [{"value": "{boss}"}]}, (200, MANAGED), VALUE),
        post({"emails": ["a@x.com"]}, (201, {"emails": [{"value": "a@x.com"}]}), VALUE),
    ],
    "extension-without-urn": [
        patch({"op": "add", "path": "manager", "value": {"value": "{boss}"}}, (200, MANAGED), PATH),
        post({"department": "Law"}, (201, {ENTERPRISE: {"department": "Law"}}), SYNTAX),
    ],
    "empty-strings": [
        post({ENTERPRISE: {"manager": {"value": ""}}}, (201, {ENTERPRISE: None}), VALUE),
        post({ENTERPRISE: {"manager": ""}}, (201, {ENTERPRISE: None}), VALUE),
        patch({"op": "replace", "path": "title", "value": ""}, (200, {"title": None}), (200, {"title": ""})),
        post({"title": ""}, (201, {"title": None}), (201, {"title": ""})),
    ],
    "json-in-strings": [
        patch(
            {"op": "add", "path": "roles", "value": [{"value": ROLE}]},
            (200, {"roles": [{"value": "25", "display": "Admin"}]}),
            (200, {"roles": [{"value": ROLE, "display": None}]}),
        ),
    ],
    "object-for-list": [
        post({"emails": {"value": "a@x.com"}}, (201, {"emails": [{"value": "a@x.com"}]}), VALUE),
    ],
    "unknown-attributes": [
        post({"favouriteColour": "red"}, (201, {"favouriteColour": None}), SYNTAX),
        post({"name": {"nickName": "red"}}, (201, {"name": None}), SYNTAX),
        post({ENTERPRISE: {"favouriteColour": "red"}}, (201, {ENTERPRISE: None}), SYNTAX),
        patch({"op": "add", "value": {"favouriteColour": "red"}}, (200, {"favouriteColour": None}), PATH),
        patch({"op": "add", "path": ENTERPRISE, "value": {"favouriteColour": "red"}}, (200, {ENTERPRISE: None}), PATH),
    ],
    "unknown-schemas": [
        post({"schemas": [USER, "urn:example:unknown"]}, (201, {"schemas": [USER]}), SYNTAX),
    ],
    "schemas-missing": [
        Case("POST", "/Users", {"userName": "{name}"}, (201, {"schemas": [USER]}), SYNTAX),
        Case("PATCH", "/Users/{user}", {"Operations": INACTIVE["Operations"]}, (200, MOVED), SYNTAX),
        Case("POST", "/Users/.search", {"filter": 'id eq "{user}"'}, (200, {"Resources": [{"id": "{user}"}]}), SYNTAX),
    ],
    "passwords": [
        post({"password": "Tr0ub4dor"}, (201, {"password": None}), SYNTAX),
        patch({"op": "add", "path": "password", "value": "Tr0ub4dor"}, (200, {"password": None}), PATH),
    ],
    "duplicate-json-keys": [
        Case("PATCH", "/Users/{user}", '{"Operations":[],' + json.dumps(INACTIVE)[1:], (200, MOVED), SYNTAX),
    ],
    "null-elements": [
        patch({"op": "replace", "value": {"active": False, "emails": [None]}}, (200, MOVED), VALUE),
        patch({"op": "replace", "value": {"active": False, "emails": [[]]}}, (200, MOVED), VALUE),
    ],
    "empty-path": [
        patch({"op": "replace", "path": "", "value": {"active": False}}, (200, MOVED), PATH),
        patch({"op": "add", "path": "", "value": {"active": False}}, (200, MOVED), PATH),
    ],
    "bulk-method-case": [
        bulk({"method": "post", "path": "/Users", "bulkId": "a", "data": MADE}, (201, {"userName": "{name}"}), SYNTAX),
        bulk({"method": "Put", "path": "/Users/{user}", "data": MADE}, (200, {"userName": "{name}"}), SYNTAX),
    ],
    "op-case": [
        patch({"op": "Replace", "path": "active", "value": False}, (200, MOVED)),
        patch({"op": "ADD", "path": "active", "value": False}, (200, MOVED)),
    ],
    "remove-with-values": [
        patch(
            {"op": "remove", "path": "members", "value": [{"value": "{boss}"}]},
            (204, {"members": [{"value": "{user}"}]}),
            path="/Groups/{group}",
        ),
    ],
    "put-without-active": [
        Case("PUT", "/Users/{boss}", {"schemas": [USER], "userName": "{name}"}, (200, MOVED)),
    ],
    "id-in-value": [
        patch({"op": "replace", "value": {"id": "{user}", "meta": {}, "groups": [], "active": False}}, (200, MOVED)),
        patch({"op": "replace", "value": {"schemas": ["urn:example:unknown"], "active": False}}, (200, MOVED)),
    ],
    "required-set-again": [
        patch(
            [
                {"op": "remove", "path": "userName"},
                {"op": "add", "path": "userName", "value": "{name}"},
            ],
            (200, {"userName": "{name}"}),
            (400, "mutability"),
        ),
        patch(
            [
                {"op": "replace", "path": "userName", "value": None},
                {"op": "replace", "path": "userName", "value": "{name}"},
            ],
            (200, {"userName": "{name}"}),
            (400, "mutability"),
        ),
    ],
    "null-in-reference": [
        post({ENTERPRISE: {"manager": {"value": "{boss}", "$ref": None, "displayName": None}}}, (201, MANAGED)),
        post({ENTERPRISE: {"manager": {"$ref": "https://x.example/scim/v2/Users/{boss}"}}}, (201, MANAGED)),
        post({ENTERPRISE: {"manager": {"value": None}}}, (201, {ENTERPRISE: None})),
        post({ENTERPRISE: {"manager": {"value": None, "$ref": None, "displayName": None}}}, (201, {ENTERPRISE: None})),
        patch(
            [
                {"op": "add", "path": f"{ENTERPRISE}:manager", "value": {"value": "{boss}"}},
                {"op": "replace", "path": f"{ENTERPRISE}:manager", "value": {"value": None}},
            ],
            (200, {ENTERPRISE: None}),
        ),
    ],
    "boolean-strings-in-filters": [
        get('/Users?filter=active eq "True" and id eq "{user}"', ["{user}"]),
        get('/Users?filter=active eq "True" and id eq "{boss}"', []),
    ],
    "attribute-after-filter": [
        get('/Users?filter=emails[type eq "home"].value eq "{name}"', ["{boss}"]),
    ],
    "json-media-types": [
        Case("PATCH", "/Users/{user}", INACTIVE, (200, MOVED), headers={"Content-Type": media_type})
        for media_type in ("application/json", "text/json", "application/json; charset=utf-8")
    ],
    "unknown-parameters": [
        get('/Users?aadOptscim062020&filter=id eq "{user}"&', ["{user}"]),
    ],
    "trailing-slash": [
        get('/Users/?filter=id eq "{user}"', ["{user}"]),
        Case("PATCH", "/Users/{user}/", INACTIVE, (200, MOVED)),
    ],
}  # fmt: skip


def filled(value: Any, ids: dict[str, str]) -> Any:
    """A case with the ids that it was made for."""
    if isinstance(value, str):
        for name, id_ in ids.items():
            value = value.replace(f"{{{name}}}", id_)
        return value
    if isinstance(value, dict):
        return {filled(name, ids): filled(item, ids) for name, item in value.items()}
    return [filled(item, ids) for item in value] if isinstance(value, list) else value


def shows(shown: Any, wanted: Any) -> bool:
    """Whether `wanted` is a part of what is shown; None means that it is not there."""
    if isinstance(wanted, dict):
        return isinstance(shown, dict) and all(shows(shown.get(name), item) for name, item in wanted.items())
    if isinstance(wanted, list):
        return isinstance(shown, list) and len(shown) == len(wanted) and all(map(shows, shown, wanted))
    return bool(shown == wanted)


def sent(server: Scim, case: Case, ids: dict[str, str]) -> Reply:
    path, body = filled(case.path, ids).replace(" ", "+"), filled(case.body, ids)
    raw = body.encode() if isinstance(body, str) else None
    reply = server.request(case.method, path, None if raw else body, raw=raw, headers=filled(case.headers, ids))
    return result_of_operation(server, reply) if path == "/Bulk" else reply


def result_of_operation(server: Scim, reply: Reply) -> Reply:
    """The result of the only operation of a Bulk request, as if the operation were a request of its own."""
    (result,) = reply.json["Operations"]
    body = json.dumps(result["response"]).encode() if "response" in result else server.get(result["location"]).body
    return Reply(int(result["status"]), {}, body)


@pytest.mark.parametrize("mode", ["tolerant", "strict"])
@pytest.mark.parametrize(
    ("row", "case"),
    [
        pytest.param(row, case, id=f"{row.key}-{n}")
        for row in LENIENCIES
        for n, case in enumerate(CASES.get(row.key, []))
    ],
)
def test_row(scim: Scim, strict: Scim, mode: str, row: Leniency, case: Case) -> None:
    server, expected = (scim, case.tolerant) if mode == "tolerant" else (strict, case.strict or case.tolerant)
    name = f"row-{next(NUMBERS)}@example.com"
    boss = server.user(active=False, emails=[{"value": name, "type": "home"}])
    user = server.user(active=True, title="Engineer")
    group = server.group(user["id"], boss["id"])
    ids = {"user": user["id"], "boss": boss["id"], "group": group["id"], "name": name}
    reply = sent(server, case, ids)
    assert reply.status == expected[0], reply.body
    if reply.status >= 400:
        assert reply.json["scimType"] == expected[1]
        assert f"`{expected[1]}`" in str(row.strict), "the table says what strict mode answers"
        after = server.get(f"/Users/{user['id']}").json
        assert after == {**user, "groups": after["groups"]}, "rejected, and nothing changed"
        return
    shown = reply.json if case.method == "GET" or ".search" in case.path else read_again(server, case, reply, ids)
    assert shows(shown, filled(expected[1], ids)), shown
    assert b"Tr0ub4dor" not in reply.body


def read_again(server: Scim, case: Case, reply: Reply, ids: dict[str, str]) -> Any:
    """What an independent GET shows of the resource that was written."""
    path = f"/Users/{reply.json['id']}" if case.method == "POST" else filled(case.path, ids)
    return server.get(path).json


def test_every_row_has_a_case_and_every_case_a_row() -> None:
    assert CASES.keys() == {row.key for row in LENIENCIES}
    assert all(CASES.values())


@pytest.mark.parametrize("row", LENIENCIES, ids=lambda row: row.key)
def test_row_differs_between_the_modes_as_it_says(row: Leniency) -> None:
    assert Rules().allows(row.key)
    assert Rules(strict=True).allows(row.key) == (row.strict is None)
    if row.strict is None:
        assert all(case.strict is None for case in CASES[row.key])
    else:
        assert any(case.strict is not None for case in CASES[row.key])


def test_bugs_that_rows_prevent_are_known() -> None:
    known = {line for line in BUGS.read_text("utf-8").splitlines() if not line.startswith("#")}
    assert {row.prevents for row in LENIENCIES if row.prevents} - known == set()


def asked(path: Path) -> Iterator[str]:
    """The keys that a file asks the rules for."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "allows":
            found = [each.value for each in ast.walk(node.args[0]) if isinstance(each, ast.Constant)]
            yield from (str(value) for value in found if value != "remove")


def test_the_code_asks_for_exactly_the_rows_that_differ() -> None:
    keys = {key for path in (ROOT / "reference_server").rglob("*.py") for key in asked(path)}
    assert keys == {row.key for row in LENIENCIES if row.strict is not None}


def as_markdown() -> str:
    lines = ["| accepted | sent by | prevents | with `--strict` |", "| --- | --- | --- | --- |"]
    for row in LENIENCIES:
        prevents = f"`{row.prevents}`" if row.prevents else "–"
        lines.append(f"| {row.what} | {row.who} | {prevents} | {row.strict or 'accepted as well'} |")
    return "\n".join(lines)


def test_docs_show_the_table() -> None:
    """When this fails, put what `as_markdown` gives into the section "Tolerant and strict" of docs/serve.md."""
    assert as_markdown() in (ROOT / "docs" / "serve.md").read_text("utf-8")


def test_a_group_without_schemas_is_accepted_as_a_user_is(scim: Scim, strict: Scim) -> None:
    body = {"displayName": f"row {next(NUMBERS)}"}
    assert scim.request("POST", "/Groups", body).json["schemas"] == [GROUP]
    assert strict.request("POST", "/Groups", body).json["scimType"] == "invalidSyntax"
