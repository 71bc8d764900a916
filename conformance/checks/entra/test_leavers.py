"""What Entra ID sends when people leave, and how it looks for them: judged by the state that an independent GET shows."""

from __future__ import annotations

from typing import Any

import pytest

from conformance import expect
from conformance.requirements import requirement
from conformance.session import Session
from conformance.target import ENTERPRISE_URN, USER_URN
from conformance.verdict import Finding
from simulator.entra import requests
from simulator.entra.requests import AttributeChange, Dialect, Request, WireShape

TODAYS = (Dialect.DEFAULT, Dialect.AAD_OPT_SCIM_062020)  # the museum's is nobody's to support any more
DIALECTS = pytest.mark.parametrize("dialect", TODAYS, ids=[d.value for d in TODAYS])  # a profile takes its own


def send(scim: Session, request: Request) -> Any:
    """Exactly what Entra sends."""
    return scim.client.send(request.method, request.path, request.body)


def effect_or_refusal(scim: Session, answer: Any, before: dict[str, Any], what: str) -> bool:
    """Whether the request took effect; a refusal must leave everything as it was and is reported."""
    if answer.status < 300:
        return True
    expect.unchanged(scim, before)
    raise Finding(f"Entra's {what} is refused", "200 or 204", f"{answer.status}", level="refusal")


@DIALECTS
@requirement("RFC7644-3.5.2.3-10", level="lie", consequence="Entra believes the leaver is off; he still signs in.")
def test_disabled_user_is_inactive(scim: Session, dialect: Dialect) -> None:
    """active=False, as text or as boolean, ends in inactive."""
    user = scim.new_user(active=True)
    if effect_or_refusal(scim, send(scim, requests.disable_user(user["id"], WireShape(dialect))), user, "disable"):
        expect.holds(scim.read(user), active=False)


@DIALECTS
@requirement("RFC7644-3.5.2.3-10", level="lie", consequence="A rejoiner stays locked out.")
def test_enabled_user_is_active_again(scim: Session, dialect: Dialect) -> None:
    """active=True brings the user back."""
    user = scim.new_user(active=False)
    if effect_or_refusal(scim, send(scim, requests.enable_user(user["id"], WireShape(dialect))), user, "enable"):
        expect.holds(scim.read(user), active=True)


@DIALECTS
@requirement("RFC7644-3.5.2.2-04", level="lie", consequence="One leaver, and the whole group is emptied.")
def test_removal_of_one_member_keeps_the_others(scim: Session, dialect: Dialect) -> None:
    """Entra's removal takes exactly one member away, in both dialects."""
    users = [scim.new_user() for _ in range(3)]
    group = scim.new_group(members=[{"value": user["id"]} for user in users])
    answer = send(scim, requests.remove_members(group["id"], [users[1]["id"]], WireShape(dialect)))
    if effect_or_refusal(scim, answer, group, "removal of a member"):
        members = sorted(str(m.get("value")) for m in scim.read(group).get("members") or ())
        expect.equal(members, sorted([users[0]["id"], users[2]["id"]]), "members")


@DIALECTS
@requirement("RFC7644-3.5.2.1-11", level="lie")
def test_addition_of_a_member(scim: Session, dialect: Dialect) -> None:
    """Entra's addition appends one member."""
    one, other = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[{"value": one["id"]}])
    if effect_or_refusal(scim, send(scim, requests.add_members(group["id"], [other["id"]], WireShape(dialect))), group, "addition"):
        members = sorted(str(m.get("value")) for m in scim.read(group).get("members") or ())
        expect.equal(members, sorted([one["id"], other["id"]]), "members")


@DIALECTS
@requirement("RFC7644-3.5.2.1-04", "RFC7644-3.5.2.3-02", level="lie", consequence="A mover keeps the old department.")
def test_update_of_several_attributes(scim: Session, dialect: Dialect) -> None:
    """Name, title, department and work mail in one PATCH all arrive, and no dotted name is stored."""
    scim.target.need_attribute(ENTERPRISE_URN, "department")
    user = scim.new_user(displayName="Before")
    changes = [
        AttributeChange("displayName", "After", True),
        AttributeChange("name.givenName", "Given", True),
        AttributeChange('emails[type eq "work"].value', "new@check.example", False),
        AttributeChange(f"{ENTERPRISE_URN}:department", "Legal", False),
    ]
    answer = send(scim, requests.update_user(user["id"], changes, WireShape(dialect)))
    if effect_or_refusal(scim, answer, user, "update"):
        read = scim.read(user)
        expect.holds(read, displayName="After")
        expect.equal((read.get("name") or {}).get("givenName"), "Given", "name.givenName")
        expect.equal((read.get(ENTERPRISE_URN) or {}).get("department"), "Legal", "department")
        work = [e.get("value") for e in read.get("emails") or () if e.get("type") == "work"]
        expect.equal(work, ["new@check.example"], "the work mail")
        expect.equal([name for name in read if "." in name and not name.startswith("urn:")], [], "dotted names stored")


@DIALECTS
@requirement("RFC7644-3.5.2.3-11", level="lie", consequence="Approvals go to the wrong manager.")
def test_manager_as_bare_id(scim: Session, dialect: Dialect) -> None:
    """The manager arrives as a bare id and is shown as an object."""
    scim.target.need_attribute(ENTERPRISE_URN, "manager")
    manager, user = scim.new_user(), scim.new_user()
    answer = send(scim, requests.set_manager(user["id"], manager["id"], WireShape(dialect), exists=False))
    if effect_or_refusal(scim, answer, user, "manager"):
        held = (scim.read(user).get(ENTERPRISE_URN) or {}).get("manager")
        expect.equal(held.get("value") if isinstance(held, dict) else held, manager["id"], "manager.value")


@requirement("RFC7644-3.4.2-11", level="refusal", consequence="The connection test fails; the app is quarantined.")
def test_connection_test_passes(scim: Session) -> None:
    """A random GUID gives an empty list for users and groups."""
    for probe in (requests.probe_user(expect.UNKNOWN), requests.probe_group(expect.UNKNOWN)):
        expect.found(send(scim, probe))


@requirement("RFC7644-3.3-01", "RFC7644-3.3-07", level="refusal", consequence="Nobody is provisioned.")
def test_entras_create_is_taken(scim: Session) -> None:
    """The full create of Entra's default mapping is accepted and read back."""
    name = f"{scim.name()}@check.example"
    attributes = {
        "userName": name,
        "active": True,
        "displayName": "Łucja Wójcik",
        "title": "Engineer",
        'emails[type eq "work"].value': name,
        "name.givenName": "Łucja",
        "name.familyName": "Wójcik",
        'addresses[type eq "work"].country': "PL",
        'phoneNumbers[type eq "work"].value': "+48 12 200 1",
        "externalId": name.partition("@")[0],
        f"{ENTERPRISE_URN}:department": "Sales",
    }
    request = requests.create_user(attributes)
    answer = expect.status(scim.post(request.path, request.body), 201)
    read = scim.read(answer.json)
    expect.holds(read, displayName="Łucja Wójcik", active=True, userName=name)


@requirement("RFC7644-3.4.2.2-34", level="refusal", consequence="Matching by mail finds nobody: duplicates.")
def test_match_by_work_mail(scim: Session) -> None:
    """emails[type eq "work"].value eq finds the user (Entra's spelling)."""
    scim.target.need_attribute(USER_URN, "emails")
    mail = f"{scim.name()}@check.example"
    user = scim.new_user(emails=[{"value": mail, "type": "work"}])
    answer = send(scim, requests.match_user('emails[type eq "work"].value', mail))
    if answer.status == 400:
        scim.warn("Entra's filter on the work mail is refused", "200", "400")
        return
    expect.found(answer, user)


@requirement("RFC7644-3.4.1-01", level="refusal", consequence="An origin that wants a User-Agent locks Entra out.")
def test_requests_without_user_agent_are_answered(scim: Session) -> None:
    """Entra sends no User-Agent."""
    answer = scim.client.send("GET", scim.users, parameters={"count": 1}, headers={"User-Agent": None})
    expect.status(answer, 200)


@requirement("RFC7644-3.4.2-03")
def test_flag_in_the_url_is_ignored(scim: Session) -> None:
    """?aadOptscim062020 in front of the filter does no harm."""
    user = scim.new_user()
    path = requests.with_flag(requests.match_user("userName", user["userName"]).path, Dialect.AAD_OPT_SCIM_062020)
    expect.found(scim.client.send("GET", path), user)
