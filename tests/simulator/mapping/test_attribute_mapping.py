"""Attribute mapping: no null is sent, and only what differs (docs/notes/entra.md 5)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.entra.default_mapping import default_mapping
from simulator.mapping.attribute_mapping import AttributeChange, AttributeMapping, FlowType, ObjectMapping
from simulator.mapping.expressions.parser import parse_expression

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


@pytest.mark.parametrize(
    ("resource", "changes"),
    [
        ({}, [AttributeChange("title", "Clerk", False)]),
        ({"title": ""}, [AttributeChange("title", "Clerk", False)]),
        ({"title": "Lead"}, []),
    ],
)
def test_mapping_of_type_none_fills_whenever_the_target_is_empty(
    resource: dict[str, Any], changes: list[AttributeChange]
) -> None:
    """CUST: "if the target attribute is ever empty, it populates with the default value that you specify"."""
    mapping = ObjectMapping((AttributeMapping("title", None, default="Clerk"),))
    assert mapping.projected({}, at_creation=True) == {"title": "Clerk"}
    assert mapping.differences(mapping.projected({}), resource) == changes


@pytest.mark.parametrize(
    ("held", "only_adds", "flow", "change"),
    [
        # Microsoft Q&A 1693075: what is missing is added, what is too much stays
        (["1", "2"], True, FlowType.ALWAYS, AttributeChange("nickName", ["3"], False, "add_values")),
        ([{"value": "1"}, {"value": "3"}], True, FlowType.ALWAYS, None),
        (["2"], False, FlowType.ALWAYS, AttributeChange("nickName", ["1", "3"], True)),
        (["1"], False, FlowType.MULTI_VALUE_ADD_ONLY, AttributeChange("nickName", ["3"], False, "add_values")),
    ],
)
def test_multivalued_attribute_is_added_to(
    held: list[Any], only_adds: bool, flow: FlowType, change: AttributeChange | None
) -> None:
    row = AttributeMapping("nickName", parse_expression('Split([x], ",")'), multivalued=True, flow_type=flow)
    mapping = ObjectMapping((row,))
    found = mapping.differences(mapping.projected({"x": "1,3"}), {"nickName": held}, only_adds=only_adds)
    assert found == ([change] if change else [])


@pytest.mark.parametrize(("text", "string"), [('"false"', "false"), ('Not("True")', "False")])
def test_boolean_keeps_the_spelling_of_the_mapping(text: str, string: str) -> None:
    """scimmyjs/scimmy#86; SignPath/website's export has the constant "true" for a Boolean."""
    mapping = ObjectMapping((AttributeMapping("active", parse_expression(text), value_type="Boolean"),))
    wanted = mapping.projected({})
    assert wanted == {"active": False}
    assert mapping.differences(wanted, {"active": True}) == [AttributeChange("active", False, True, string=string)]
