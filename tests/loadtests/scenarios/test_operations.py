"""What counts as a success: the status, and that the answer is the one to this question."""

from __future__ import annotations

from typing import Any

import pytest

from loadtests.scenarios.operations import Check, anything, at_most_one, failure_of, nobody, resource

ANNA = {"id": "1", "userName": "anna@contoso.example"}
MATCH = at_most_one("userName", "Anna@contoso.example")


def found(*resources: Any, total: Any = None) -> dict[str, Any]:
    return {"totalResults": len(resources) if total is None else total, "Resources": list(resources)}


CASES: list[tuple[str, str, int, Any, Check, str | None]] = [
    ("matched in another case", "match user", 200, found(ANNA), MATCH, None),
    ("nobody matched", "match user", 200, found(), MATCH, None),
    ("nobody, and Resources left out", "match user", 200, {"totalResults": 0}, MATCH, None),
    ("filter ignored, everybody answered", "match user", 200, found(ANNA, {"id": "2"}), MATCH, "more than one match"),
    (
        "filter ignored, somebody else",
        "match user",
        200,
        found({"id": "2", "userName": "ole"}),
        MATCH,
        "matched a different resource",
    ),
    ("a match without a name", "match user", 200, found({"id": "2"}), MATCH, "matched a different resource"),
    ("match without id", "match user", 200, found({"userName": ANNA["userName"]}), MATCH, "match without id"),
    ("a match that is no object", "match user", 200, found("anna"), MATCH, "match without id"),
    ("a number as id", "match user", 200, found({**ANNA, "id": 1}), MATCH, "match without id"),
    (
        "total without resources",
        "match user",
        200,
        found(total=1),
        MATCH,
        "totalResults is not the number of Resources",
    ),
    ("total as text", "match user", 200, found(total="0"), MATCH, "not a ListResponse"),
    (
        "Resources as an object",
        "match user",
        200,
        {"totalResults": 0, "Resources": {"a": 1}},
        MATCH,
        "not a ListResponse",
    ),
    ("a page of HTML", "match user", 200, None, MATCH, "not a ListResponse"),
    ("a list outside of a list response", "match user", 200, [ANNA], MATCH, "not a ListResponse"),
    ("404 for nobody", "match user", 404, None, MATCH, "404"),
    ("created", "create user", 201, ANNA, resource, None),
    ("created, but nothing told", "create user", 201, None, resource, "no id in the response"),
    ("created, empty id", "create user", 201, {"id": ""}, resource, "no id in the response"),
    ("accepted for later", "create user", 202, ANNA, resource, "202"),
    ("there already", "create user", 409, {"scimType": "uniqueness"}, resource, "409 uniqueness"),
    ("an error that is no SCIM", "create user", 500, "<html>", resource, "500"),
    ("an error with an odd scimType", "create user", 400, {"scimType": 7}, resource, "400"),
    ("an endless scimType", "create user", 400, {"scimType": "x" * 999}, resource, f"400 {'x' * 40}"),
    ("a redirect", "create user", 302, None, resource, "302"),
    ("member added silently", "add member", 204, None, anything, None),
    ("member added, group answered", "add member", 200, {"id": "g"}, anything, None),
    ("no answer at all", "add member", 0, None, anything, "no response"),
    ("manager not found", "set manager", 400, {"scimType": "invalidValue"}, anything, "400 invalidValue"),
    ("probe answered empty", "probe user", 200, found(), nobody, None),
    ("probe finds somebody", "probe user", 200, found(ANNA), nobody, "found a user that does not exist"),
    (
        "probe finds somebody, total 0",
        "probe user",
        200,
        found(ANNA, total=0),
        nobody,
        "found a user that does not exist",
    ),
    ("probe answered 404", "probe user", 404, None, nobody, "404"),
]


@pytest.mark.parametrize(
    ("operation", "status", "body", "check", "wrong"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_an_answer_counts(operation: str, status: int, body: Any, check: Check, wrong: str | None) -> None:
    assert failure_of(operation, status, body, check) == wrong
