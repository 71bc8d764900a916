"""IPSIE AL SCIM profile sections 5 and 10, level AL1: deactivation, reactivation, deletion, and lookups."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import PATCH_URN, Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered, Undecided
from conformance.target.client import Answer
from conformance.target.fields import Fields
from conformance.topics.samples import replaced

LEAVER = "A user who leaves the company keeps access."
DOUBLES = "The identity service does not find the account, creates a second one, and deactivates the wrong one."
NO_CREATION = (403, 404, 405, 501)
NO_DELETION = (403, 405, 501)


@requirement("IPSIE-AL1-5-01", level="lie", consequence=LEAVER)
def test_ipsie_leaver_is_deprovisioned(scim: Session) -> None:
    """At least one of PATCH `active` false and DELETE must take effect."""
    user = a_user(scim)
    _switch(scim, user, False)
    if scim.read(user).get("active") is False:
        return
    answer = scim.delete(scim.path_of(user))
    if scim.get(scim.path_of(user)).status != 404:
        raise Finding(
            "neither active=false nor DELETE has an effect", "an inactive or deleted user", str(answer.status)
        )


@requirement("IPSIE-AL1-5.1-01", "IPSIE-AL1-10-02", level="lie", consequence=LEAVER)
def test_ipsie_active_goes_off_and_on(scim: Session) -> None:
    """PATCH `replace active` must store false and then true, as booleans."""
    user = a_user(scim)
    for value in (False, True):
        expect.written(_switch(scim, user, value))
        expect.holds(scim.read(user), active=value)


@requirement(
    "IPSIE-AL1-5.1-06",
    "IPSIE-AL1-10-02",
    level="lie",
    consequence="A user who returns from leave starts with an empty account.",
)
def test_ipsie_returner_finds_everything_again(scim: Session) -> None:
    """A user who is deactivated and reactivated must have the same id and attributes as before."""
    user = a_user(scim, displayName="Returner")
    for value in (False, True):
        expect.written(_switch(scim, user, value))
    expect.unchanged(scim, {**user, "active": True})


@requirement(
    "IPSIE-AL1-5.2-01",
    "IPSIE-AL1-10-03",
    level="lie",
    consequence="Accounts of users who left the company stay forever.",
)
def test_ipsie_user_can_be_deleted(scim: Session) -> None:
    """DELETE must return 204 and delete the user; a server without DELETE gets a warning."""
    user = a_user(scim)
    answer = scim.delete(scim.path_of(user))
    if answer.status in NO_DELETION:
        scim.warn(
            "the server does not support DELETE, which section 5.2 allows and section 10 requires",
            "204",
            str(answer.status),
        )
        return
    expect.status(answer, 204)
    expect.status(scim.get(scim.path_of(user)), 404)


@requirement(
    "IPSIE-AL1-5.2-02",
    consequence="A user who is hired again cannot be created.",
    fix="Allow the userName of a deleted user to be used again.",
)
def test_ipsie_deleted_name_is_free(scim: Session) -> None:
    """After DELETE, POST of a user with the same `userName` must be accepted."""
    user = a_user(scim)
    answer = scim.delete(scim.path_of(user))
    if answer.status in NO_DELETION:
        raise NotOffered("DELETE")
    expect.status(scim.post(scim.users, scim.user_body(userName=user["userName"])), 201)


@requirement(
    "IPSIE-AL1-5.3-01", consequence="The identity service cannot read the account that it is about to deactivate."
)
def test_ipsie_user_is_read_by_id(scim: Session) -> None:
    """GET with the id of a user must return that user."""
    user = a_user(scim)
    expect.equal(expect.status(scim.get(scim.path_of(user)), 200)["id"], user["id"], "id")


@pytest.mark.parametrize("spelling", ["userName", "username"])
@requirement("IPSIE-AL1-5.4-01", level="lie", consequence=DOUBLES, fix="Ignore case in attribute names.")
def test_ipsie_filter_by_user_name(scim: Session, spelling: str) -> None:
    """`userName eq` must find exactly the one user, and so must the draft's spelling `username`."""
    user, _ = a_user(scim), a_user(scim)
    expect.found(scim.get(scim.users, filter=f'{spelling} eq "{user["userName"]}"'), user)
    expect.found(scim.get(scim.users, filter=f'{spelling} eq "{scim.name()}"'))


@requirement("IPSIE-AL1-5.4-02", level="lie", consequence=DOUBLES)
def test_ipsie_filter_by_external_id(scim: Session) -> None:
    """`externalId eq` must find exactly the one user."""
    key = scim.name()
    user, _ = a_user(scim, externalId=key), a_user(scim, externalId=scim.name())
    expect.found(scim.get(scim.users, filter=f'externalId eq "{key}"'), user)


@requirement("IPSIE-AL1-5.4-03", level="lie", consequence=DOUBLES, fix="Support value filters in brackets.")
def test_ipsie_filter_by_address(scim: Session) -> None:
    """`emails[value eq "…"]` must find exactly the one user, and no user for another e-mail address."""
    mine = _address(scim, "work")
    user = a_user(scim, emails=[mine])
    a_user(scim, emails=[_address(scim, "work")])
    expect.found(scim.get(scim.users, filter=f'emails[value eq "{mine["value"]}"]'), user)
    expect.found(scim.get(scim.users, filter=f'emails[value eq "{_address(scim, "work")["value"]}"]'))


@requirement(
    "IPSIE-AL1-5.4-04",
    level="lie",
    consequence=DOUBLES,
    fix="Match only if a single element satisfies the whole filter in the brackets.",
)
def test_ipsie_filter_by_work_address(scim: Session) -> None:
    """`emails[type eq "work" and value eq "…"]` must find a user by the work address and not by a private address."""
    private, work = _address(scim, "home"), _address(scim, "work")
    one = a_user(scim, emails=[private, work])
    expect.found(scim.get(scim.users, filter=f'emails[type eq "work" and value eq "{private["value"]}"]'))
    expect.found(scim.get(scim.users, filter=f'emails[type eq "work" and value eq "{work["value"]}"]'), one)


def a_user(scim: Session, **attributes: Any) -> dict[str, Any]:
    """A user to deactivate. A server at level AL1 may not support creates; the checks then report NOT OFFERED."""
    answer = scim.post(scim.users, scim.user_body(**attributes))
    if answer.status in NO_CREATION:
        raise NotOffered(f"the creation of users ({answer.status}), which this check needs")
    if answer.status != 201 or not isinstance(answer.json, dict) or "id" not in answer.json:
        raise Undecided(f"setup: POST {scim.users} returned {answer.status}, expected 201 with the resource")
    return Fields(answer.json)


def _switch(scim: Session, user: dict[str, Any], active: bool) -> Answer:
    """PATCH `active`, also if ServiceProviderConfig does not advertise PATCH, because this level requires it."""
    body = {"schemas": [PATCH_URN], "Operations": [replaced(active, "active")]}
    return scim.client.send("PATCH", scim.path_of(user), body)


def _address(scim: Session, kind: str) -> dict[str, Any]:
    return {"type": kind, "value": f"{scim.name()}@check.example"}
