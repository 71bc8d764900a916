"""RFC 7644 sections 3.5 and 3.7: every form of a write (PUT, PATCH, Bulk) changes exactly what it names."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api.cases import for_each_attribute, for_each_resource_type
from conformance.check_api.session import Session
from conformance.model.definitions import points_at_a_resource
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered, Verdict
from conformance.target.discovery import GROUP_URN, Attribute
from conformance.topics.kept import also_changed
from conformance.topics.one_attribute import (
    HIDDEN,
    around,
    body_with,
    can_change,
    different,
    fitting,
    holds,
    is_part,
    made,
    needed,
    part_with,
    shown,
    text_of,
    value_of,
)
from conformance.topics.samples import member, members
from conformance.topics.write_forms import (
    CHANGES,
    CREATES,
    FORMS,
    PATCHES,
    Written,
    all_forms,
    no_server_error,
    rejected,
    write,
)
from conformance.values.any_resource import required_parts

Json = dict[str, Any]
ELSEWHERE = ("PUT", "PATCH replace")  # checks of RFC 7643 section 7 use these forms for each attribute


@requirement(
    "RFC7644-3.5.2.3-01",
    "RFC7644-3.5.2.3-02",
    "RFC7644-3.10-01",
    "RFC7644-3.10-02",
    "RFC7643-7-22",
    level="lie",
    consequence=(
        "Providers use different forms of a change. Those that the server does not handle are lost although "
        "it reports success."
    ),
    fix="Resolve paths (plain, with URN, in any case) and values without a path in one function for every attribute.",
)
@for_each_attribute(lambda one: can_change(one) or is_part(one))
def test_new_value_is_stored_in_every_form(scim: Session, attribute: Attribute) -> None:
    """A new value of an attribute must be stored in every form: PUT, PATCH, Bulk; plain name, URN, no path."""
    attribute = needed(attribute)
    value = fitting(scim, attribute)
    resource = made(scim, attribute.resource_type, body_with(scim, attribute, value))
    answers: list[Written] = []

    def judge(form: str) -> None:
        nonlocal value
        value = different(scim, attribute, value)
        _must_succeed(write(scim, form, attribute, value, resource), attribute, answers)
        if answers[-1].succeeded:
            holds(attribute, value, _newest(attribute, value, shown(scim, attribute, resource)), form)

    forms = [form for form in CHANGES if form not in ELSEWHERE and not (attribute.multi_valued and " add" in form)]
    all_forms(forms, judge)


@requirement(
    "RFC7644-3.5.2.3-05",
    "RFC7644-3.5.2.3-01",
    level="lie",
    consequence="A new given name removes the family name, because providers send only the sub-attribute that changed.",
    fix="Change the sub-attributes that an operation names and keep the others, with and without a path.",
)
@for_each_attribute(lambda one: is_part(one) and not points_at_a_resource(one.parent or {}))
def test_parts_beside_a_new_value_stay_in_every_form(scim: Session, attribute: Attribute) -> None:
    """PATCH of one sub-attribute must keep the other sub-attributes in every form (RFC 7644 section 3.5.2.3)."""
    attribute = needed(attribute)
    whole = around(attribute)
    value = fitting(scim, whole)
    resource = made(scim, attribute.resource_type, body_with(scim, whole, value))
    beside = [part for part in scim.target.attributes(attribute.resource_type) if part.parent == attribute.parent]
    beside = [part for part in beside if is_part(part) and part.name != attribute.name]

    def judge(form: str) -> None:
        before = scim.read(resource)
        answer = write(scim, form, attribute, different(scim, attribute, value_of(attribute, before)), resource)
        no_server_error(answer)
        for part in beside:
            holds(part, value_of(part, before), shown(scim, part, resource), f"{form} of {attribute.path}")

    all_forms(PATCHES, judge)


@requirement(
    "RFC7644-3.5.2.3-07",
    "RFC7644-3.5.2-09",
    "RFC7644-3.10-01",
    level="lie",
    consequence=(
        "Entra changes addresses and phone numbers with such paths: the change is lost, or it replaces every address."
    ),
    fix=(
        "Parse paths with the grammar of RFC 7644 section 3.5.2 (attribute, filter, sub-attribute), ignoring "
        "the case of names."
    ),
)
@for_each_attribute(lambda one: one.name == "value" and _is_typed(one))
def test_value_of_an_element_is_stored_in_every_form(scim: Session, attribute: Attribute) -> None:
    """PATCH of `emails[type eq "work"].value` must change only the value of that element in every form of the path."""
    attribute = needed(attribute)
    whole, (first, second) = around(attribute), _two_types(attribute)
    value, other = fitting(scim, attribute), fitting(scim, attribute)
    required = required_parts(whole.definition, scim.random, scim.name())
    elements = [{**required, "value": value, "type": first}, {**required, "value": other, "type": second}]
    resource = made(scim, attribute.resource_type, body_with(scim, whole, elements))
    answers: list[Written] = []

    def judge(form: str) -> None:
        nonlocal value
        value = different(scim, attribute, value)
        where = f'{"TYPE" if "case" in form else "type"} eq "{first}"'
        _must_succeed(write(scim, form, attribute, value, resource, where), attribute, answers)
        held = {str(one.get("type")).lower(): one.get("value") for one in shown(scim, whole, resource) or ()}
        holds(attribute, other, held.get(second.lower()), f"{form} of the other element")
        if answers[-1].succeeded:
            holds(attribute, value, held.get(first.lower()), form)

    all_forms(PATCHES, judge)


@pytest.mark.parametrize("form", PATCHES)
@requirement(
    "RFC7644-3.5.2.3-01",
    "RFC7644-3.5.2.3-02",
    level="lie",
    consequence=(
        "An update of one attribute silently removes others: renaming a group removes its members, who lose access."
    ),
    fix="Apply only what an operation names. A missing attribute is not an empty attribute.",
)
@for_each_resource_type
def test_patch_changes_only_what_it_names(scim: Session, type_name: str, form: str) -> None:
    """PATCH must keep every attribute that it does not name: a renamed group must keep its members."""
    attribute = text_of(scim, type_name)
    held = {one.name: fitting(scim, one) for one in scim.target.attributes(type_name) if _is_reference(one)}
    before = scim.read(scim.new(type_name, full=True, **held))
    value = different(scim, attribute, value_of(attribute, before))
    answer = write(scim, form, attribute, value, before)
    no_server_error(answer)
    after = scim.read(before)
    if lost := also_changed(scim, before, after, attribute.name):
        name = lost[0]
        told = f"{form} of {attribute.path} changes {', '.join(lost)}"
        raise Finding(told, json_of(before.get(name))[:200], json_of(after.get(name))[:200])
    if answer.succeeded:
        holds(attribute, value, value_of(attribute, after), form)


@pytest.mark.parametrize("form", FORMS)
@requirement(
    "RFC7643-4.2-07",
    level="lie",
    consequence="Members of the inner group have no access although the provider believes that they have it.",
    fix="Accept ids of users and groups as members in every form of a write, or reject groups with a 4xx.",
)
def test_group_becomes_a_member_in_every_form(scim: Session, form: str) -> None:
    """A group must become a member of a group in every form of a write, or be rejected with a 4xx (RFC 7643 section 4.2).

    A server that ignores nested groups in every form gets a warning.
    """
    scim.target.need_attribute(GROUP_URN, "members")
    attribute = _attribute(scim, "Group", "members")
    inner = scim.new_group()
    outer = None if form in CREATES else scim.new_group(members=[member(scim.new_user())])
    answer = write(scim, form, attribute, [{"value": inner["id"]}], outer)
    no_server_error(answer)
    if not answer.succeeded:
        rejected(answer)
        scim.note(f"{form}: the server does not support groups as members")
        return
    group = scim.get(answer.path).json if outer is None else scim.read(outer)
    if inner["id"] not in members(group or {}):
        expected = "the group among the members, or a 4xx"
        verdict = None if _nests(scim, attribute) else Verdict.WARN
        raise Finding(
            f"{form} succeeds, but the group is not a member", expected, json_of(members(group or {})), verdict
        )


def _nests(scim: Session, attribute: Attribute) -> bool:
    """Whether any form of a write makes a group a member, because RFC 7643 section 4.2 does not require nested groups."""
    for form in ("POST", "PUT", "PATCH add"):
        inner = scim.new_group()
        outer = None if form in CREATES else scim.new_group(members=[member(scim.new_user())])
        try:
            answer = write(scim, form, attribute, [{"value": inner["id"]}], outer)
        except NotOffered:
            continue
        shown_now = scim.get(answer.path if outer is None else scim.path_of(outer)) if answer.succeeded else None
        if shown_now is not None and inner["id"] in members(shown_now.json or {}):
            return True
    return False


def _attribute(scim: Session, type_name: str, name: str) -> Attribute:
    found = [one for one in scim.target.attributes(type_name) if one.parent is None and one.name == name]
    if not found:
        raise NotOffered(f"{type_name}.{name} at /Schemas")
    return found[0]


def _must_succeed(answer: Written, attribute: Attribute, answers: list[Written]) -> None:
    """A form must not be rejected if an earlier one, which `answers` contains, was accepted."""
    no_server_error(answer)
    answers.append(answer)
    if answer.status in (404, 405):
        raise NotOffered(answer.form)
    if not answer.succeeded and any(earlier.succeeded for earlier in answers):
        raise Finding(f"{answer.form} of {attribute.path} is rejected", "2xx", answer.told, level="refusal")


def _is_typed(attribute: Attribute) -> bool:
    """A sub-attribute of typed elements that do not refer to a resource."""
    parent = attribute.parent or {}
    if not parent.get("multiValued") or points_at_a_resource(parent) or not can_change(around(attribute)):
        return False
    kind = part_with(around(attribute), "type")
    shown_ = kind is not None and kind.get("returned") not in HIDDEN and attribute.returned not in HIDDEN
    return shown_ and attribute.mutability == "readWrite" and len(_types(kind or {})) > 1


def _types(definition: Json) -> list[str]:
    return [str(one) for one in definition.get("canonicalValues") or ("work", "home")]


def _two_types(attribute: Attribute) -> list[str]:
    return _types(part_with(around(attribute), "type") or {})[:2]


def _is_reference(attribute: Attribute) -> bool:
    return can_change(attribute) and attribute.is_core and points_at_a_resource(attribute.definition)


def _newest(attribute: Attribute, sent: Any, held: Any) -> Any:
    """The sub-attributes that were sent, because replacing a complex value keeps the others (RFC 7644 section 3.5.2.3)."""
    if isinstance(sent, dict) and isinstance(held, dict):
        return {name: value for name, value in held.items() if name in sent}
    return held
