"""RFC 7644 sections 3.5 and 3.7: a change arrives, and nothing else changes, in every form: PUT, PATCH, and Bulk."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api.cases import for_each_attribute, for_each_resource_type
from conformance.check_api.session import Session
from conformance.model.definitions import points_at_a_resource
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered, Verdict
from conformance.target.discovery import GROUP_URN, Attribute
from conformance.topics.kept import also_changed
from conformance.topics.one_attribute import (
    body_with,
    can_change,
    different,
    fitting,
    holds,
    made,
    needed,
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

Json = dict[str, Any]
ELSEWHERE = ("PUT", "PATCH replace")  # checks of RFC 7643 section 7 write each attribute in these forms


@requirement(
    "RFC7644-3.5.2.3-01",
    "RFC7644-3.5.2.3-02",
    "RFC7644-3.10-01",
    "RFC7644-3.10-02",
    "RFC7643-7-22",
    level="lie",
    consequence="Providers differ in how they write a change. What one of them sends is lost while the server reports success.",
    fix="Resolve paths (plain, with URN, in any case) and values without path in one function, for every attribute.",
)
@for_each_attribute(can_change)
def test_new_value_is_stored_in_every_form(scim: Session, attribute: Attribute) -> None:
    """A new value of an attribute must be stored in every form of a change: PUT, PATCH, Bulk; plain name, URN, no path."""
    attribute = needed(attribute)
    value = fitting(scim, attribute)
    resource = made(scim, attribute.resource_type, body_with(scim, attribute, value))
    answers: list[Written] = []

    def judge(form: str) -> None:
        nonlocal value
        value = different(scim, attribute, value)
        answer = write(scim, form, attribute, value, resource)
        no_server_error(answer)
        answers.append(answer)
        if answer.succeeded:
            holds(attribute, value, _newest(attribute, value, shown(scim, attribute, resource)), form)
        elif answer.status in (404, 405):
            raise NotOffered(form)
        elif any(earlier.succeeded for earlier in answers):
            raise Finding(f"{form} of {attribute.path} is rejected", "2xx", answer.told, level="refusal")

    forms = [form for form in CHANGES if form not in ELSEWHERE and not (attribute.multi_valued and " add" in form)]
    all_forms(forms, judge)


@pytest.mark.parametrize("form", PATCHES)
@requirement(
    "RFC7644-3.5.2.3-01",
    "RFC7644-3.5.2.3-02",
    level="lie",
    consequence="An update of one attribute silently takes others away: a rename empties a group, and its members lose access.",
    fix="Apply only what an operation names. A value that is absent from an operation is not an empty value.",
)
@for_each_resource_type
def test_patch_changes_only_what_it_names(scim: Session, type_name: str, form: str) -> None:
    """PATCH must leave every attribute unchanged that it does not name: a group that is renamed keeps its members."""
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
        raise Finding(told, repr(before.get(name))[:200], repr(after.get(name))[:200])
    if answer.succeeded:
        holds(attribute, value, value_of(attribute, after), form)


@pytest.mark.parametrize("form", FORMS)
@requirement(
    "RFC7643-4.2-07",
    level="lie",
    consequence="Members of the inner group have no access, though the provider was told that they have it.",
    fix="Resolve the ids of members among users and groups in every form of a write, or reject groups with a 4xx.",
)
def test_group_becomes_a_member_in_every_form(scim: Session, form: str) -> None:
    """A group must become a member of a group in every form of a write, or be rejected with a 4xx (RFC 7643 4.2).

    A server without groups in groups that ignores them in every form gets a warning.
    """
    scim.target.need_attribute(GROUP_URN, "members")
    attribute = _attribute(scim, "Group", "members")
    inner = scim.new_group()
    outer = None if form in CREATES else scim.new_group(members=[member(scim.new_user())])
    answer = write(scim, form, attribute, [{"value": inner["id"]}], outer)
    no_server_error(answer)
    if not answer.succeeded:
        rejected(answer)
        scim.note(f"{form}: groups as members are not supported")
        return
    group = scim.get(answer.path).json if outer is None else scim.read(outer)
    if inner["id"] not in members(group or {}):
        expected = "the group among the members, or a 4xx"
        verdict = None if _nests(scim, attribute) else Verdict.WARN
        raise Finding(f"the group that {form} adds is not a member", expected, repr(members(group or {})), verdict)


def _nests(scim: Session, attribute: Attribute) -> bool:
    """Whether a group becomes a member in any form: RFC 7643 4.2 lets members be users or groups, and demands neither."""
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


def _is_reference(attribute: Attribute) -> bool:
    return can_change(attribute) and attribute.is_core and points_at_a_resource(attribute.definition)


def _newest(attribute: Attribute, sent: Any, held: Any) -> Any:
    """What is shown of the parts that were sent: replacing a complex value keeps its other parts (RFC 7644 3.5.2.3)."""
    if isinstance(sent, dict) and isinstance(held, dict):
        return {name: value for name, value in held.items() if name in sent}
    return held
