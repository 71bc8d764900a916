"""RFC 7644 section 3.5.1: a PUT replaces what was sent and answers with the resource."""

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
    consequence="Okta and OneLogin change people by PUT: they see success, and the old data stays.",
    fix="Put every writable value of the body in the place of the stored one.",
)
def test_put_replaces_and_answers_with_the_resource(scim: Session, name: str) -> None:
    """A PUT stores what was sent, answers 200 with it, and the next GET agrees: new values are there, old ones gone."""
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
    expect.equal(answer["id"], user["id"], "id in the answer")


@requirement(
    "RFC7644-3.5.1-05",
    "RFC7644-3.5.1-06",
    "RFC7644-3.5.1-15",
    level="lie",
    consequence="The provider believes that a value is gone, or that it is there, and never looks again.",
    fix="Clear, keep or default what is left out, and answer with what was stored.",
)
def test_put_of_a_part_answers_with_what_is_stored(scim: Session) -> None:
    """A PUT without nickName, title and displayName is taken; whatever becomes of them, answer and GET agree."""
    optional = {name: f"Old {name}" for name in ("nickName", "title", "displayName")}
    user = scim.new_user(**optional)
    answer = expect.status(scim.put(scim.path_of(user), scim.user_body(userName=user["userName"])), 200)
    read = scim.read(user)
    for name in optional:
        expect.equal(read.get(name), answer[name], f"{name} on reading, against the answer,")
    if len({read.get(name) == value for name, value in optional.items()}) > 1:
        scim.note("of what a PUT leaves out some is kept and some is cleared")


@requirement(
    "RFC7644-3.5.1-04",
    "RFC7643-2.5-02",
    level="lie",
    consequence="What was taken away from a person stays.",
    fix="Treat null and [] in a PUT as no value.",
)
@pytest.mark.parametrize("empty", [None, []], ids=["null", "empty list"])
def test_put_of_no_values_clears(scim: Session, empty: Any) -> None:
    """A PUT with emails null or [] leaves the user without e-mails."""
    work, home, _ = addresses(scim)
    if scim.target.need_attribute(USER_URN, "emails").get("required") is True:
        raise NotOffered("e-mails that are not required")
    user = scim.new_user(emails=[work, home])
    expect.status(scim.put(scim.path_of(user), as_body(user, emails=empty)), 200)
    expect.cleared(scim, scim.read(user), emails=[work, home])


@requirement(
    "RFC7644-3.5.1-17",
    level="lie",
    consequence="A client that asks for what changed since its last visit misses it, or loses the resource.",
    fix="Keep id, created and location; set lastModified at each change.",
)
def test_put_keeps_id_created_and_location(scim: Session) -> None:
    """id, created and location stay; lastModified moves, unless its clock tells seconds only."""
    user = scim.read(scim.new_user())
    before = after = user.get("meta") or {}
    for number in range(TRIES):  # two changes within one tick of a coarse clock look alike
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
            raise Finding("lastModified did not move with the change", f"later than {old}", str(new))


@requirement(
    "RFC7644-3.5.1-14",
    level="lie",
    consequence="A person without a name is left, whom no provider ever finds again.",
    fix="Check required attributes in a PUT as in a create.",
)
def test_put_without_user_name_is_refused(scim: Session) -> None:
    """A PUT that lacks a required attribute is refused and changes nothing; one with it works."""
    user = scim.read(scim.new_user(displayName="Stays"))
    body = scim.user_body(displayName="Lost")
    del body["userName"]
    answer = scim.put(scim.path_of(user), body)
    if answer.status == 200 and scim.read(user).get("userName") == user["userName"]:
        scim.warn("a PUT without userName keeps the old one", "400", "200")
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
    consequence="A leaver comes back by a late update; a client chooses ids.",
    fix="Answer 404 where the id is not there.",
)
def test_put_never_creates(scim: Session, type_name: str, deleted: bool) -> None:
    """A PUT to an id that never was, or is no more, is 404, and nothing is there afterwards."""
    path = f"{scim.target.need_type(type_name)}/{scim.unknown()}"
    if deleted:
        path = scim.path_of(scim.new(type_name))
        expect.status(scim.delete(path), 204)
    answer = scim.put(path, scim.body(type_name))
    scim.remember(answer)
    if deleted:  # RFC 7644 3.6: MUST
        expect.scim_error(answer, 404)
    expect.not_found(scim, answer)
    expect.not_found(scim, scim.get(path))


@requirement(
    "RFC7644-3.5.1-16",
    "RFC7644-3.12-20",
    level="lie",
    consequence="Two accounts answer to one name: the wrong one is changed.",
    fix="Check uniqueness in a PUT as in a create.",
)
def test_put_cannot_take_another_user_name(scim: Session) -> None:
    """A PUT with somebody else's userName is refused as uniqueness, and changes nothing."""
    one, other = scim.new_user(), scim.read(scim.new_user())
    answer = scim.put(scim.path_of(other), scim.user_body(userName=one["userName"]))
    expect.keyword(scim, answer, (409, 400), "uniqueness", "mutability")
    expect.unchanged(scim, other)


@requirement(
    "RFC7644-3.5.1-18",
    level="lie",
    consequence="Okta's wizard apps push members by PUT: leavers stay in groups, joiners never get in.",
    fix="Take members from the body of a PUT, as often as it comes.",
)
def test_put_replaces_the_members_of_a_group(scim: Session) -> None:
    """A group with a and b: PUTs with b and c, with a, and with nobody leave exactly these."""
    a, b, c = (scim.new_user() for _ in range(3))
    group = scim.new_group(members=[member(a), member(b)])
    for wanted in ([b, c], [a], []):
        body = as_body(group, members=[member(user) for user in wanted])
        answer = expect.status(scim.put(scim.path_of(group), body), 200)
        expect.equal(members(scim.read(group)), ids(*wanted), "members")
        if answer["members"] is not None:
            expect.equal(members(answer.json), ids(*wanted), "members in the answer")
