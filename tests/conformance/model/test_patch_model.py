"""PATCH by the RFC's text: for each operation the states that may be left, by ambiguity."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.model.definitions import Definitions
from conformance.model.likeness import alike
from conformance.model.outcome import Holds, Open, Refused
from conformance.model.patch_model import apply_patch
from conformance.target.discovery import ENTERPRISE_URN, USER_URN
from tests.conformance.published import DEVICES, GROUPS, USERS

WORK = {"value": "w@x.example", "type": "work", "primary": True}
HOME = {"value": "h@x.example", "type": "home"}
USER: dict[str, Any] = {
    "id": "1",
    "userName": "ada",
    "displayName": "Ada",
    "active": True,
    "name": {"givenName": "Ada", "familyName": "Byron"},
    "emails": [WORK, HOME],
    ENTERPRISE_URN: {"department": "Sales", "division": "North"},
}
Operation = dict[str, Any]


def op(verb: str, path: str | None = None, *value: Any) -> Operation:
    given = {} if path is None else {"path": path}
    return {"op": verb, **given, **({"value": value[0]} if value else {})}


def outcomes(
    *operations: Operation, resource: dict[str, Any] = USER, definitions: Definitions = USERS
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], set[str]]:
    """(states without a remark, states with one, scimTypes of a refusal without a remark)."""
    found = apply_patch(resource, operations, definitions)
    assert not any(isinstance(one, Open) for one in found), found
    states = [one for one in found if isinstance(one, Holds)]
    refusals = [one for one in found if isinstance(one, Refused) and not one.remark]
    return (
        [one.resource for one in states if not one.remark],
        [one.resource for one in states if one.remark],
        {kind for one in refusals for kind in one.scim_types},
    )


def only(*operations: Operation, resource: dict[str, Any] = USER, definitions: Definitions = USERS) -> dict[str, Any]:
    """The one acceptable state."""
    plain, remarked, refused = outcomes(*operations, resource=resource, definitions=definitions)
    assert (len(plain), remarked, refused) == (1, [], set())
    return plain[0]


@pytest.mark.parametrize(
    ("operations", "changes"),
    [
        ([op("add", "nickName", "A")], {"nickName": "A"}),
        ([op("add", "displayName", "B")], {"displayName": "B"}),
        ([op("replace", "DISPLAYNAME", "B")], {"displayName": "B"}),
        ([op("replace", f"{USER_URN}:displayName", "B")], {"displayName": "B"}),
        ([op("replace", "nickName", "A")], {"nickName": "A"}),
        ([op("replace", "active", False)], {"active": False}),
        ([op("remove", "displayName")], {"displayName": None}),
        ([op("remove", "name")], {"name": None}),
        ([op("remove", "emails")], {"emails": None}),
        ([op("replace", None, {"displayName": "B", "active": False})], {"displayName": "B", "active": False}),
        ([op("add", None, {"schemas": [USER_URN], "title": "T"})], {"title": "T"}),
        ([op("add", "name", {"middleName": "M"})], {"name": {**USER["name"], "middleName": "M"}}),
        ([op("replace", "name", {"givenName": "B"})], {"name": {"givenName": "B", "familyName": "Byron"}}),
        ([op("replace", "name.givenName", "B")], {"name": {"givenName": "B", "familyName": "Byron"}}),
        ([op("remove", "name.givenName")], {"name": {"familyName": "Byron"}}),
        (
            [op("replace", f"{ENTERPRISE_URN}:department", "IT")],
            {ENTERPRISE_URN: {"department": "IT", "division": "North"}},
        ),
        (
            [op("add", None, {ENTERPRISE_URN: {"division": "S"}})],
            {ENTERPRISE_URN: {"department": "Sales", "division": "S"}},
        ),
        ([op("remove", f"{ENTERPRISE_URN}:department")], {ENTERPRISE_URN: {"division": "North"}}),
        ([op("add", "emails", [{"value": "n@x.example"}])], {"emails": [WORK, HOME, {"value": "n@x.example"}]}),
        ([op("replace", "emails", [HOME])], {"emails": [HOME]}),
        ([op("replace", "emails", [])], {"emails": None}),
        (
            [op("add", "emails", [{"value": "n@x.example", "primary": True}])],
            {"emails": [{**WORK, "primary": False}, HOME, {"value": "n@x.example", "primary": True}]},
        ),
        ([op("replace", "displayName", "B"), op("replace", "displayName", "C")], {"displayName": "C"}),
        ([op("remove", "emails"), op("add", "emails", [HOME])], {"emails": [HOME]}),
    ],
)
def test_one_state_is_left(operations: list[Operation], changes: dict[str, Any]) -> None:
    assert alike(only(*operations), {**USER, **changes}, USERS)


@pytest.mark.parametrize(
    ("operation", "emails"),
    [
        (op("replace", 'emails[type eq "work"].value', "n@x.example"), [{**WORK, "value": "n@x.example"}, HOME]),
        (op("add", 'emails[type eq "work"].display', "D"), [{**WORK, "display": "D"}, HOME]),
        (
            op("replace", 'emails[type eq "home"].primary', True),
            [{**WORK, "primary": False}, {**HOME, "primary": True}],
        ),
        (op("remove", 'emails[type eq "work"]'), [HOME]),
        (op("remove", 'emails[value ew "x.example"]'), None),
        (op("remove", 'emails[type eq "work"].type'), [{"value": WORK["value"], "primary": True}, HOME]),
    ],
)
def test_a_condition_chooses_elements(operation: Operation, emails: Any) -> None:
    plain, remarked, refused = outcomes(operation)
    assert any(alike(state, {**USER, "emails": emails}, USERS) for state in plain)
    assert (len(plain), remarked) == (1, [])
    assert refused <= {"invalidFilter", "invalidPath"}


@pytest.mark.parametrize(
    ("operation", "types"),
    [
        (op("remove"), {"noTarget"}),
        (op("remove", "userName"), {"mutability", "invalidValue"}),
        (op("replace", "userName", None), {"mutability", "invalidValue", "invalidSyntax"}),
        (op("increment", "title", 1), {"invalidSyntax", "invalidValue"}),
        (
            op("add", "title"),
            {"invalidSyntax", "invalidValue", "invalidPath", "invalidFilter", "noTarget", "mutability"},
        ),
        (op("replace", None, "x"), {"invalidSyntax", "invalidValue"}),
        (op("replace", "name", "x"), {"invalidSyntax", "invalidValue"}),
        (op("replace", "active", {"a": 1}), {"invalidSyntax", "invalidValue"}),
        (op("replace", "emails[type eq", "x"), {"invalidPath", "invalidFilter"}),
        (op("replace", "emails[primary gt true].value", "x"), {"invalidPath", "invalidFilter"}),
    ],
)
def test_what_must_be_rejected(operation: Operation, types: set[str]) -> None:
    plain, remarked, refused = outcomes(operation)
    assert (plain, remarked) == ([], [])
    assert refused == types


def test_a_rejection_undoes_the_operations_before_it_and_any_true_reason_will_do() -> None:
    plain, remarked, refused = outcomes(op("replace", "title", "T"), op("remove"), op("add", "title"))
    assert (plain, remarked) == ([], [])
    assert refused >= {"noTarget", "invalidSyntax", "invalidValue"}


def test_what_is_there_is_not_added_again() -> None:
    plain, remarked, _ = outcomes(op("add", "emails", [{**HOME, "value": "H@X.example"}]))
    assert [alike(state, USER, USERS) for state in plain] == [True]
    assert [len(state["emails"]) for state in remarked] == [3]  # it SHOULD not be there twice


def test_the_same_address_of_another_type_is_one_element_or_two() -> None:
    plain, _, refused = outcomes(op("add", "emails", [{**HOME, "type": "other"}]))
    assert sorted(len(state["emails"]) for state in plain) == [2, 2, 3]
    assert refused == set()


@pytest.mark.parametrize("path", ["id", "meta.created", "groups"])
def test_read_only_attributes_stay_as_they_are(path: str) -> None:
    plain, remarked, refused = outcomes(op("replace", path, "x"))
    assert (plain, remarked, refused) == ([], [USER], {"mutability"})


def test_read_only_keys_without_path_are_ignored_or_rejected() -> None:
    plain, _, refused = outcomes(op("replace", None, {"id": "2", "title": "T"}))
    assert [alike(state, {**USER, "title": "T"}, USERS) for state in plain] == [True]
    assert "mutability" in refused


@pytest.mark.parametrize("path", ["nobody", "name.nobody", 'emails[type eq "work"].nobody', "urn:x:User:title"])
def test_unknown_paths_are_rejected_or_without_effect(path: str) -> None:
    plain, remarked, refused = outcomes(op("add", path, "x"))
    assert (plain, remarked, refused) == ([], [USER], {"invalidPath", "noTarget", "invalidValue"})


def test_nothing_matches() -> None:
    path = 'emails[type eq "other"]'
    created = {**USER, "emails": [WORK, HOME, {"type": "other", "value": "n@x.example"}]}

    plain, remarked, refused = outcomes(op("replace", f"{path}.value", "n@x.example"))
    assert (plain, refused >= {"noTarget"}) == ([], True)
    assert [alike(state, created, USERS) for state in remarked] == [True]

    plain, remarked, refused = outcomes(op("add", f"{path}.value", "n@x.example"))
    assert [alike(state, created, USERS) for state in plain] == [True]
    assert (remarked, "noTarget" in refused) == ([USER], True)

    plain, remarked, refused = outcomes(op("remove", path))
    assert (plain, remarked, "noTarget" in refused) == ([USER], [], True)


def test_replacing_a_chosen_element_replaces_all_of_it_or_only_what_is_named() -> None:
    plain, _, _ = outcomes(op("replace", 'emails[type eq "home"]', {"display": "D", "value": "n@x.example"}))
    merged, whole = ({**HOME, "display": "D", "value": "n@x.example"}, {"display": "D", "value": "n@x.example"})
    assert [any(alike(s, {**USER, "emails": [WORK, one]}, USERS) for s in plain) for one in (merged, whole)] == [
        True,
        True,
    ]


def test_several_chosen_elements_are_all_replaced_or_become_one() -> None:
    user = {**USER, "emails": [HOME, {**HOME, "value": "i@x.example"}]}
    plain, _, _ = outcomes(op("replace", 'emails[type eq "home"].value', "n@x.example"), resource=user)
    assert sorted(len(state["emails"]) for state in plain) == [1, 2]


def test_members_come_and_go_but_do_not_change() -> None:
    group = {"displayName": "G", "members": [{"value": "a"}, {"value": "b"}]}
    left = only(op("add", "members", [{"value": "c"}]), resource=group, definitions=GROUPS)
    assert [one["value"] for one in left["members"]] == ["a", "b", "c"]
    plain, _, _ = outcomes(op("remove", 'members[value eq "a"]'), resource=group, definitions=GROUPS)
    assert [state["members"] for state in plain] == [[{"value": "b"}]]
    plain, remarked, refused = outcomes(
        op("replace", 'members[value eq "a"].value', "c"), resource=group, definitions=GROUPS
    )
    assert (plain, len(remarked), "mutability" in refused) == ([], 1, True)


def test_op_in_capitals_is_understood_or_rejected() -> None:
    found = apply_patch(USER, [op("Replace", "title", "T")], USERS)
    assert [type(one) for one in found] == [Holds, Refused]
    assert isinstance(found[1], Refused)
    assert found[1].remark


@pytest.mark.parametrize(("value", "stored"), [("False", False), ("true", True)])
def test_booleans_in_quotes_are_understood_or_rejected(value: str, stored: bool) -> None:
    plain, _, refused = outcomes(op("replace", "active", value))
    assert [state["active"] for state in plain] == [stored]
    assert "invalidValue" in refused


def test_one_element_without_its_list_is_understood_or_rejected() -> None:
    for value in ({"value": "n@x.example"}, "n@x.example"):
        plain, _, refused = outcomes(op("replace", "emails", value))
        assert [state["emails"] for state in plain] == [[{"value": "n@x.example"}]]
        assert "invalidValue" in refused


@pytest.mark.parametrize("key", ["name.givenName", f"{USER_URN}:name.givenName"])
def test_dotted_keys_are_understood_or_rejected(key: str) -> None:
    plain, _, refused = outcomes(op("replace", None, {key: "B"}))
    assert [state["name"]["givenName"] for state in plain] == ["B"]
    assert "invalidSyntax" in refused


def test_unassigning_a_part_of_no_one_changes_nothing() -> None:
    plain, remarked, refused = outcomes(op("replace", 'emails[type eq "other"].value', None))
    assert (plain, remarked, "noTarget" in refused) == ([USER], [], True)


def test_remove_with_a_value_empties_all_or_takes_the_named() -> None:
    plain, _, refused = outcomes(op("remove", "emails", [{"value": HOME["value"]}]))
    assert [state["emails"] for state in plain] == [[], [WORK]]
    assert "invalidValue" in refused


def test_null_and_empty_text_unassign() -> None:
    plain, _, refused = outcomes(op("replace", "displayName", None))
    assert [state["displayName"] for state in plain] == [None]
    assert "invalidValue" in refused
    plain, _, refused = outcomes(op("replace", "displayName", ""))
    assert [state["displayName"] for state in plain] == ["", None]


def test_removing_what_is_not_there_changes_nothing_or_has_no_target() -> None:
    plain, _, refused = outcomes(op("remove", "title"))
    assert [alike(state, USER, USERS) for state in plain] == [True]
    assert refused == {"noTarget"}


def test_values_outside_the_canonical_ones_may_be_rejected() -> None:
    plain, _, refused = outcomes(op("replace", 'emails[type eq "home"].type', "boat"))
    assert [state["emails"][1]["type"] for state in plain] == ["boat"]
    assert "invalidValue" in refused


@pytest.mark.parametrize(
    "operation",
    [
        op("replace", "name", {}),
        op("add", "title", None),
        op("remove", "emails.type"),
        op("replace", "department", "IT"),
        op("replace", 'name[givenName eq "Ada"]', {}),
        op("replace", ENTERPRISE_URN, {"department": "IT"}),
        op("replace", "schemas", [USER_URN]),
        op("replace", 'emails[display ne "x"].value', "y"),
        op("replace", "emails", [WORK, {**HOME, "primary": True}]),
    ],
)
def test_what_the_rfc_leaves_open(operation: Operation) -> None:
    assert [type(one) for one in apply_patch(USER, [operation], USERS)] == [Open]


def test_immutable_attributes_can_be_set_once() -> None:
    device = {"serial": "1", "ports": 1}
    first = only(op("add", "model", "M"), resource=device, definitions=DEVICES)
    assert first["model"] == "M"
    assert only(op("replace", "model", "M"), resource=first, definitions=DEVICES)["model"] == "M"
    for operation in (op("replace", "model", "N"), op("remove", "model")):
        assert outcomes(operation, resource=first, definitions=DEVICES) == ([], [], {"mutability"})


def test_a_required_value_may_go_for_a_moment() -> None:
    plain, remarked, refused = outcomes(op("remove", "userName"), op("add", "userName", "bob"))
    assert (plain, [state["userName"] for state in remarked], "mutability" in refused) == ([], ["bob"], True)


def test_a_required_part_goes_with_its_attribute_but_not_alone() -> None:
    device = {"serial": "1", "ports": 1, "size": {"width": 2, "note": "n"}}
    assert "width" not in str(only(op("remove", "size"), resource=device, definitions=DEVICES))
    plain, remarked, refused = outcomes(op("remove", "size.width"), resource=device, definitions=DEVICES)
    assert (plain, remarked, "mutability" in refused) == ([], [], True)


def test_the_resource_itself_is_never_changed() -> None:
    before = repr(USER)
    apply_patch(USER, [op("add", "emails", [{**HOME, "primary": True}]), op("remove", "name.givenName")], USERS)
    assert repr(USER) == before
