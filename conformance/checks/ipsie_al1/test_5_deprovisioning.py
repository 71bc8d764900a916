"""IPSIE AL SCIM profile sections 5 and 10, level AL1: leavers are switched off, come back, are deleted and are found."""

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

LEAVER = "A leaver keeps access."
DOUBLES = "The identity service does not find the account, creates a second one, and switches off the wrong one."
NO_CREATION = (403, 404, 405, 501)
NO_DELETION = (403, 405, 501)


@requirement("IPSIE-AL1-5-01", level="lie", consequence=LEAVER)
def test_ipsie_leaver_is_deprovisioned(scim: Session) -> None:
    """Deactivation or deletion takes effect, at the least one of them."""
    user = a_user(scim)
    _switch(scim, user, False)
    if scim.read(user).get("active") is False:
        return
    answer = scim.delete(scim.path_of(user))
    if scim.get(scim.path_of(user)).status != 404:
        raise Finding("neither active=false nor DELETE has an effect", "inactive, or gone", str(answer.status))


@requirement("IPSIE-AL1-5.1-01", "IPSIE-AL1-10-02", level="lie", consequence=LEAVER)
def test_ipsie_active_goes_off_and_on(scim: Session) -> None:
    """PATCH replace active, false and then true: each is stored, as a boolean."""
    user = a_user(scim)
    for value in (False, True):
        expect.written(_switch(scim, user, value))
        expect.holds(scim.read(user), active=value)


@requirement(
    "IPSIE-AL1-5.1-06",
    "IPSIE-AL1-10-02",
    level="lie",
    consequence="Who comes back from leave starts with an empty account.",
)
def test_ipsie_returner_finds_everything_again(scim: Session) -> None:
    """Deactivated and reactivated, a user has the same id and attributes (issue 12 of the draft wants exceptions)."""
    user = a_user(scim, displayName="Returner")
    for value in (False, True):
        expect.written(_switch(scim, user, value))
    expect.unchanged(scim, {**user, "active": True})


@requirement("IPSIE-AL1-5.2-01", "IPSIE-AL1-10-03", level="lie", consequence="Leavers stay for ever.")
def test_ipsie_user_can_be_deleted(scim: Session) -> None:
    """DELETE is 204, and the user gone; a server without DELETE is warned: section 5.2 says may, section 10 shall."""
    user = a_user(scim)
    answer = scim.delete(scim.path_of(user))
    if answer.status in NO_DELETION:
        scim.warn("DELETE is not offered: allowed by section 5.2, against section 10", "204", str(answer.status))
        return
    expect.status(answer, 204)
    expect.status(scim.get(scim.path_of(user)), 404)


@requirement("IPSIE-AL1-5.2-02", consequence="Who is hired again cannot be created.", fix="Free the deleted userName.")
def test_ipsie_deleted_name_is_free(scim: Session) -> None:
    """After DELETE a user of the same userName is created (issue 16 of the draft wants this gone)."""
    user = a_user(scim)
    answer = scim.delete(scim.path_of(user))
    if answer.status in NO_DELETION:
        raise NotOffered("DELETE")
    expect.status(scim.post(scim.users, scim.user_body(userName=user["userName"])), 201)


@requirement("IPSIE-AL1-5.3-01", consequence="The identity service cannot see what it is about to switch off.")
def test_ipsie_user_is_read_by_id(scim: Session) -> None:
    """GET by id gives the user."""
    user = a_user(scim)
    expect.equal(expect.status(scim.get(scim.path_of(user)), 200)["id"], user["id"], "id")


@pytest.mark.parametrize("spelling", ["userName", "username"])
@requirement("IPSIE-AL1-5.4-01", level="lie", consequence=DOUBLES, fix="Take attribute names in any case.")
def test_ipsie_filter_by_user_name(scim: Session, spelling: str) -> None:
    """userName eq finds the one user; the draft writes it in small letters."""
    user, _ = a_user(scim), a_user(scim)
    expect.found(scim.get(scim.users, filter=f'{spelling} eq "{user["userName"]}"'), user)
    expect.found(scim.get(scim.users, filter=f'{spelling} eq "{scim.name()}"'))


@requirement("IPSIE-AL1-5.4-02", level="lie", consequence=DOUBLES)
def test_ipsie_filter_by_external_id(scim: Session) -> None:
    """externalId eq finds the one user."""
    key = scim.name()
    user, _ = a_user(scim, externalId=key), a_user(scim, externalId=scim.name())
    expect.found(scim.get(scim.users, filter=f'externalId eq "{key}"'), user)


@requirement("IPSIE-AL1-5.4-03", level="lie", consequence=DOUBLES, fix="Support value filters in brackets.")
def test_ipsie_filter_by_address(scim: Session) -> None:
    """emails[value eq …] finds the one user; another address finds nobody."""
    mine = _address(scim, "work")
    user = a_user(scim, emails=[mine])
    a_user(scim, emails=[_address(scim, "work")])
    expect.found(scim.get(scim.users, filter=f'emails[value eq "{mine["value"]}"]'), user)
    expect.found(scim.get(scim.users, filter=f'emails[value eq "{_address(scim, "work")["value"]}"]'))


@requirement("IPSIE-AL1-5.4-04", level="lie", consequence=DOUBLES, fix="Let one element satisfy the whole bracket.")
def test_ipsie_filter_by_work_address(scim: Session) -> None:
    """emails[type eq "work" and value eq …] finds whose work address it is, not whose private one."""
    private, work = _address(scim, "home"), _address(scim, "work")
    one = a_user(scim, emails=[private, work])
    expect.found(scim.get(scim.users, filter=f'emails[type eq "work" and value eq "{private["value"]}"]'))
    expect.found(scim.get(scim.users, filter=f'emails[type eq "work" and value eq "{work["value"]}"]'), one)


def a_user(scim: Session, **attributes: Any) -> dict[str, Any]:
    """A user to switch off. A server of AL1 alone may have no creation, and then needs a user that is set up by hand."""
    answer = scim.post(scim.users, scim.user_body(**attributes))
    if answer.status in NO_CREATION:
        raise NotOffered(f"creation of users ({answer.status}), so there is nobody to try it on")
    if answer.status != 201 or not isinstance(answer.json, dict) or "id" not in answer.json:
        raise Undecided(f"set-up: POST {scim.users} answered {answer.status}, expected 201 with the resource")
    return Fields(answer.json)


def _switch(scim: Session, user: dict[str, Any], active: bool) -> Answer:
    """PATCH active, whatever ServiceProviderConfig says of PATCH: this level demands it."""
    body = {"schemas": [PATCH_URN], "Operations": [replaced(active, "active")]}
    return scim.client.send("PATCH", scim.path_of(user), body)


def _address(scim: Session, kind: str) -> dict[str, Any]:
    return {"type": kind, "value": f"{scim.name()}@check.example"}
