"""What the server accepts and rejects in tolerant and in strict mode: one row for each property of a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support import ENTERPRISE, NUMBERS, PATCH, USER, Reply, Scim

Trait = Callable[[Scim, dict[str, Any]], Reply]
SYNTAX, VALUE = (400, "invalidSyntax"), (400, "invalidValue")


def patch(*operations: dict[str, Any]) -> Trait:
    return lambda scim, user: scim.patch(f"/Users/{user['id']}", *operations)


def post(**attributes: Any) -> Trait:
    return lambda scim, user: scim.request(
        "POST", "/Users", {"schemas": [USER], "userName": f"row-{next(NUMBERS)}", **attributes}
    )


def put(**attributes: Any) -> Trait:
    return lambda scim, user: scim.request("PUT", f"/Users/{user['id']}", {**user, **attributes})


def get(path: str) -> Trait:
    return lambda scim, user: scim.get(path)


def typed(media_type: str) -> Trait:
    body = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": False}]}
    return lambda scim, user: scim.request("PATCH", f"/Users/{user['id']}", body, headers={"Content-Type": media_type})


ROWS: list[tuple[str, Trait, Any, Any]] = [
    ("PATCH without path", patch({"op": "replace", "value": {"active": False}}), 200, 200),
    ("path as a key", patch({"op": "replace", "value": {"name.givenName": "Ann"}}), 200, SYNTAX),
    ("unknown key without path", patch({"op": "replace", "value": {"favouriteColour": "red"}}), 200, (400, "invalidPath")),
    ("path that ends in a dot", patch({"op": "replace", "path": "name.", "value": {"givenName": "Ann"}}), (400, "invalidPath"), (400, "invalidPath")),
    ("op with a capital", patch({"op": "Replace", "path": "active", "value": False}), 200, 200),
    ("boolean as text", patch({"op": "replace", "path": "active", "value": "False"}), 200, VALUE),
    ("other text for a boolean", patch({"op": "replace", "path": "active", "value": "no"}), VALUE, VALUE),
    ("unknown attribute", post(favouriteColour="red"), 201, SYNTAX),
    ("unknown schema", post(schemas=[USER, "urn:example:unknown"]), 201, SYNTAX),
    ("extension attribute without its URN", post(department="Legal"), 201, SYNTAX),
    ("password", post(password="Tr0ub4dor"), 201, SYNTAX),
    ("password in a PATCH", patch({"op": "add", "path": "password", "value": "Tr0ub4dor"}), 200, (400, "invalidPath")),
    ("groups, meta and id", put(groups=[{"value": "x"}], meta={"version": "x"}), 200, 200),
    ("one object for a list", post(emails={"value": "a@b.example"}), 201, VALUE),
    ("manager as a bare id", patch({"op": "add", "path": f"{ENTERPRISE}:manager", "value": "nobody"}), 200, VALUE),
    ("PUT", put(title="x"), 200, 200),
    ("application/json", typed("application/json"), 200, 200),
    ("text/json", typed("text/json"), 200, 200),
    ("element that is not there", patch({"op": "replace", "path": 'emails[type eq "x"].value', "value": "a"}), 200, (400, "noTarget")),
    ("Entra's value path", get('/Users?filter=emails[type eq "work"].value eq "nobody"'.replace(" ", "+")), 200, 200),
    ("RFC value path", get('/Users?filter=emails[type eq "work" and value eq "nobody"]'.replace(" ", "+")), 200, 200),
    ("unknown user in a filter", get('/Users?filter=userName+eq+"nobody"'), 200, 200),
    ("no schemas", lambda scim, user: scim.request("POST", "/Users", {"userName": f"row-{next(NUMBERS)}"}), 201, SYNTAX),
]  # fmt: skip


@pytest.mark.parametrize("mode", ["tolerant", "strict"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_row(scim: Scim, strict: Scim, mode: str, row: tuple[str, Trait, Any, Any]) -> None:
    server, expected = (scim, row[2]) if mode == "tolerant" else (strict, row[3])
    user = server.user(active=True)
    reply = row[1](server, user)
    assert (reply.status if isinstance(expected, int) else (reply.status, reply.json["scimType"])) == expected, (
        reply.body
    )
    assert b"Tr0ub4dor" not in reply.body
    shown = server.get(f"/Users/{user['id']}").json
    if reply.status >= 400:
        assert shown == user, "refused, and nothing changed"


@pytest.mark.parametrize("mode", ["tolerant", "strict"])
def test_removal_with_a_list_never_clears_all(scim: Scim, strict: Scim, mode: str) -> None:
    server = scim if mode == "tolerant" else strict
    people = sorted(server.user()["id"] for _ in range(3))
    group = server.group(*people)
    operation = {"op": "remove", "path": "members", "value": [{"value": people[0]}]}
    assert server.patch(f"/Groups/{group['id']}", operation).status == 204
    assert server.members(group) == people[1:]
    operation = {"op": "remove", "path": f'members[value eq "{people[1]}"]'}
    assert server.patch(f"/Groups/{group['id']}", operation).status == 204
    assert server.members(group) == people[2:]
