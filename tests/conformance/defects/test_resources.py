"""Changed resources: only users and groups are changed, in single replies and in lists, and only in successes."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from conformance.defects.edits import ENTERPRISE, USER
from conformance.defects.resources import (
    UNSET,
    before,
    body_of,
    declared_names,
    new_value,
    patched,
    sent,
    shown,
    with_elements,
    with_extension,
    with_values,
    without,
)
from conformance.defects.wire import Reply, Request, Server

EVA = {"id": "1", "userName": "Eva", "emails": [{"value": "a"}, {"value": "b"}], ENTERPRISE: {"division": "N"}}
GET = Request("GET", "/Users/1")


def always(reply: Reply) -> Server:
    return Server(lambda request: reply)


def mark(resource: dict[str, Any]) -> dict[str, Any]:
    return {**resource, "marked": True}


@pytest.mark.parametrize(
    ("request_", "reply", "marked"),
    [
        (GET, Reply.of(200, EVA), True),
        (Request("POST", "/Groups"), Reply.of(201, EVA), True),
        (GET, Reply.of(404, EVA), False),
        (GET, Reply.of(200, {"detail": "no id"}), False),
        (GET, Reply(204), False),
        (Request("GET", "/Schemas"), Reply.of(200, EVA), False),
    ],
)
def test_users_and_groups_in_successful_replies_are_changed(request_: Request, reply: Reply, marked: bool) -> None:
    changed = shown(request_, always(reply), mark)
    assert (changed != reply) is marked
    assert not marked or changed.json["marked"] is True


def test_every_resource_of_a_list_is_changed() -> None:
    changed = shown(Request("GET", "/Users"), always(Reply.of(200, {"totalResults": 2, "Resources": [EVA, EVA]})), mark)
    assert [item["marked"] for item in changed.json["Resources"]] == [True, True]
    assert changed.json["totalResults"] == 2


def test_a_method_limits_the_change_to_its_replies() -> None:
    server = always(Reply.of(200, EVA))
    assert with_values(GET, server, method="PUT", userName=str.upper).json == EVA
    assert with_values(GET, server, method="GET|PUT", userName=str.upper).json["userName"] == "EVA"


def test_attributes_that_are_absent_are_not_added() -> None:
    server = always(Reply.of(200, {"id": "1"}))
    assert with_values(GET, server, userName=str.upper).json == {"id": "1"}
    assert with_elements(GET, server, "emails", mark).json == {"id": "1"}
    assert with_extension(GET, server, mark).json == {"id": "1"}


def test_elements_and_the_extension_are_changed_in_their_place() -> None:
    server = always(Reply.of(200, EVA))
    changed = with_elements(GET, server, "emails", mark).json
    assert changed == {**EVA, "emails": [{"value": "a", "marked": True}, {"value": "b", "marked": True}]}
    assert with_extension(GET, server, mark).json == {**EVA, ENTERPRISE: {"division": "N", "marked": True}}
    assert without(changed, "emails", ENTERPRISE, "title") == {"id": "1", "userName": "Eva"}


@pytest.mark.parametrize(
    ("method", "path", "body", "changes"),
    [
        ("POST", "/Users", {"userName": "eva"}, True),
        ("PUT", "/Groups/1", {"displayName": "g"}, True),
        ("PATCH", "/Users/1", {"Operations": []}, False),
        ("POST", "/Bulk", {"Operations": []}, False),
        ("POST", "/Users", [], False),
        ("POST", "/Users", {}, False),
    ],
)
def test_only_the_bodies_of_creates_and_replacements_are_changed(
    method: str, path: str, body: Any, changes: bool
) -> None:
    seen: list[Request] = []
    request = Request(method, path, body=orjson.dumps(body))
    assert bool(body_of(request)) is changes

    def server(received: Request) -> Reply:
        seen.append(received)
        return Reply(204)

    sent(request, Server(server), mark)
    assert seen[0].json == (mark(body) if changes else body)


def test_declared_names_are_read_once_and_include_the_common_attributes() -> None:
    asked: list[Request] = []
    schemas = [{"id": USER, "attributes": [{"name": "userName"}]}, {"id": "urn:other", "attributes": [{"name": "x"}]}]

    def ask(request: Request) -> Reply:
        asked.append(request)
        return Reply.of(200, {"Resources": schemas})

    server = Server(ask)
    names = {"userName", USER, "urn:other", "schemas", "id", "externalId", "meta"}
    assert declared_names(GET, server) == declared_names(GET, server) == names
    assert len(asked) == 1


def patch_of(*operations: dict[str, Any]) -> Request:
    return Request("PATCH", "/Users/1", "", {}, orjson.dumps({"Operations": list(operations)}))


@pytest.mark.parametrize(
    ("request_", "value"),
    [
        (Request("PUT", "/Users/1", "", {}, orjson.dumps({"active": False})), False),
        (Request("PUT", "/Users/1", "", {}, orjson.dumps({"title": "x"})), UNSET),
        (patch_of({"op": "replace", "path": "ACTIVE", "value": False}), False),
        (patch_of({"op": "replace", "value": {"active": False}}), False),
        (patch_of({"op": "replace", "path": "title", "value": "x"}), UNSET),
        (GET, UNSET),
    ],
)
def test_the_new_value_of_an_attribute_is_found_in_every_kind_of_change(request_: Request, value: Any) -> None:
    assert new_value(request_, "active") is value


def test_what_a_change_is_about_to_change_is_read_before() -> None:
    assert before(patch_of(), always(Reply.of(200, EVA))) == EVA
    assert before(patch_of(), always(Reply.error(404))) == {}
    assert before(GET, always(Reply.of(200, EVA))) == {}


def test_a_defect_sends_a_patch_of_its_own() -> None:
    seen: list[Request] = []
    server = Server(lambda request: seen.append(request) or Reply(204))  # type: ignore[func-returns-value]
    assert patched(server, GET, "/Groups/2", {"op": "remove", "path": "members"}).status == 204
    assert (seen[0].method, seen[0].path, seen[0].operations) == (
        "PATCH",
        "/Groups/2",
        [{"op": "remove", "path": "members"}],
    )
