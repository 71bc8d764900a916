"""RFC 7644 section 3.5.2: the format of PATCH requests, which attributes they may change, and the response."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import PATCH_URN, Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.target.discovery import ENTERPRISE_URN, USER_URN
from conformance.topics.kept import also_changed
from conformance.topics.samples import addresses, replaced

SYNTAX = ("invalidSyntax", "invalidValue", "invalidPath")


@requirement("RFC7644-3.5.2-25", level="lie", consequence="Okta relies on the response, so it stores a wrong state.")
def test_successful_patch_answers_with_the_resource_or_nothing(scim: Session) -> None:
    """PATCH must return 200 with the resource as the next GET returns it, or 204 without a body."""
    user = scim.new_user(displayName="Before")
    answer = scim.patch(scim.path_of(user), replaced("After"))
    expect.written(answer)
    if answer.status == 200:
        expect.equal(answer.json, scim.read(user), "the body of the 200")


@requirement(
    "RFC7644-3.5.2-26",
    "RFC7644-3.9-01",
    level="refusal",
    consequence="A client that requests one attribute in the response does not get it.",
)
def test_patch_with_attributes_answers_200(scim: Session) -> None:
    """PATCH with the parameter attributes=displayName must return 200 with id and displayName."""
    user = scim.new_user(nickName="Nick")
    answer = scim.patch(f"{scim.path_of(user)}?attributes=displayName", replaced("After"))
    expect.status(answer, 200)
    expect.holds(answer.json or {}, id=user["id"], displayName="After")
    expect.lacks(answer.json, "nickName", "name", "userName")
    expect.holds(scim.read(user), displayName="After", nickName="Nick")


@requirement("RFC7644-3.5.2-20", level="lie")
def test_operations_apply_in_order(scim: Session) -> None:
    """The operations of a PATCH must be applied in order: add, remove, and add must leave the last value."""
    scim.target.need_attribute(USER_URN, "nickName")
    user = scim.new_user()
    answer = scim.patch(
        scim.path_of(user),
        {"op": "add", "path": "nickName", "value": "One"},
        {"op": "remove", "path": "nickName"},
        {"op": "add", "path": "nickName", "value": "Two"},
    )
    expect.written(answer)
    expect.holds(scim.read(user), nickName="Two")


@requirement(
    "RFC7644-3.5.2-20",
    level="lie",
    consequence="If one request renames and deactivates a leaver, the leaver stays active.",
)
def test_all_operations_of_one_request_take_effect(scim: Session) -> None:
    """PATCH with several operations must apply all of them: userName, active, and displayName."""
    user = scim.new_user(active=True)
    name = f"{scim.name()}@check.example"
    answer = scim.patch(
        scim.path_of(user), replaced(name, "userName"), replaced(False, "active"), replaced("After", "displayName")
    )
    expect.written(answer)
    expect.holds(scim.read(user), userName=name, active=False, displayName="After")


@requirement(
    "RFC7644-3.5.2-22",
    "RFC7644-3.5.2-23",
    "RFC7644-3.5.2-24",
    level="lie",
    consequence="Only part of a change is applied.",
)
@pytest.mark.parametrize("place", [0, 1, 2], ids=["first", "middle", "last"])
def test_patch_is_all_or_nothing(scim: Session, place: int) -> None:
    """An invalid operation at any position of a PATCH must reject the whole request and change nothing."""
    user = scim.read(scim.new_user(displayName="Before", active=True))
    operations: list[dict[str, Any]] = [replaced("After"), replaced(False, "active")]
    operations.insert(place, {"op": "remove"})
    answer = scim.patch(scim.path_of(user), *operations)
    expect.refused(answer)
    expect.unchanged(scim, user, apart_from=())
    expect.written(scim.patch(scim.path_of(user), *(o for o in operations if len(o) > 1)))


@requirement("RFC7644-3.5.2-21", level="lie", consequence="Password resets go to the wrong mailbox.")
def test_new_primary_takes_the_place_of_the_old(scim: Session) -> None:
    """If PATCH makes a second value primary, the first value must no longer be primary."""
    work, home, _ = addresses(scim)
    user = scim.new_user(emails=[work, home])
    expect.written(scim.patch(scim.path_of(user), replaced(True, 'emails[type eq "home"].primary')))
    primaries = [e.get("type") for e in scim.read(user).get("emails") or () if e.get("primary") is True]
    expect.equal(primaries, ["home"], "the primary addresses")


@requirement("RFC7644-3.5.2-16", "RFC7644-3.5.2-13", "RFC7644-3.12-21", level="lie")
@pytest.mark.parametrize("path", ["id", "meta.created", "meta"])
def test_read_only_attributes_cannot_be_patched(scim: Session, path: str) -> None:
    """PATCH of a readOnly attribute must not change it; accepting the request and ignoring it is a warning."""
    user = scim.new_user()
    value = {"created": "2001-01-01T00:00:00Z"} if path == "meta" else "2001-01-01T00:00:00Z"
    answer = scim.patch(scim.path_of(user), replaced(value, path))
    expect.unchanged(scim, user, apart_from=("meta",))
    created = (scim.read(user).get("meta") or {}).get("created")
    expect.equal(created, (user.get("meta") or {}).get("created"), "meta.created")
    if answer.status < 300:
        scim.warn(f"PATCH of {path} succeeds", "400 mutability", str(answer.status))
        return
    expect.keyword(scim, answer, 400, "mutability", "noTarget", "invalidPath", "invalidValue")


@requirement("RFC7644-3.5.2-13", level="lie", consequence="A value of the wrong type makes later reads fail.")
@pytest.mark.parametrize(
    ("path", "value"),
    [("active", {"a": 1}), ("active", "maybe"), ("name", "x"), ("emails", "x"), ("displayName", {"a": 1})],
    ids=["active object", "active text", "name text", "emails text", "displayName object"],
)
def test_value_of_another_type_is_refused(scim: Session, path: str, value: Any) -> None:
    """PATCH with a value of the wrong type must be rejected and must change nothing."""
    scim.target.need_attribute(USER_URN, path)
    user = scim.new_user()
    answer = scim.patch(scim.path_of(user), replaced(value, path))
    if path == "emails" and answer.status < 300:  # a server may accept a string as the value of emails
        return
    expect.refused(answer)
    expect.keyword(scim, answer, answer.status, *SYNTAX)
    expect.unchanged(scim, user)


@requirement("RFC7644-3.5.2-05", "RFC7644-3.12-22", "RFC7644-3.5.2-02")
@pytest.mark.parametrize("op", ["move", "copy", "test", "increment", "", None])
def test_unknown_op_is_refused(scim: Session, op: str | None) -> None:
    """PATCH with an unknown, empty, or missing op, such as move, copy, or test, must be rejected with 400."""
    user = scim.new_user(displayName="Stays")
    operation = {"op": op, "path": "displayName", "from": "displayName", "value": "x"}
    answer = scim.patch(scim.path_of(user), {k: v for k, v in operation.items() if v is not None})
    expect.keyword(scim, answer, 400, *SYNTAX)
    expect.unchanged(scim, user)


@requirement(
    "RFC7644-3.5.2-06",
    level="lie",
    consequence="By default, Entra sends Add, Replace, and Remove, so none of its changes arrive.",
)
@pytest.mark.parametrize("op", ["Add", "Replace", "Remove"])
def test_op_is_taken_in_any_case(scim: Session, op: str) -> None:
    """PATCH with op in any case must take effect; rejecting it is a warning."""
    user = scim.new_user(nickName="Before")
    value = {} if op == "Remove" else {"value": "After"}
    answer = scim.patch(scim.path_of(user), {"op": op, "path": "nickName", **value})
    if 400 <= answer.status < 500:
        scim.warn("an op in a different case is rejected", "accepted", answer.told)
        expect.unchanged(scim, user)
        return
    expect.written(answer)
    expect.equal(scim.read(user).get("nickName"), value.get("value"), "nickName")


@requirement("RFC7644-3.5.2-04", fix="Return 400 invalidSyntax to a request without operations.")
@pytest.mark.parametrize(
    "body",
    [
        {"schemas": [PATCH_URN]},
        {"schemas": [PATCH_URN], "Operations": {}},
        {"schemas": [PATCH_URN], "Operations": "x"},
        {"schemas": [PATCH_URN], "Operations": ["x"]},
        [],
    ],
    ids=["none", "object", "string", "array of strings", "body is an array"],
)
def test_patch_without_operations_is_refused(scim: Session, body: Any) -> None:
    """PATCH without a list of operations must be rejected with 400."""
    scim.target.need("patch")
    user = scim.new_user()
    expect.keyword(scim, scim.client.send("PATCH", scim.path_of(user), body), 400, *SYNTAX)
    expect.unchanged(scim, user)


@requirement("RFC7644-3.5.2-04", level="cosmetic")
def test_patch_with_an_empty_list_of_operations(scim: Session) -> None:
    """PATCH with an empty list of operations must change nothing; accepting it is a warning."""
    user = scim.new_user()
    answer = scim.patch(scim.path_of(user))
    if answer.status < 300:
        scim.warn("PATCH with an empty list of operations succeeds", "400", str(answer.status))
    else:
        expect.keyword(scim, answer, 400, *SYNTAX)
    expect.unchanged(scim, user)


@requirement("RFC7644-3.5.2-03", level="cosmetic")
@pytest.mark.parametrize("schemas", [None, [USER_URN], ["urn:example:none"]], ids=["none", "User", "unknown"])
def test_patch_needs_its_schema(scim: Session, schemas: list[str] | None) -> None:
    """PATCH without the PatchOp schema must be rejected with 400; accepting it is a warning."""
    scim.target.need("patch")
    user = scim.new_user(displayName="Before")
    body = {"Operations": [replaced("After")], **({"schemas": schemas} if schemas else {})}
    answer = scim.client.send("PATCH", scim.path_of(user), body)
    if answer.status < 300:
        scim.warn("PATCH without the PatchOp schema is accepted", "400 invalidSyntax", str(answer.status))
        expect.holds(scim.read(user), displayName="After")
        return
    expect.keyword(scim, answer, 400, *SYNTAX)
    expect.unchanged(scim, user)


@requirement("RFC7644-3.5.2-27")
def test_patch_of_an_unknown_id_is_404(scim: Session) -> None:
    """PATCH of an unknown id must be rejected and must not create a resource; a 4xx other than 404 is a warning."""
    unknown = f"{scim.users}/{scim.unknown()}"
    expect.not_found(scim, scim.patch(unknown, replaced(False, "active")))
    expect.scim_error(scim.patch(unknown, {"op": "move"}), (404, 400))
    expect.not_found(scim, scim.get(unknown))


@requirement("RFC7644-3.5.2-28", level="lie", consequence="Two users have the same userName.")
def test_patch_cannot_take_another_user_name(scim: Session) -> None:
    """PATCH to a userName that is already in use must be rejected and must change nothing."""
    one, other = scim.new_user(), scim.new_user()
    for name in (one["userName"], one["userName"].upper()):
        answer = scim.patch(scim.path_of(other), replaced(name, "userName"))
        expect.keyword(scim, answer, (409, 400), "uniqueness", "mutability")
        expect.unchanged(scim, other)


@requirement("RFC7644-3.5.2-25", level="lie", consequence="Attributes that no one changed are lost with each update.")
def test_unrelated_patch_leaves_everything_else(scim: Session) -> None:
    """PATCH of displayName must keep emails, externalId, name, and extension data."""
    work, home, _ = addresses(scim)
    extension = {ENTERPRISE_URN: {"department": "Sales"}} if ENTERPRISE_URN in scim.target.schemas else {}
    user = scim.read(scim.new_user(emails=[work, home], externalId=scim.name(), **extension))
    for value in ("One", "Two"):
        expect.written(scim.patch(scim.path_of(user), replaced(value)))
    after = scim.read(user)
    if changed := also_changed(scim, user, after, "displayName"):
        raise Finding("PATCH of displayName changed other attributes", "only displayName", ", ".join(changed))
