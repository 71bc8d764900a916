"""Bulk requests: operations that refer to each other, and where one failed."""

from __future__ import annotations

from tests.support import GROUP, USER, Scim

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
