"""Conditions: when they hold, and when not."""

from __future__ import annotations

import orjson
import pytest

from conformance.defects.conditions import (
    Condition,
    answers,
    asks,
    body_has,
    carries,
    condition_of,
    error_is,
    exceeds,
    fails,
    finds_nothing,
    lacks,
    lists,
    names,
    operates,
    queries,
    sends,
    shows,
    succeeds,
)
from conformance.defects.wire import Reply, Request

LOOK_UP = Request("GET", "/Users", "filter=userName%20eq%20%22anna%22&count=20", {"accept": "application/json"})
CREATE = Request("POST", "/Users", body=orjson.dumps({"userName": "anna", "emails": [], "schemas": ["urn:x"]}))
OPERATIONS = [{"op": "Remove", "path": "members"}, {"op": "add", "path": "active", "value": False}, {"op": "add"}]
CHANGE = Request("PATCH", "/Groups/1", body=orjson.dumps({"Operations": OPERATIONS}))
NOTHING = Reply(0)


@pytest.mark.parametrize(
    ("where", "holds"),
    [("GET", True), ("* /Users", True), ("POST|GET /Groups|/Us*", True), ("POST", False), ("GET /Groups", False)],
)
def test_a_string_describes_methods_and_paths(where: str, holds: bool) -> None:
    assert condition_of(where).holds(LOOK_UP, NOTHING) is holds


@pytest.mark.parametrize(
    ("condition", "request_", "holds"),
    [
        (asks(), LOOK_UP, True),
        (asks(), CREATE, False),
        (asks("anna"), LOOK_UP, True),
        (asks("^anna"), LOOK_UP, False),
        (names("startIndex|count"), LOOK_UP, True),
        (names("count", "^1"), LOOK_UP, False),
        (exceeds("count", 19), LOOK_UP, True),
        (exceeds("count", 20), LOOK_UP, False),
        (queries("%20eq"), LOOK_UP, True),
        (queries(), CREATE, False),
        (carries("accept", "json"), LOOK_UP, True),
        (carries("if-match"), LOOK_UP, False),
        (body_has(), CREATE, True),
        (body_has(), LOOK_UP, False),
        (body_has('"anna"'), CREATE, True),
        (sends("userName", "^an"), CREATE, True),
        (sends("schemas[]", "urn"), CREATE, True),
        (sends("title"), CREATE, False),
        (sends("userName"), LOOK_UP, False),
        (lacks("emails"), CREATE, True),
        (lacks("title"), CREATE, True),
        (lacks("userName"), CREATE, False),
        (lacks("title"), LOOK_UP, False),
        (operates(), CHANGE, True),
        (operates(), CREATE, False),
        (operates("remove", "member"), CHANGE, False),
        (operates("remove", "members"), CHANGE, True),
        (operates(path="active", value=False), CHANGE, True),
        (operates(path="active", value="(?i:FALSE)"), CHANGE, True),
        (operates(path="active", value=True), CHANGE, False),
        (operates("add", lacks="path"), CHANGE, True),
        (operates("remove", has="value"), CHANGE, False),
        (operates("remove", empty="value"), CHANGE, True),
    ],
)
def test_a_condition_of_the_request(condition: Condition, request_: Request, holds: bool) -> None:
    assert condition.holds(request_, NOTHING) is holds


@pytest.mark.parametrize(
    ("condition", "reply", "holds"),
    [
        (answers(400, 404), Reply.error(404), True),
        (answers(400), NOTHING, False),
        (succeeds(), Reply(204), True),
        (succeeds(), Reply.error(400), False),
        (fails(), Reply.error(500), True),
        (fails(), NOTHING, False),
        (error_is("mutability"), Reply.error(400, "mutability"), True),
        (error_is("mutability"), Reply(204), False),
        (shows("active", False), Reply.of(200, {"active": False}), True),
        (shows("active", False), Reply.of(404, {"active": False}), False),
        (lists(), Reply.of(200, {"Resources": []}), True),
        (lists(), Reply.of(200, {"id": "1"}), False),
        (finds_nothing(), Reply.of(200, {"totalResults": 0}), True),
        (finds_nothing(), Reply.of(200, {"totalResults": 1, "Resources": [{}]}), False),
        (finds_nothing(), Reply.of(200, {"id": "1"}), False),
    ],
)
def test_a_condition_of_the_reply(condition: Condition, reply: Reply, holds: bool) -> None:
    assert condition.holds(LOOK_UP, reply) is holds
