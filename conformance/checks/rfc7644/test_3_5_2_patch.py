"""RFC 7644 section 3.5.2: PATCH as a whole, add and replace."""

from __future__ import annotations

from typing import Any

import pytest

from conformance import expect
from conformance.requirements import requirement
from conformance.session import PATCH_URN, Session
from conformance.target import ENTERPRISE_URN, USER_URN
from conformance.verdict import Finding

WORK = {"value": "work@check.example", "type": "work", "primary": True}
HOME = {"value": "home@check.example", "type": "home"}


def mails(resource: dict[str, Any]) -> dict[str, str]:
    """type → address, in lower case."""
    return {str(item.get("type")): str(item.get("value")).lower() for item in resource.get("emails") or ()}


@requirement("RFC7644-3.5.2.3-02", "RFC7644-3.5.2-25", level="lie")
def test_replace_sets_a_single_value(scim: Session) -> None:
    """replace displayName sets it."""
    user = scim.new_user(displayName="Before")
    expect.written(scim.patch(scim.path_of(user), {"op": "replace", "path": "displayName", "value": "After"}))
    expect.holds(scim.read(user), displayName="After", userName=user["userName"])


@requirement("RFC7644-3.5.2.3-04", level="lie")
def test_replace_of_nothing_works_as_add(scim: Session) -> None:
    """replace on an attribute without value sets it."""
    user = scim.new_user()
    expect.written(scim.patch(scim.path_of(user), {"op": "replace", "path": "nickName", "value": "Nick"}))
    expect.holds(scim.read(user), nickName="Nick")


@requirement("RFC7644-3.5.2.1-04", "RFC7644-3.5.2.1-07", level="lie", consequence="Entra uses add for single values.")
def test_add_sets_a_single_value(scim: Session) -> None:
    """add creates and replaces a single value."""
    user = scim.new_user()
    for value in ("One", "Two"):
        expect.written(scim.patch(scim.path_of(user), {"op": "add", "path": "displayName", "value": value}))
        expect.holds(scim.read(user), displayName=value)


@requirement("RFC7644-3.5.2.3-01", "RFC7644-3.5.2.1-03", level="lie", consequence="Okta deactivates without a path.")
@pytest.mark.parametrize("op", ["add", "replace"])
def test_without_path_the_value_names_the_attributes(scim: Session, op: str) -> None:
    """A path-less operation sets every attribute of its value."""
    user = scim.new_user(active=True)
    answer = scim.patch(scim.path_of(user), {"op": op, "value": {"displayName": "Pathless", "active": False}})
    expect.written(answer)
    expect.holds(scim.read(user), displayName="Pathless", active=False, userName=user["userName"])


@requirement("RFC7644-3.5.2.3-05", "RFC7644-3.5.2.1-05", level="lie")
def test_replace_on_a_complex_attribute_keeps_the_other_parts(scim: Session) -> None:
    """replace name with a new givenName leaves the familyName."""
    user = scim.new_user(name={"givenName": "Before", "familyName": "Stays"})
    operation = {"op": "replace", "path": "name", "value": {"givenName": "After"}}
    expect.written(scim.patch(scim.path_of(user), operation))
    name = scim.read(user).get("name") or {}
    expect.equal((name.get("givenName"), name.get("familyName")), ("After", "Stays"), "name")


@requirement("RFC7644-3.5.2.3-02", level="lie")
def test_replace_of_a_sub_attribute(scim: Session) -> None:
    """replace name.familyName changes only that."""
    user = scim.new_user(name={"givenName": "Stays", "familyName": "Before"})
    expect.written(scim.patch(scim.path_of(user), {"op": "replace", "path": "name.familyName", "value": "After"}))
    name = scim.read(user).get("name") or {}
    expect.equal((name.get("givenName"), name.get("familyName")), ("Stays", "After"), "name")


@requirement("RFC7644-3.5.2.1-06", level="lie")
def test_add_appends_to_a_multi_valued_attribute(scim: Session) -> None:
    """add emails leaves the ones that were there."""
    user = scim.new_user(emails=[WORK])
    expect.written(scim.patch(scim.path_of(user), {"op": "add", "path": "emails", "value": [HOME]}))
    expect.equal(mails(scim.read(user)), {"work": WORK["value"], "home": HOME["value"]}, "emails")


@requirement("RFC7644-3.5.2.1-08", "RFC7644-3.5.2.1-09", level="lie")
def test_add_of_a_value_already_there_changes_nothing(scim: Session) -> None:
    """The same e-mail added again is a success and no second element."""
    user = scim.new_user(emails=[WORK])
    expect.written(scim.patch(scim.path_of(user), {"op": "add", "path": "emails", "value": [WORK]}))
    expect.equal(len(scim.read(user).get("emails") or ()), 1, "the number of e-mails")


@requirement("RFC7644-3.5.2.3-03", level="lie")
def test_replace_of_a_multi_valued_attribute_replaces_all(scim: Session) -> None:
    """replace emails leaves only the new list."""
    user = scim.new_user(emails=[WORK])
    expect.written(scim.patch(scim.path_of(user), {"op": "replace", "path": "emails", "value": [HOME]}))
    expect.equal(mails(scim.read(user)), {"home": HOME["value"]}, "emails")


@requirement("RFC7644-3.5.2.3-07", level="lie")
def test_replace_with_filter_changes_the_matching_element(scim: Session) -> None:
    """emails[type eq "work"].value changes that address and no other."""
    user = scim.new_user(emails=[WORK, HOME])
    operation = {"op": "replace", "path": 'emails[type eq "work"].value', "value": "new@check.example"}
    expect.written(scim.patch(scim.path_of(user), operation))
    expect.equal(mails(scim.read(user)), {"work": "new@check.example", "home": HOME["value"]}, "emails")


@requirement("RFC7644-3.5.2.3-08", "RFC7644-3.12-24", level="lie", consequence="Entra wants the e-mail to be created.")
def test_replace_with_filter_that_matches_nothing(scim: Session) -> None:
    """No match is 400 noTarget, or what Entra expects: the element is created; never a 2xx without effect."""
    user = scim.new_user(emails=[HOME])
    operation = {"op": "replace", "path": 'emails[type eq "work"].value', "value": "new@check.example"}
    answer = scim.patch(scim.path_of(user), operation)
    if answer.status == 400:
        expect.scim_error(answer, 400, "noTarget")
        return
    expect.written(answer)
    if mails(scim.read(user)).get("work") != "new@check.example":
        raise Finding(
            "a success without effect", "400 noTarget, or the new element", repr(scim.read(user).get("emails"))
        )
    scim.note("the element is created, as Entra wants; by the letter it is 400 noTarget")


@requirement("RFC7644-3.5.2-21", level="lie")
def test_new_primary_takes_the_place_of_the_old(scim: Session) -> None:
    """Setting a second value primary makes the first not primary."""
    user = scim.new_user(emails=[WORK, HOME])
    operation = {"op": "replace", "path": 'emails[type eq "home"].primary', "value": True}
    expect.written(scim.patch(scim.path_of(user), operation))
    primaries = [e.get("type") for e in scim.read(user).get("emails") or () if e.get("primary") is True]
    expect.equal(primaries, ["home"], "the primary e-mails")


@requirement("RFC7644-3.5.2-22", "RFC7644-3.5.2-23", "RFC7644-3.5.2-24", level="lie")
def test_patch_is_all_or_nothing(scim: Session) -> None:
    """A good and a bad operation together change nothing."""
    user = scim.new_user(displayName="Before")
    answer = scim.patch(
        scim.path_of(user),
        {"op": "replace", "path": "displayName", "value": "After"},
        {"op": "replace", "path": "id", "value": "other"},
    )
    if answer.status < 300:
        scim.warn("a PATCH of the id is answered with success", "400 mutability", str(answer.status))
        return
    expect.refused(answer)
    expect.unchanged(scim, user)


@requirement("RFC7644-3.5.2-20", level="lie")
def test_operations_apply_in_order(scim: Session) -> None:
    """add, remove, add of the same attribute ends with the last."""
    user = scim.new_user()
    answer = scim.patch(
        scim.path_of(user),
        {"op": "add", "path": "nickName", "value": "One"},
        {"op": "remove", "path": "nickName"},
        {"op": "add", "path": "nickName", "value": "Two"},
    )
    expect.written(answer)
    expect.holds(scim.read(user), nickName="Two")


@requirement("RFC7644-3.5.2-13", "RFC7644-3.5.2-16", "RFC7644-3.12-21", "RFC7643-7-21", level="lie")
@pytest.mark.parametrize("path", ["id", "meta.created", "meta"])
def test_read_only_attributes_cannot_be_patched(scim: Session, path: str) -> None:
    """A readOnly target is refused with mutability, and never changes."""
    user = scim.new_user()
    value = {"created": "2001-01-01T00:00:00Z"} if path == "meta" else "2001-01-01T00:00:00Z"
    answer = scim.patch(scim.path_of(user), {"op": "replace", "path": path, "value": value})
    expect.unchanged(scim, user, apart_from=("meta",))
    created = (scim.read(user).get("meta") or {}).get("created")
    expect.equal(created, (user.get("meta") or {}).get("created"), "meta.created")
    if answer.status < 300:
        scim.warn(f"a PATCH of {path} is answered with success", "400 mutability", str(answer.status))
        return
    expect.scim_error(answer, 400, "mutability", "noTarget", "invalidPath", "invalidValue")


@requirement("RFC7644-3.5.2-05", "RFC7644-3.12-22")
def test_unknown_op_is_refused(scim: Session) -> None:
    """move is no op of SCIM."""
    user = scim.new_user()
    expect.refused(scim.patch(scim.path_of(user), {"op": "move", "path": "displayName", "value": "x"}))
    expect.unchanged(scim, user)


@requirement("RFC7644-3.5.2-06", level="lie", consequence="Entra's default dialect writes Add, Replace, Remove.")
def test_op_is_taken_in_any_case(scim: Session) -> None:
    """Replace works like replace, or is refused; never a success without effect."""
    user = scim.new_user(displayName="Before")
    answer = scim.patch(scim.path_of(user), {"op": "Replace", "path": "displayName", "value": "After"})
    if 400 <= answer.status < 500:
        scim.warn("op in capitals is refused", "accepted", str(answer.status))
        expect.unchanged(scim, user)
        return
    expect.written(answer)
    expect.holds(scim.read(user), displayName="After")


@requirement("RFC7644-3.5.2-10", "RFC7644-3.5.2-11", "RFC7644-3.12-23")
@pytest.mark.parametrize("path", ["scimulatorUnknown", "emails[type eq", "..", 'emails[type eq "work"]value'])
def test_bad_path_is_refused(scim: Session, path: str) -> None:
    """A path that leads nowhere is refused with invalidPath (or noTarget, invalidFilter)."""
    user = scim.new_user()
    answer = scim.patch(scim.path_of(user), {"op": "replace", "path": path, "value": "x"})
    if answer.status < 300:
        scim.warn("a path to nowhere is answered with success", "400 invalidPath", str(answer.status))
        return
    expect.scim_error(answer, 400, "invalidPath", "noTarget", "invalidFilter", "invalidValue", "invalidSyntax")


@requirement("RFC7644-3.5.2-12")
def test_paths_are_case_insensitive_and_may_carry_the_urn(scim: Session) -> None:
    """DISPLAYNAME and urn:…:User:displayName lead to the same place."""
    user = scim.new_user()
    for path, value in (("DISPLAYNAME", "One"), (f"{USER_URN}:displayName", "Two")):
        expect.written(scim.patch(scim.path_of(user), {"op": "replace", "path": path, "value": value}))
        expect.holds(scim.read(user), displayName=value)


@requirement("RFC7644-3.5.2.3-11", "RFC7644-3.5.2-17", level="lie")
def test_extension_attributes_are_patched_by_urn(scim: Session) -> None:
    """The department is set by its full path, and the extension's URN appears in schemas."""
    scim.target.need_attribute(ENTERPRISE_URN, "department")
    user = scim.new_user()
    operation = {"op": "add", "path": f"{ENTERPRISE_URN}:department", "value": "Check"}
    expect.written(scim.patch(scim.path_of(user), operation))
    read = scim.read(user)
    expect.equal((read.get(ENTERPRISE_URN) or {}).get("department"), "Check", "department")
    expect.equal(ENTERPRISE_URN in read["schemas"], True, "the extension's URN in schemas")


@requirement("RFC7644-3.5.2-03", "RFC7644-3.5.2-04")
@pytest.mark.parametrize(
    "body",
    [
        {"schemas": [PATCH_URN]},
        {"schemas": [PATCH_URN], "Operations": []},
        {"schemas": [PATCH_URN], "Operations": "x"},
        [],
    ],
    ids=["none", "empty", "text", "array"],
)
def test_patch_without_operations_is_refused(scim: Session, body: Any) -> None:
    """A PATCH needs a list of operations."""
    scim.target.need("patch")
    user = scim.new_user()
    expect.refused(scim.client.send("PATCH", scim.path_of(user), body))


@requirement("RFC7644-3.5.2-27")
def test_patch_of_an_unknown_id_is_404(scim: Session) -> None:
    """PATCH does not create."""
    answer = scim.patch(f"{scim.users}/{expect.UNKNOWN}", {"op": "replace", "path": "active", "value": False})
    expect.scim_error(answer, 404)


@requirement("RFC7644-3.5.2-28", level="lie")
def test_patch_cannot_take_another_user_name(scim: Session) -> None:
    """A userName in use is refused."""
    one, other = scim.new_user(), scim.new_user()
    answer = scim.patch(scim.path_of(other), {"op": "replace", "path": "userName", "value": one["userName"]})
    expect.scim_error(answer, (409, 400), "uniqueness", "mutability")
    expect.unchanged(scim, other)


@requirement("RFC7644-3.5.2.1-11", level="lie")
def test_add_appends_members(scim: Session) -> None:
    """add members leaves those who were there, and adding twice is no doubling."""
    one, other = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[{"value": one["id"]}])
    for _ in range(2):
        operation = {"op": "add", "path": "members", "value": [{"value": other["id"]}]}
        expect.written(scim.patch(scim.path_of(group), operation))
    members = [member.get("value") for member in scim.read(group).get("members") or []]
    expect.equal(sorted(members), sorted([one["id"], other["id"]]), "members")


@requirement("RFC7644-3.5.2.1-01", "RFC7644-3.5.2.3-09")
@pytest.mark.parametrize("op", ["add", "replace"])
def test_operation_without_value_is_refused(scim: Session, op: str) -> None:
    """add and replace need a value."""
    user = scim.new_user()
    answer = scim.patch(scim.path_of(user), {"op": op, "path": "displayName"})
    if answer.status < 300:
        raise Finding("an operation without value is answered with success", "400", str(answer.status))
    expect.refused(answer)
