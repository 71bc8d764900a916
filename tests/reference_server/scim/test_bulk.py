"""The order of bulk operations, and the bulkIds in them (RFC 7644 section 3.7)."""

from __future__ import annotations

from typing import Any

import pytest

from reference_server.scim import errors
from reference_server.scim.bulk import BULK_URN, plan_bulk, resolve
from reference_server.scim.tolerance import Rules

TOLERANT, STRICT = Rules(), Rules(strict=True)


def operation(bulk_id: str, *needs: str, method: str = "POST") -> dict[str, Any]:
    data = {"displayName": bulk_id, "members": [{"value": f"bulkId:{name}"} for name in needs]}
    return {"method": method, "path": "/Groups", "bulkId": bulk_id, "data": data}


def test_bulk_order_satisfies_references() -> None:
    body = {"schemas": [BULK_URN], "Operations": [operation("a", "b"), operation("b", "c"), operation("c")]}
    assert [o.bulk_id for o in plan_bulk(body, 10, TOLERANT).ordered] == ["c", "b", "a"]


def test_bulk_circle_is_a_conflict_for_those_in_it_only() -> None:
    body = {
        "schemas": [BULK_URN],
        "Operations": [operation("a", "b"), operation("b", "a"), operation("c"), operation("d", "d")],
    }
    found = {o.bulk_id: o.error.status if o.error else None for o in plan_bulk(body, 10, TOLERANT).ordered}
    assert found == {"c": None, "d": 409, "a": 409, "b": 409}


def test_bulk_order_takes_linear_time() -> None:
    chain = [operation(f"n{i}", f"n{i + 1}") for i in range(999)] + [operation("n999")]
    assert len(plan_bulk({"schemas": [BULK_URN], "Operations": chain}, 1000, TOLERANT).ordered) == 1000


def test_references_are_resolved_everywhere() -> None:
    data = {"path": "/Users/bulkId:u1", "list": ["bulkId:u1", "bulkId:u10"]}
    assert resolve(data, {"u1": "A", "u10": "B"}) == {"path": "/Users/A", "list": ["A", "B"]}
    with pytest.raises(errors.InvalidValue):
        resolve("bulkId:gone", {})


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"schemas": [BULK_URN]},
        {"schemas": [BULK_URN], "Operations": []},
        {"schemas": [BULK_URN], "Operations": ["x"]},
    ],
)
def test_bulk_that_is_none_is_rejected(body: Any) -> None:
    with pytest.raises(errors.ScimError):
        plan_bulk(body, 10, TOLERANT)


GOOD = {"method": "POST", "path": "/Users", "bulkId": "a", "data": {}}
PUT = {"method": "PUT", "path": "/Users/1", "data": {}}


@pytest.mark.parametrize(
    ("members", "scim_type", "words"),
    [
        ({"method": "GET"}, "invalidSyntax", 'Operations[0].method: expected POST, PUT, PATCH, or DELETE, got "GET"'),
        ({"method": None}, "invalidSyntax", "got null"),
        ({"method": {"a": True}}, "invalidSyntax", "got an object"),
        ({"path": None}, "invalidValue", "Operations[0].path: expected a path such as /Users"),
        ({"path": "Users"}, "invalidValue", "Operations[0].path: expected a path such as /Users"),
        ({"path": "https://x.example/Users"}, "invalidValue", "Operations[0].path: expected a path such as /Users"),
        ({"bulkId": None}, "invalidSyntax", "Operations[0].bulkId: POST requires a bulkId"),
        ({"bulkId": 5}, "invalidSyntax", "Operations[0].bulkId: expected a string, got a number"),
        ({**PUT, "bulkId": [True]}, "invalidSyntax", "Operations[0].bulkId: expected a string, got a list"),
        ({**PUT, "version": 5}, "invalidSyntax", "Operations[0].version: expected a string, got a number"),
        ({"data": None}, "invalidSyntax", "Operations[0].data: POST requires data"),
    ],
    ids=str,
)
def test_an_operation_that_is_invalid_says_why(members: dict[str, Any], scim_type: str, words: str) -> None:
    (found,) = plan_bulk({"schemas": [BULK_URN], "Operations": [{**GOOD, **members}]}, 10, TOLERANT).ordered
    assert found.error is not None
    assert (found.error.status, found.error.scim_type) == (400, scim_type)
    assert words in found.error.detail


def test_an_operation_without_a_method_says_so() -> None:
    (found,) = plan_bulk({"schemas": [BULK_URN], "Operations": [{"path": "/Users"}]}, 10, TOLERANT).ordered
    assert "got no value" in str(found.error)


@pytest.mark.parametrize("rules", [TOLERANT, STRICT], ids=["tolerant", "strict"])
def test_operations_that_share_a_bulk_id_are_rejected_and_others_are_not(rules: Rules) -> None:
    shared = [operation("a"), {**PUT, "bulkId": "a"}, operation("a", "a"), operation("b"), PUT, PUT]
    found = plan_bulk({"schemas": [BULK_URN], "Operations": shared}, 10, rules).ordered
    errors_of = {o.position: o.error for o in found}
    assert [errors_of[position] is None for position in range(6)] == [False, False, False, True, True, True]
    for position in range(3):
        error = errors_of[position]
        assert isinstance(error, errors.InvalidValue)
        assert error.detail == f'Operations[{position}].bulkId: "a" is used by more than one operation'
