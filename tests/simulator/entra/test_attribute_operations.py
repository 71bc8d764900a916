"""The operations of a PATCH, in each dialect, as Microsoft's documents and captured requests have them."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.entra.attribute_operations import operations
from simulator.entra.requests import Dialect, WireShape
from simulator.mapping.attribute_mapping import AttributeChange, AttributeMapping, ObjectMapping
from simulator.mapping.expressions.parser import parse_expression

ROLE = {"id": "06b07648-ecfe-589f-9d2f-6325724a46ee", "value": "25", "displayName": "Role1234"}
ROLE_TEXT = '{"id":"06b07648-ecfe-589f-9d2f-6325724a46ee","value":"25","displayName":"Role1234"}'
SCIM_ROLE = {"primary": False, "type": "WindowsAzureActiveDirectoryRole", "value": "25"}
ACTIVE, NAME = AttributeChange("active", False, True), AttributeChange("userName", "new@x", True)
TITLE, MAIL = AttributeChange("title", "T", False), AttributeChange('emails[type eq "work"].value', "a@b", True)
IDS = "urn:ietf:params:scim:schemas:extension:greenhouse:2.0:User:department_ids"


def compliant(**knobs: Any) -> WireShape:
    return WireShape(Dialect.AAD_OPT_SCIM_062020, **knobs)


@pytest.mark.parametrize(
    ("changes", "shape", "expected"),
    [
        # COMPAT: `active` alone keeps its path and is a boolean
        ([ACTIVE], compliant(), [{"op": "replace", "path": "active", "value": False}]),
        ([ACTIVE], compliant(single_change="object"), [{"op": "replace", "path": "active", "value": False}]),
        # among other changes it is in the object without a path
        ([ACTIVE, NAME], compliant(), [{"op": "replace", "value": {"active": False, "userName": "new@x"}}]),
        ([ACTIVE, NAME], compliant(active_with_others="own_operation"), [
            {"op": "replace", "path": "active", "value": False},
            {"op": "replace", "path": "userName", "value": "new@x"},
        ]),
        # COMPAT: a single addition and a single replacement keep their path, also beside paths with a filter
        ([TITLE], compliant(), [{"op": "add", "path": "title", "value": "T"}]),
        ([NAME], compliant(), [{"op": "replace", "path": "userName", "value": "new@x"}]),
        ([NAME], compliant(single_change="object"), [{"op": "replace", "value": {"userName": "new@x"}}]),
        ([MAIL, ACTIVE], compliant(), [
            {"op": "replace", "path": 'emails[type eq "work"].value', "value": "a@b"},
            {"op": "replace", "path": "active", "value": False},
        ]),
        ([MAIL, ACTIVE, NAME, TITLE], compliant(), [
            {"op": "replace", "path": 'emails[type eq "work"].value', "value": "a@b"},
            {"op": "add", "path": "title", "value": "T"},
            {"op": "replace", "value": {"active": False, "userName": "new@x"}},
        ]),
        # scimvalidator's "Verbose Request", and REF-SET of connectors of the gallery: lower case, an operation for each
        ([MAIL, ACTIVE, NAME, TITLE], compliant(several_changes="verbose"), [
            {"op": "replace", "path": 'emails[type eq "work"].value', "value": "a@b"},
            {"op": "replace", "path": "active", "value": False},
            {"op": "replace", "path": "userName", "value": "new@x"},
            {"op": "add", "path": "title", "value": "T"},
        ]),
        # the default dialect: an operation for each, and a boolean is a string
        ([ACTIVE, NAME], WireShape(), [
            {"op": "Replace", "path": "active", "value": "False"},
            {"op": "Replace", "path": "userName", "value": "new@x"},
        ]),
        # scimmyjs/scimmy#86: the mapping's own spelling
        ([AttributeChange("active", False, True, string="false")], WireShape(), [
            {"op": "Replace", "path": "active", "value": "false"},
        ]),
        ([AttributeChange("active", False, True, string="false")], WireShape(real_booleans=True), [
            {"op": "Replace", "path": "active", "value": False},
        ]),
        # learn.microsoft.com, Q&A 1693075
        ([AttributeChange(IDS, ["1"], False, "add_values")], WireShape(), [
            {"op": "Add", "path": IDS, "value": [{"value": "1"}]},
        ]),
        ([AttributeChange(IDS, ["1"], False, "add_values")], compliant(), [
            {"op": "add", "path": IDS, "value": [{"value": "1"}]},
        ]),
        ([AttributeChange(IDS, ["1"], False, "add_values")], WireShape(multivalued_patch="plain"), [
            {"op": "Add", "path": IDS, "value": ["1"]},
        ]),
    ],
)  # fmt: skip
def test_operations_of_changes(
    changes: list[AttributeChange], shape: WireShape, expected: list[dict[str, Any]]
) -> None:
    assert operations(changes, shape) == expected


@pytest.mark.parametrize(
    ("function", "targets", "shape", "expected"),
    [
        # CUST, "Example output (PATCH)"
        ("SingleAppRoleAssignment", ['roles[primary eq "True"].value', 'roles[primary eq "True"].display'], WireShape(), [
            {"op": "Add", "path": "roles", "value": [{"value": ROLE_TEXT}]},
        ]),
        ("SingleAppRoleAssignment", ['roles[primary eq "True"].value'], WireShape(single_role_patch="path"), [
            {"op": "Add", "path": 'roles[primary eq "True"].value', "value": "25"},
        ]),
        # CUST: with the feature flag, POST and PATCH have the same format
        ("SingleAppRoleAssignment", ['roles[primary eq "True"].value'], compliant(), [
            {"op": "add", "path": 'roles[primary eq "True"].value', "value": "25"},
        ]),
        # the id of a role that SCIM does not carry is made up
        ("AppRoleAssignmentsComplex", ["roles"], WireShape(), [
            {"op": "Add", "path": "roles", "value": [
                {"value": ROLE_TEXT.replace(ROLE["id"], "46f64ca6-6094-51fc-bbbe-34e3333c5388")},
            ]},
        ]),
        ("AppRoleAssignmentsComplex", ["roles"], compliant(), [
            {"op": "add", "path": "roles", "value": [{**SCIM_ROLE, "displayName": "Role1234"}]},
        ]),
        ("AppRoleAssignmentsComplex", ["roles"], compliant(role_name="display"), [
            {"op": "add", "path": "roles", "value": [{**SCIM_ROLE, "display": "Role1234"}]},
        ]),
        ("AssertiveAppRoleAssignmentsComplex", ["roles"], WireShape(), [
            {"op": "replace", "path": "roles", "value": [{**SCIM_ROLE, "display": "Role1234"}]},
        ]),
    ],
)  # fmt: skip
def test_roles_in_patch(function: str, targets: list[str], shape: WireShape, expected: list[dict[str, Any]]) -> None:
    mapping = roles(function, *targets)
    wanted = mapping.projected({"appRoleAssignments": [ROLE]})
    assert operations(mapping.differences(wanted, {}), shape) == expected


def test_role_that_the_target_holds_as_json_is_not_sent_again() -> None:
    mapping = roles("SingleAppRoleAssignment", 'roles[primary eq "True"].value')
    wanted = mapping.projected({"appRoleAssignments": [ROLE]})
    assert mapping.differences(wanted, {"roles": [{"value": ROLE_TEXT}]}) == []
    assert len(mapping.differences(wanted, {"roles": [{"value": "{}"}, {"value": "{"}, {"value": 25}]})) == 1


def roles(function: str, *targets: str) -> ObjectMapping:
    expression, is_list = parse_expression(f"{function}([appRoleAssignments])"), "Complex" in function
    return ObjectMapping(tuple(AttributeMapping(target, expression, multivalued=is_list) for target in targets))
