"""Attribute mapping: no null is sent, and only what differs (docs/notes/entra.md 5)."""

from __future__ import annotations

from simulator.entra.default_mapping import default_mapping
from simulator.mapping.attribute_mapping import AttributeChange

DEPARTMENT = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"


def test_default_mapping_projects_and_never_sends_nulls() -> None:
    source = {
        "userPrincipalName": "a@b",
        "givenName": "Zoë",
        "surname": None,
        "mobile": "",
        "IsSoftDeleted": "False",
        "department": "S",
    }
    assert default_mapping("user").projected(source) == {
        "userName": "a@b",
        "active": True,
        "name.givenName": "Zoë",
        "name.formatted": "Zoë",
        DEPARTMENT: "S",
    }
    assert default_mapping("user").projected({**source, "IsSoftDeleted": "True"})["active"] is False
    assert [row.target for row in default_mapping("user").matching] == ["userName"]


def test_differences_ignore_case_and_know_add_from_replace() -> None:
    read = {"userName": "A@B", "active": True, "emails": [{"type": "work", "value": "old@x"}], "title": ""}
    wanted = {
        "userName": "a@b",
        "active": False,
        'emails[type eq "work"].value': "new@x",
        "title": "T",
        DEPARTMENT: "S",
    }
    assert default_mapping("user").differences(wanted, read) == [
        AttributeChange("active", False, True),
        AttributeChange("title", "T", False),
        AttributeChange('emails[type eq "work"].value', "new@x", True),
        AttributeChange(DEPARTMENT, "S", False),
    ]
