"""RFC 7644 section 3.5.1: PUT replaces the resource and returns it."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import USER_URN
from conformance.topics.samples import addresses, ids, mails, member, members

TRIES = 8
REPLACED = ("displayName", "name", "emails")


def before_and_after(scim: Session, name: str) -> tuple[Any, Any]:
    """Two values of an attribute of users."""
    if name == "displayName":
        return "Before", "After"
    if name == "name":
        return {"givenName": "Before", "familyName": "Check"}, {"givenName": "After", "familyName": "Changed"}
    work, home, other = addresses(scim)
    return [work, home], [other]


def as_body(resource: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The resource as a client would send it back, with changes."""
    return {**{name: value for name, value in resource.items() if name != "meta"}, **changes}


@pytest.mark.parametrize("name", REPLACED)
@requirement(
    "RFC7644-3.5-01",
    "RFC7644-3.5.1-04",
    "RFC7644-3.5.1-15",
    level="lie",
    consequence="Okta and OneLogin change users with PUT: they see success, but the old data remains.",
    fix="Replace every stored value with the writable value in the request.",
)
def test_put_replaces_and_answers_with_the_resource(scim: Session, name: str) -> None:
    """PUT must store what was sent and return it with 200; the next GET must contain the new values and not the old ones."""
    before, after = before_and_after(scim, name)
    user = scim.new_user(**{name: before})
    answer = expect.status(
        scim.put(scim.path_of(user), scim.user_body(**{"userName": user["userName"], name: after})), 200
    )
    for place in (answer.json if isinstance(answer.json, dict) else {}, scim.read(user)):
        if name == "emails":
            expect.equal(mails(place), mails({"emails": after}), name)
        elif name == "name":
            held = place.get("name") or {}
            expect.equal({part: held.get(part) for part in after}, after, name)
        else:
            expect.equal(place.get(name), after, name)
    expect.equal(answer["id"], user["id"], "id in the response")


@requirement(
    "RFC7644-3.5.1-05",
    "RFC7644-3.5.1-06",
    "RFC7644-3.5.1-15",
    level="lie",
    consequence="The provider relies on a wrong response and never checks what was stored.",
    fix="Clear, keep, or default attributes that are omitted, and return what was stored.",
)
def test_put_of_a_part_answers_with_what_is_stored(scim: Session) -> None:
    """PUT without nickName, title, and displayName must succeed, and the response must equal the next GET."""
    optional = {name: f"Old {name}" for name in ("nickName", "title", "displayName")}
    user = scim.new_user(**optional)
    answer = expect.status(scim.put(scim.path_of(user), scim.user_body(userName=user["userName"])), 200)
    read = scim.read(user)
    for name in optional:
        expect.equal(read.get(name), answer[name], f"{name} in the next GET compared with the response")
    if len({read.get(name) == value for name, value in optional.items()}) > 1:
        scim.note("PUT keeps some of the omitted attributes and clears others")


@requirement(
    "RFC7644-3.5.1-04",
    "RFC7643-2.5-02",
    level="lie",
    consequence="Data that was removed from a user remains.",
    fix="Treat null and [] in PUT as no value.",
)
@pytest.mark.parametrize("empty", [None, []], ids=["null", "empty list"])
def test_put_of_no_values_clears(scim: Session, empty: Any) -> None:
    """PUT with emails set to null or [] must remove all email addresses."""
    work, home, _ = addresses(scim)
    if scim.target.need_attribute(USER_URN, "emails").get("required") is True:
        raise NotOffered("email addresses that are not required")
    user = scim.new_user(emails=[work, home])
    expect.status(scim.put(scim.path_of(user), as_body(user, emails=empty)), 200)
    expect.cleared(scim, scim.read(user), emails=[work, home])


@requirement(
    "RFC7644-3.5.1-17",
    level="lie",
    consequence="A client that reads all changes since its last sync misses the change or loses the resource.",
    fix="Keep id, created, and location, and update lastModified with each change.",
)
def test_put_keeps_id_created_and_location(scim: Session) -> None:
    """PUT must keep id, created, and location, and must update lastModified unless it has a precision of seconds."""
    user = scim.read(scim.new_user())
    before = after = user.get("meta") or {}
    for number in range(TRIES):  # two changes within one tick of a coarse clock have the same time
        body = scim.user_body(userName=user["userName"], displayName=f"Changed {number}")
        expect.status(scim.put(scim.path_of(user), body), 200)
        after = scim.read(user).get("meta") or {}
        if after.get("lastModified") != before.get("lastModified"):
            break
    for name in ("created", "location", "resourceType"):
        expect.equal(after.get(name), before.get(name), f"meta.{name}")
    if before.get("lastModified") is not None:
        old, new = (expect.moment(meta.get("lastModified"), "meta.lastModified") for meta in (before, after))
        if new < old or (new == old and new.microsecond):
            raise Finding("lastModified does not move with the change", f"later than {old}", str(new))


@requirement(
    "RFC7644-3.5.1-14",
    level="lie",
    consequence="A user without a userName remains that no provider ever finds again.",
    fix="Check required attributes in PUT as in POST.",
)
def test_put_without_user_name_is_refused(scim: Session) -> None:
    """PUT without a required attribute must be rejected and change nothing; keeping the old value is a warning."""
    user = scim.read(scim.new_user(displayName="Stays"))
    body = scim.user_body(displayName="Lost")
    del body["userName"]
    answer = scim.put(scim.path_of(user), body)
    if answer.status == 200 and scim.read(user).get("userName") == user["userName"]:
        scim.warn("PUT without userName keeps the old userName", "400", "200")
        return
    expect.status(answer, 400)
    expect.keyword(scim, answer, 400, "invalidValue", "invalidSyntax")
    expect.unchanged(scim, user)
    expect.status(scim.put(scim.path_of(user), scim.user_body(userName=user["userName"], displayName="Found")), 200)


@for_each_resource_type
@pytest.mark.parametrize("deleted", [False, True], ids=["never there", "deleted"])
@requirement(
    "RFC7644-3.5.1-02",
    "RFC7644-3.2-06",
    level="lie",
    consequence="A late update recreates a leaver, or clients can choose ids.",
    fix="Return 404 if no resource has this id.",
)
def test_put_never_creates(scim: Session, type_name: str, deleted: bool) -> None:
    """PUT to an unknown or deleted id must be rejected with 404 and must not create a resource."""
    path = f"{scim.target.need_type(type_name)}/{scim.unknown()}"
    if deleted:
        path = scim.path_of(scim.new(type_name))
        expect.status(scim.delete(path), 204)
    answer = scim.put(path, scim.body(type_name))
    scim.remember(answer)
    if deleted:  # RFC 7644 section 3.6 says MUST for deleted resources
        expect.scim_error(answer, 404)
    expect.not_found(scim, answer)
    expect.not_found(scim, scim.get(path))


@requirement(
    "RFC7644-3.5.1-16",
    "RFC7644-3.12-20",
    level="lie",
    consequence="Two accounts have the same name, and the wrong one is changed.",
    fix="Check uniqueness in PUT as in POST.",
)
def test_put_cannot_take_another_user_name(scim: Session) -> None:
    """PUT with the userName of another user must be rejected and change nothing; no scimType uniqueness is a warning."""
    one, other = scim.new_user(), scim.read(scim.new_user())
    answer = scim.put(scim.path_of(other), scim.user_body(userName=one["userName"]))
    expect.keyword(scim, answer, (409, 400), "uniqueness", "mutability")
    expect.unchanged(scim, other)


@requirement(
    "RFC7644-3.5.1-18",
    level="lie",
    consequence="Okta's wizard apps send members with PUT: leavers stay in groups, and joiners are not added.",
    fix="Replace the members with those in the request for every PUT.",
)
def test_put_replaces_the_members_of_a_group(scim: Session) -> None:
    """After PUT with other members, fewer members, or none, a group must have exactly these members."""
    a, b, c = (scim.new_user() for _ in range(3))
    group = scim.new_group(members=[member(a), member(b)])
    for wanted in ([b, c], [a], []):
        body = as_body(group, members=[member(user) for user in wanted])
        answer = expect.status(scim.put(scim.path_of(group), body), 200)
        expect.equal(members(scim.read(group)), ids(*wanted), "members")
        if answer["members"] is not None:
            expect.equal(members(answer.json), ids(*wanted), "members in the response")
