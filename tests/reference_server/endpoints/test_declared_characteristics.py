"""Characteristics that a schema of the operator declares hold for every way to write: members, sub-attributes, nothing at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from reference_server.embedded import embedded_server
from tests.support import GROUP, ROOT, USER, Scim

SCHEMAS = ROOT / "reference_server" / "scim" / "schemas"
TAG = "urn:example:params:scim:schemas:core:2.0:Tag"


def declared(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def scim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scim]:
    folder = tmp_path_factory.mktemp("schemas")
    user, group = declared("user"), declared("group")
    next(one for one in group["attributes"] if one["name"] == "members")["required"] = True
    name = next(one for one in user["attributes"] if one["name"] == "name")
    for part in name["subAttributes"]:
        part.update(
            {"givenName": {"mutability": "immutable"}, "middleName": {"returned": "request"}}.get(part["name"], {})
        )
    tag = {"id": TAG, "attributes": [{"name": "color", "type": "string"}]}
    types = {"id": "Tag", "name": "Tag", "endpoint": "/Tags", "schema": TAG}
    (folder / "all.json").write_text(json.dumps([user, group, tag, types]), "utf-8")
    with embedded_server(arguments=["--schemas", str(folder)]) as server:
        yield Scim(server)


def test_a_resource_without_a_value_is_created(scim: Scim) -> None:
    reply = scim.request("POST", "/Tags", {"schemas": [TAG]})
    assert reply.status == 201
    assert scim.get(f"/Tags/{reply.json['id']}").status == 200


def test_required_members_may_stay_and_must_not_all_go(scim: Scim) -> None:
    group = scim.group(scim.user()["id"])
    path = f"/Groups/{group['id']}"
    assert scim.patch(path, {"op": "replace", "path": "displayName", "value": "Renamed"}).status == 204
    gone = scim.patch(path, {"op": "remove", "path": "members"})
    assert (gone.status, gone.json["scimType"]) == (400, "mutability")
    assert scim.request("POST", "/Groups", {"schemas": [GROUP], "displayName": "Empty"}).status == 400


CHANGES: dict[str, Any] = {
    "PUT": {"givenName": "Eva", "familyName": "Berg"},
    "PATCH of the part": {"op": "replace", "path": "name.givenName", "value": "Eva"},
    "PATCH of the whole": {"op": "replace", "path": "name", "value": {"givenName": "Eva"}},
    "PATCH remove": {"op": "remove", "path": "name"},
}


@pytest.mark.parametrize("way", CHANGES)
def test_an_immutable_part_stays(scim: Scim, way: str) -> None:
    user = scim.user(name={"givenName": "Anna", "familyName": "Berg"})
    path, change = f"/Users/{user['id']}", CHANGES[way]
    if way == "PUT":
        reply = scim.request("PUT", path, {"schemas": [USER], "userName": user["userName"], "name": change})
    else:
        reply = scim.patch(path, change)
    assert (reply.status, reply.json["scimType"]) == (400, "mutability")
    assert scim.get(path).json["name"]["givenName"] == "Anna"


def test_a_put_without_an_immutable_part_keeps_it(scim: Scim) -> None:
    user = scim.user(name={"givenName": "Anna", "familyName": "Berg"})
    body = {"schemas": [USER], "userName": user["userName"], "name": {"familyName": "Falk"}}
    assert scim.request("PUT", f"/Users/{user['id']}", body).json["name"] == {"givenName": "Anna", "familyName": "Falk"}


def test_a_part_on_request_is_in_the_answer_to_its_write(scim: Scim) -> None:
    user = scim.user(name={"middleName": "Maria", "familyName": "Berg"})
    assert user["name"]["middleName"] == "Maria"
    assert "middleName" not in scim.get(f"/Users/{user['id']}").json["name"]
