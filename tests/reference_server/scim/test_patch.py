"""PATCH: what each operation makes of a resource, in the RFC's forms and in those that providers send."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_server.scim.element_set import ElementSet
from reference_server.scim.errors import InvalidValue, Mutability, ScimError
from reference_server.scim.patch import apply_patch
from reference_server.scim.patch_operations import PATCH_URN
from reference_server.scim.resource_type import resource_types
from reference_server.scim.tolerance import Rules
from tests.reference_server.scim.patching import GROUP, HOME, STRICT, TOLERANT, USER, WORK, anna, elements, patched

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.mark.parametrize(
    ("operation", "name", "value"),
    [
        ({"op": "replace", "path": "displayName", "value": "X"}, "displayName", "X"),
        ({"op": "add", "path": "displayName", "value": "X"}, "displayName", "X"),
        ({"op": "Add", "path": "DISPLAYNAME", "value": "X"}, "displayName", "X"),
        ({"op": "replace", "value": {"displayName": "X"}}, "displayName", "X"),
        ({"op": "replace", "path": "active", "value": "False"}, "active", False),
        ({"op": "Replace", "path": "active", "value": "true"}, "active", True),
        ({"op": "replace", "value": {"active": False}}, "active", False),
        ({"op": "replace", "value": {"active": "False"}}, "active", False),
        ({"op": "add", "path": "active", "value": "FALSE"}, "active", False),
        ({"op": "replace", "path": "name", "value": {"givenName": "X"}}, "name", {"givenName": "X", "familyName": "B"}),
        ({"op": "replace", "path": "name", "value": {"givenName": None}}, "name", {"familyName": "B"}),
        ({"op": "replace", "path": "name.familyName", "value": "X"}, "name", {"givenName": "A", "familyName": "X"}),
        ({"op": "remove", "path": "name.familyName"}, "name", {"givenName": "A"}),
        ({"op": "replace", "value": {"name.givenName": "X"}}, "name", {"givenName": "X", "familyName": "B"}),
        ({"op": "remove", "path": "name"}, "name", None),
        ({"op": "replace", "path": "name", "value": None}, "name", None),
        ({"op": "replace", "path": "displayName", "value": ""}, "displayName", None),
        ({"op": "add", "path": "emails", "value": [HOME]}, "emails", [WORK, HOME]),
        ({"op": "add", "path": "emails", "value": HOME}, "emails", [WORK, HOME]),
        ({"op": "add", "path": "emails", "value": [WORK]}, "emails", [WORK]),
        ({"op": "replace", "path": "emails", "value": [HOME]}, "emails", [HOME]),
        ({"op": "remove", "path": "emails"}, "emails", None),
        ({"op": "remove", "path": 'emails[type eq "work"]'}, "emails", None),
        ({"op": "remove", "path": 'emails[type eq "home"]'}, "emails", [WORK]),
        ({"op": "remove", "path": "emails", "value": [{"value": "other@x"}]}, "emails", [WORK]),
        ({"op": "remove", "path": "emails", "value": [{"value": "w@x"}]}, "emails", None),
        (
            {"op": "replace", "path": 'emails[type eq "work"].value', "value": "n@x"},
            "emails",
            [{**WORK, "value": "n@x"}],
        ),
        (
            {"op": "replace", "path": 'emails[type eq "other"].value', "value": "n@x"},
            "emails",
            [WORK, {"type": "other", "value": "n@x"}],
        ),
        (
            {"op": "add", "path": 'roles[primary eq "True"].value', "value": "admin"},
            "roles",
            [{"primary": True, "value": "admin"}],
        ),
        (
            {"op": "add", "path": "roles", "value": [{"value": '{"id":"1","value":"25","displayName":"Role"}'}]},
            "roles",
            [{"value": "25", "display": "Role"}],
        ),
        (
            {"op": "add", "path": "emails", "value": [{**HOME, "primary": True}]},
            "emails",
            [{**WORK, "primary": False}, {**HOME, "primary": True}],
        ),
        ({"op": "add", "path": f"{ENTERPRISE}:department", "value": "S"}, ENTERPRISE, {"department": "S"}),
        ({"op": "replace", "value": {f"{ENTERPRISE}:department": "S"}}, ENTERPRISE, {"department": "S"}),
        ({"op": "replace", "value": {ENTERPRISE: {"department": "S"}}}, ENTERPRISE, {"department": "S"}),
        ({"op": "add", "path": ENTERPRISE, "value": {"department": "S"}}, ENTERPRISE, {"department": "S"}),
        ({"op": "add", "path": f"{ENTERPRISE}:manager", "value": "m1"}, ENTERPRISE, {"manager": {"value": "m1"}}),
        (
            {"op": "add", "path": "manager", "value": [{"$ref": "u/m1", "value": "m1"}]},
            ENTERPRISE,
            {"manager": {"value": "m1"}},
        ),
        (
            {"op": "add", "path": f"{ENTERPRISE}:manager", "value": {"value": "m1"}},
            ENTERPRISE,
            {"manager": {"value": "m1"}},
        ),
        ({"op": "add", "path": f"{ENTERPRISE}:manager.value", "value": "m1"}, ENTERPRISE, {"manager": {"value": "m1"}}),
        ({"op": "replace", "value": {"id": "1", "displayName": "X", "groups": [], "meta": {}}}, "displayName", "X"),
        ({"op": "replace", "value": {"unknown": 1, "active": False}}, "active", False),
    ],
    ids=lambda value: str(value)[:70] if isinstance(value, dict) and "op" in value else "",
)
def test_operation(operation: dict[str, Any], name: str, value: Any) -> None:
    after = patched(anna(emails=[WORK]), operation)
    assert after.get(name) == value
    assert (ENTERPRISE in after["schemas"]) is (ENTERPRISE in after)


def test_nothing_changed_gives_an_equal_resource() -> None:
    assert patched(anna(), {"op": "replace", "path": "active", "value": True}) == anna()


def members_after(
    *operations: dict[str, Any], rules: Rules = TOLERANT, held: tuple[str, ...] = ("a", "b", "c")
) -> list[str]:
    drafts = ElementSet(elements(held))
    group = {"schemas": [GROUP.schema.id], "id": "g", "displayName": "G"}
    body = {"schemas": [PATCH_URN], "Operations": list(operations)}
    apply_patch(group, body, GROUP, rules, elements={"members": drafts})
    return sorted(drafts.values())


@pytest.mark.parametrize(
    ("operation", "left"),
    [
        ({"op": "Remove", "path": "members", "value": [{"$ref": None, "value": "b"}]}, ["a", "c"]),
        ({"op": "remove", "path": "members", "value": [{"value": "zz"}]}, ["a", "b", "c"]),
        ({"op": "remove", "path": "members", "value": {"value": "b"}}, ["a", "c"]),
        ({"op": "remove", "path": 'members[value eq "b"]'}, ["a", "c"]),
        ({"op": "remove", "path": 'members[value eq "zz"]'}, ["a", "b", "c"]),
        ({"op": "remove", "path": 'members[value eq "a" or value eq "b"]'}, ["c"]),
        ({"op": "remove", "path": "members"}, []),
        ({"op": "add", "path": "members", "value": [{"value": "d"}, {"value": "a"}]}, ["a", "b", "c", "d"]),
        (
            {"op": "add", "path": "members", "value": [{"value": "d", "$ref": None, "display": "D"}]},
            ["a", "b", "c", "d"],
        ),
        ({"op": "replace", "path": "members", "value": [{"value": "d"}]}, ["d"]),
        ({"op": "replace", "path": "members", "value": []}, []),
        ({"op": "replace", "value": {"members": [{"value": "d"}]}}, ["d"]),
        ({"op": "add", "value": {"members": [{"value": "d"}]}}, ["a", "b", "c", "d"]),
        ({"op": "replace", "value": {"id": "g", "displayName": "H"}}, ["a", "b", "c"]),
    ],
    ids=lambda value: str(value)[:70] if isinstance(value, dict) else "",
)
def test_members(operation: dict[str, Any], left: list[str]) -> None:
    assert members_after(operation) == left


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "members", "value": []},
        {"op": "remove", "path": "members", "value": None},
        {"op": "remove", "path": "members", "value": [{"display": "x"}]},
        {"op": "replace", "path": 'members[value eq "a"].value', "value": "z"},
        {"op": "replace", "path": "members.value", "value": "z"},
        {"op": "replace", "path": "members", "value": [{"value": None}]},
        {"op": "replace", "path": "members", "value": [{"value": ""}]},
    ],
    ids=str,
)
def test_what_could_empty_a_group_by_mistake_is_rejected(operation: dict[str, Any]) -> None:
    with pytest.raises(ScimError):
        members_after(operation)


BADGE = "urn:x:Badge"
BADGE_SCHEMA = {"id": BADGE, "attributes": [{"name": "number", "required": True}, {"name": "color"}]}
USER_WITH_BADGE = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
    "name": "User",
    "endpoint": "/Users",
    "schema": USER.schema.id,
    "schemaExtensions": [{"schema": BADGE, "required": True}],
}
DEACTIVATE = {"op": "replace", "path": "active", "value": False}


@pytest.mark.parametrize("rules", [TOLERANT, STRICT], ids=["tolerant", "strict"])
@pytest.mark.parametrize("stored", [{}, {BADGE: {"color": "red"}}], ids=["no extension", "a part of it"])
def test_a_schema_that_requires_more_than_it_did_keeps_no_leaver_active(stored: dict[str, Any], rules: Rules) -> None:
    """A PATCH is judged by what it touches: the user was stored before the extension became required."""
    rtype = resource_types([("badge.json", BADGE_SCHEMA), ("user.json", USER_WITH_BADGE)]).by_name["User"]

    def after(*operations: dict[str, Any]) -> dict[str, Any]:
        body = {"schemas": [PATCH_URN], "Operations": list(operations)}
        return apply_patch(anna(**stored), body, rtype, rules)

    assert after(DEACTIVATE)["active"] is False
    with pytest.raises(Mutability):
        after(DEACTIVATE, {"op": "remove", "path": "userName"})
    whole = {"op": "add", "path": f"{BADGE}:number", "value": "7"}
    assert after(whole, {"op": "add", "path": f"{BADGE}:color", "value": "blue"})[BADGE] == {
        "number": "7",
        "color": "blue",
    }
    with pytest.raises(Mutability):
        apply_patch(
            anna(**{BADGE: {"number": "7"}}),
            {"schemas": [PATCH_URN], "Operations": [DEACTIVATE, {"op": "remove", "path": f"{BADGE}:number"}]},
            rtype,
            rules,
        )


def test_an_extension_that_a_patch_begins_has_all_that_it_requires() -> None:
    rtype = resource_types([("badge.json", BADGE_SCHEMA), ("user.json", USER_WITH_BADGE)]).by_name["User"]
    begun = {"op": "add", "path": f"{BADGE}:color", "value": "blue"}
    with pytest.raises(Mutability, match="number is required"):
        apply_patch(anna(), {"schemas": [PATCH_URN], "Operations": [begun]}, rtype, TOLERANT)


LOCKER = "urn:x:Locker"
LOCKER_PARTS = [{"name": "code", "required": True}, {"name": "note"}]
LOCKER_SCHEMA = {
    "id": LOCKER,
    "attributes": [
        {"name": "lock", "type": "complex", "subAttributes": LOCKER_PARTS},
        {"name": "keys", "type": "complex", "multiValued": True, "subAttributes": LOCKER_PARTS},
    ],
}
USER_WITH_LOCKER = {**USER_WITH_BADGE, "schemaExtensions": [{"schema": LOCKER, "required": False}]}
LOCK, KEYS = f"{LOCKER}:lock", f"{LOCKER}:keys"


def locker_after(operation: dict[str, Any], rules: Rules) -> dict[str, Any]:
    rtype = resource_types([("locker.json", LOCKER_SCHEMA), ("user.json", USER_WITH_LOCKER)]).by_name["User"]
    before = anna(**{LOCKER: {"lock": {"code": "1", "note": "a"}, "keys": [{"code": "2", "note": "b"}]}})
    after = apply_patch(before, {"schemas": [PATCH_URN], "Operations": [operation]}, rtype, rules)
    return dict(after.get(LOCKER, {}))


@pytest.mark.parametrize("rules", [TOLERANT, STRICT], ids=["tolerant", "strict"])
@pytest.mark.parametrize(
    ("operation", "name", "value"),
    [
        ({"op": "replace", "path": LOCK, "value": {"note": "x"}}, "lock", {"code": "1", "note": "x"}),
        ({"op": "add", "path": LOCK, "value": {"note": "x"}}, "lock", {"code": "1", "note": "x"}),
        ({"op": "replace", "value": {LOCKER: {"lock": {"note": "x"}}}}, "lock", {"code": "1", "note": "x"}),
        ({"op": "add", "path": f'{KEYS}[code eq "2"]', "value": {"note": "x"}}, "keys", [{"code": "2", "note": "x"}]),
        ({"op": "remove", "path": f"{LOCK}.note"}, "lock", {"code": "1"}),
        ({"op": "remove", "path": LOCK}, "lock", None),
    ],
    ids=str,
)
def test_an_operation_need_not_repeat_required_parts(
    operation: dict[str, Any], name: str, value: Any, rules: Rules
) -> None:
    assert locker_after(operation, rules).get(name) == value


@pytest.mark.parametrize("rules", [TOLERANT, STRICT], ids=["tolerant", "strict"])
@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": f"{LOCK}.code"},
        {"op": "replace", "path": f"{LOCK}.code", "value": None},
        {"op": "replace", "path": LOCK, "value": {"code": None}},
        {"op": "replace", "value": {LOCKER: {"lock": {"code": None}}}},
        {"op": "remove", "path": f'{KEYS}[note eq "b"].code'},
        {"op": "add", "path": KEYS, "value": [{"note": "x"}]},
        {"op": "replace", "path": f'{KEYS}[code eq "2"]', "value": {"note": "x"}},
    ],
    ids=str,
)
def test_a_required_part_stays_for_as_long_as_its_value(operation: dict[str, Any], rules: Rules) -> None:
    with pytest.raises(ScimError, match="code is required"):
        locker_after(operation, rules)


OPERATIONS = st.one_of(
    st.builds(
        lambda op, path, value: {"op": op, "path": path, "value": value},
        st.sampled_from(["add", "replace", "remove", "Add", "x"]),
        st.sampled_from(
            ["title", "name.givenName", "emails", 'emails[type eq "work"].value', "id", "nope", f"{ENTERPRISE}:manager"]
        ),
        st.sampled_from(["x", "", None, 5, True, [], {}, [WORK], {"value": "m"}, [{"value": 1}]]),
    ),
    st.builds(
        lambda value: {"op": "replace", "value": value}, st.dictionaries(st.text(max_size=8), st.integers(), max_size=2)
    ),
)


@given(st.lists(OPERATIONS, max_size=4))
def test_patch_is_whole_or_an_error(operations: list[dict[str, Any]]) -> None:
    before = anna(emails=[WORK], title="T")
    held = copy.deepcopy(before)
    try:
        after = apply_patch(before, {"schemas": [PATCH_URN], "Operations": operations}, USER, TOLERANT)
    except ScimError as error:
        assert error.status == 400
    else:
        assert after["userName"] == "anna"
        assert sum(1 for e in after.get("emails", []) if e.get("primary")) <= 1
    assert before == held


@pytest.mark.parametrize(
    ("operations", "left"),
    [
        ([{"op": "Add", "path": "members", "value": [{"value": v}]} for v in "dbd"], ["a", "b", "c", "d"]),
        ([{"op": "Add", "path": "members", "value": [{"$ref": None, "value": v}]} for v in "de"], [*"abcde"]),
        ([{"op": "remove", "path": f'members[value eq "{v}"]'} for v in ("a", "zz", "c")], ["b"]),
        ([{"op": "Remove", "path": "members", "value": [{"value": v}]} for v in "ab"], ["c"]),
        (
            [
                {"op": "add", "path": "members", "value": [{"value": "d"}]},
                {"op": "add", "path": "members", "value": [{"value": "e", "display": "E"}]},
                {"op": "remove", "path": 'members[value eq "d"]'},
                {"op": "remove", "path": "members", "value": [{"value": "a"}]},
                {"op": "add", "path": "members", "value": [{"value": "a"}]},
                {"op": "replace", "path": "displayName", "value": "H"},
                {"op": "add", "path": "members", "value": [{"value": "f"}]},
            ],
            ["a", "b", "c", "e", "f"],
        ),
    ],
    ids=["adds", "adds with $ref", "removals by filter", "removals by value", "all kinds"],
)
def test_operations_on_single_members_in_a_row(operations: list[dict[str, Any]], left: list[str]) -> None:
    for rules in (TOLERANT, STRICT):
        assert members_after(*operations, rules=rules) == left


def test_the_error_of_a_member_names_its_place_in_its_own_operation() -> None:
    operations = [{"op": "add", "path": "members", "value": [{"value": v}]} for v in ("d", "e", "")]
    with pytest.raises(InvalidValue, match=r"^members\[0\]\.value: expected the id of a resource$"):
        members_after(*operations)
