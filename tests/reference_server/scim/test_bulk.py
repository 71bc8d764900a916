"""The order of bulk operations, and the bulkIds in them (RFC 7644 section 3.7)."""

from __future__ import annotations

from typing import Any

import pytest

from reference_server.scim import errors
from reference_server.scim.bulk import BULK_URN, plan_bulk, resolve


def operation(bulk_id: str, *needs: str, method: str = "POST") -> dict[str, Any]:
    data = {"displayName": bulk_id, "members": [{"value": f"bulkId:{name}"} for name in needs]}
    return {"method": method, "path": "/Groups", "bulkId": bulk_id, "data": data}


def test_bulk_order_satisfies_references() -> None:
    body = {"schemas": [BULK_URN], "Operations": [operation("a", "b"), operation("b", "c"), operation("c")]}
    assert [o.bulk_id for o in plan_bulk(body, 10).ordered] == ["c", "b", "a"]


def test_bulk_circle_is_a_conflict_for_those_in_it_only() -> None:
    body = {
        "schemas": [BULK_URN],
        "Operations": [operation("a", "b"), operation("b", "a"), operation("c"), operation("d", "d")],
    }
    found = {o.bulk_id: o.error.status if o.error else None for o in plan_bulk(body, 10).ordered}
    assert found == {"c": None, "d": 409, "a": 409, "b": 409}


def test_bulk_order_takes_linear_time() -> None:
    chain = [operation(f"n{i}", f"n{i + 1}") for i in range(999)] + [operation("n999")]
    assert len(plan_bulk({"schemas": [BULK_URN], "Operations": chain}, 1000).ordered) == 1000


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
        plan_bulk(body, 10)
