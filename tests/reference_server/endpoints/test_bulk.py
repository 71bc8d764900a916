"""Bulk requests: operations that refer to each other, and where one failed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import GROUP, NUMBERS, USER, Scim

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def test_bulk_creates_changes_and_refers(scim: Scim) -> None:
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [
            {
                "method": "POST",
                "path": "/Groups",
                "bulkId": "g",
                "data": {"schemas": [GROUP], "displayName": "B", "members": [{"value": "bulkId:u"}]},
            },
            {
                "method": "POST",
                "path": "/Users",
                "bulkId": "u",
                "data": {"schemas": [USER], "userName": "bulk@example.com"},
            },
            {
                "method": "PATCH",
                "path": "/Users/bulkId:u",
                "data": {"Operations": [{"op": "add", "path": "title", "value": "T"}]},
            },
            {"method": "DELETE", "path": "/Users/unknown"},
            {"method": "GET", "path": "/Users"},
        ],
    }
    reply = scim.request("POST", "/Bulk", body)
    assert [item["status"] for item in reply.json["Operations"]] == ["201", "201", "200", "404", "400"]
    user = scim.get(reply.json["Operations"][1]["location"]).json
    assert user["title"] == "T"
    assert [g["value"] for g in user["groups"]] == [reply.json["Operations"][0]["location"].rpartition("/")[2]]


def test_bulk_says_where_it_failed(scim: Scim) -> None:
    """RFC 7644 3.7.3: location is there except for a failed POST."""
    operations = [
        {"method": "DELETE", "path": "/Users/nobody"},
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"schemas": [USER]}},
    ]
    answers = scim.request("POST", "/Bulk", {"schemas": [BULK], "Operations": operations}).json["Operations"]
    assert answers[0]["location"] == f"{scim.server.base_url}/Users/nobody"
    assert [(answer["status"], "location" in answer) for answer in answers] == [("404", True), ("400", False)]


PATHS = [
    ("/Users/nobody", "404", "/Users/nobody"),
    ("/Users/nobody/", "404", "/Users/nobody"),
    ("/Users/bulkId:u", "412", "/Users/{id}"),
    ("/Users/bulkId:unknown", "400", None),
    ("{base}/Users/nobody", "400", None),
    ("Users/nobody", "400", "/Users/nobody"),
    ("/Users", "400", None),
    ("/Users/a/b", "404", None),
    ("/Users/a b?c", "404", None),
    ("/Nothing/1", "404", None),
    ("/", "404", None),
    ("", "400", None),
    (None, "400", None),
]


@pytest.mark.parametrize(("path", "status", "location"), PATHS)
def test_a_failed_operation_has_a_location_only_if_its_path_is_a_resource(
    scim: Scim, path: Any, status: str, location: str | None
) -> None:
    base = scim.server.base_url
    name = f"bulk-{next(NUMBERS)}@example.com"
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "u", "data": {"schemas": [USER], "userName": name}},
        {"method": "DELETE", "path": path and path.replace("{base}", base), "version": 'W/"other"'},
    ]
    made, failed = scim.request("POST", "/Bulk", {"schemas": [BULK], "Operations": operations}).json["Operations"]
    id_ = made["location"].rpartition("/")[2]
    assert failed["status"] == status
    assert failed.get("location") == (location and base + location.replace("{id}", id_))


def test_two_operations_with_the_same_bulk_id_create_nothing(scim: Scim) -> None:
    names = ["bulk-twice-1@example.com", "bulk-twice-2@example.com"]
    operations: list[dict[str, Any]] = [
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"schemas": [USER], "userName": name}}
        for name in names
    ]
    data = {"schemas": [GROUP], "displayName": "G", "members": [{"value": "bulkId:a"}]}
    operations.append({"method": "POST", "path": "/Groups", "bulkId": "g", "data": data})
    answers = scim.request("POST", "/Bulk", {"schemas": [BULK], "Operations": operations}).json["Operations"]
    assert [(one["status"], one["response"]["scimType"]) for one in answers] == [("400", "invalidValue")] * 3
    for name in names:
        assert scim.get(f'/Users?filter=userName+eq+"{name}"').json["totalResults"] == 0
