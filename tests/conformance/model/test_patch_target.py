"""One operation on one attribute: what is left of it (RFC 7644 sections 3.5.2.1 to 3.5.2.3)."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.model.definitions import Definition, Definitions, named, parts_of
from conformance.model.filter_text import Tree
from conformance.model.outcome import Holds, Open, Refused
from conformance.model.patch_model import apply_patch
from conformance.model.patch_target import MISSING, Target, changed
from conformance.target.discovery import ENTERPRISE_URN
from tests.conformance.published import DEVICES, USERS


def target(name: str, part: str | None = None, condition: Tree | None = None, known: Definitions = USERS) -> Target:
    """The place of an attribute of the core, or of the enterprise extension."""
    for urn, definition in known.every():
        if definition["name"] == name:
            home = None if urn == known.core else urn
            return Target(home, definition, _part(definition, part), condition)
    raise KeyError(name)


def _part(definition: Definition, name: str | None) -> Definition | None:
    return None if name is None else named(parts_of(definition), name)


def left(resource: dict[str, Any], op: str, where: Target, value: Any = MISSING) -> list[dict[str, Any]]:
    """The resources that may be left without a remark."""
    return [one.resource for one in changed(resource, op, where, value) if isinstance(one, Holds) and not one.remark]


def scim_types(resource: dict[str, Any], op: str, where: Target, value: Any = MISSING) -> set[str]:
    refusals = [one for one in changed(resource, op, where, value) if isinstance(one, Refused)]
    return {kind for one in refusals for kind in one.scim_types}


@pytest.mark.parametrize("op", ["add", "replace"])
@pytest.mark.parametrize(
    ("where", "value", "before", "after"),
    [
        (target("title"), "b", {"title": "a"}, {"title": "b"}),
        (target("title"), "b", {"TITLE": "a"}, {"title": "b"}),
        (
            target("name"),
            {"givenName": "b"},
            {"name": {"familyName": "a"}},
            {"name": {"familyName": "a", "givenName": "b"}},
        ),
        (target("name", "givenName"), "b", {}, {"name": {"givenName": "b"}}),
        (target("department"), "b", {}, {ENTERPRISE_URN: {"department": "b"}}),
        (
            target("department"),
            "b",
            {ENTERPRISE_URN: {"division": "a"}},
            {ENTERPRISE_URN: {"division": "a", "department": "b"}},
        ),
    ],
)
def test_add_and_replace_of_a_single_value_set_it_and_keep_its_neighbors(
    op: str, where: Target, value: Any, before: dict[str, Any], after: dict[str, Any]
) -> None:
    original = str(before)
    assert left({"userName": "u", **before}, op, where, value) == [{"userName": "u", **after}]
    assert str(before) == original


def test_add_appends_to_a_list_and_replace_exchanges_it() -> None:
    before = {"emails": [{"value": "a"}]}
    assert left(before, "add", target("emails"), [{"value": "b"}]) == [{"emails": [{"value": "a"}, {"value": "b"}]}]
    assert left(before, "replace", target("emails"), [{"value": "b"}]) == [{"emails": [{"value": "b"}]}]


def test_a_value_that_is_already_there_is_not_added_twice() -> None:
    before = {"emails": [{"value": "a"}]}
    assert left(before, "add", target("emails"), [{"value": "a"}]) == [before]


@pytest.mark.parametrize(("before", "may_refuse"), [({"title": "a"}, set()), ({}, {"noTarget"})])
def test_remove_leaves_the_attribute_unassigned_and_may_fail_only_without_a_value(
    before: dict[str, Any], may_refuse: set[str]
) -> None:
    assert left(before, "remove", target("title")) == [{"title": None}]
    assert scim_types(before, "remove", target("title")) == may_refuse


def test_remove_with_a_value_removes_all_or_the_named_elements_or_is_rejected() -> None:
    before = {"emails": [{"value": "a"}, {"value": "b"}]}
    found = left(before, "remove", target("emails"), [{"value": "a"}])
    assert found == [{"emails": []}, {"emails": [{"value": "b"}]}]
    assert "invalidValue" in scim_types(before, "remove", target("emails"), [{"value": "a"}])


def test_an_immutable_value_is_set_once() -> None:
    model = target("model", known=DEVICES)
    assert left({}, "add", model, "a") == [{"model": "a"}]
    assert left({"model": "a"}, "replace", model, "a") == [{"model": "a"}]
    assert left({"model": "a"}, "replace", model, "b") == []
    assert scim_types({"model": "a"}, "replace", model, "b") == {"mutability"}


def test_a_required_value_cannot_be_removed() -> None:
    assert left({"userName": "a"}, "remove", target("userName")) == []
    assert {"mutability", "invalidValue"} <= scim_types({"userName": "a"}, "remove", target("userName"))


def test_two_primary_elements_in_one_value_are_left_open() -> None:
    two = [{"value": "a", "primary": True}, {"value": "b", "primary": True}]
    assert [type(one) for one in changed({}, "add", target("emails"), two)] == [Open]


def test_an_element_that_becomes_primary_takes_the_flag_from_the_others() -> None:
    user = {
        "userName": "u",
        "emails": [{"value": "a", "type": "work", "primary": True}, {"value": "b", "type": "home"}],
    }
    patch = [{"op": "replace", "path": 'emails[type eq "home"].primary', "value": True}]
    (found,) = [one.resource for one in apply_patch(user, patch, USERS) if isinstance(one, Holds) and not one.remark]
    assert [bool(email.get("primary")) for email in found["emails"]] == [False, True]
