"""How Entra ID looks for people and creates them: connection test, matching, the create of its default mapping."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.target.client import Answer
from conformance.target.discovery import ENTERPRISE_URN, USER_URN
from conformance.topics.entra_payload import default_mapping, lost_attributes, of_a_taken_name, publishes
from conformance.topics.entra_replay import created, send
from conformance.topics.samples import address
from simulator.entra import requests
from simulator.entra.requests import Dialect


@requirement(
    "RFC7644-3.4.2-11",
    consequence="The connection test fails; the app is quarantined.",
    fix="A filter without hits is 200 with totalResults 0.",
)
def test_connection_test_passes(scim: Session) -> None:
    """A random GUID gives an empty list for users and groups."""
    expect.found(send(scim, requests.probe_user(expect.UNKNOWN)))
    if "Group" in scim.target.type_names():
        expect.found(send(scim, requests.probe_group(expect.UNKNOWN)))


@requirement(
    "RFC7644-3.3-01",
    "RFC7644-3.3-07",
    consequence="Nobody is provisioned, or attributes of the default mapping never reach the application.",
    fix="Accept every attribute of Entra's default mapping; ignore those that /Schemas does not have, and store the others.",
)
def test_entras_create_is_taken(scim: Session) -> None:
    """A create with all of Entra's default mapping must be accepted, and what /Schemas publishes must be stored."""
    attributes = default_mapping(scim.name())
    lost = lost_attributes(attributes, created(scim, requests.create_user(attributes)))
    for path, held in lost.items():
        if publishes(scim, path):
            raise Finding(f"{path} of Entra's create is lost", repr(attributes[path]), repr(held), level="lie")
    if lost:
        scim.warn("attributes of Entra's default mapping are ignored", "stored, or mapped away", ", ".join(lost))


@requirement(
    "RFC7644-3.3-01",
    consequence="A user whose manager is not provisioned gets no account, or every later change of the user fails.",
    fix="Store a manager that is unknown, or answer 400 with scimType invalidValue and leave the user as it is.",
)
def test_manager_who_is_not_provisioned(scim: Session) -> None:
    """A manager whose id the server does not know must be stored or rejected with a 4xx; the user stays readable."""
    scim.target.need_attribute(ENTERPRISE_URN, "manager")
    user = scim.new_user()
    answer = send(scim, requests.set_manager(user["id"], expect.UNKNOWN, exists=False))
    if answer.status not in (200, 204) and not 400 <= answer.status < 500:
        raise Finding("an unknown manager breaks the request", "200, 204, or a 4xx", answer.told)
    read = scim.read(user)
    expect.equal(read.get("userName"), user.get("userName"), "userName after a change of the manager")


@requirement("RFC7643-2.5-01", consequence="Whoever has no phone or title is not provisioned.")
def test_create_with_nulls_and_empty_lists(scim: Session) -> None:
    """Attributes without value in the directory come as null and []; the create must work.

    A server may show them as null (RFC 7643 2.5). Microsoft's guide to SCIM endpoints advises against it, so it is a warning.
    """
    sent = default_mapping(scim.name())
    empty = ("title", "phoneNumbers", "addresses")
    request = requests.create_user({path: value for path, value in sent.items() if not path.startswith(empty)})
    nulls: dict[str, Any] = {"title": None, "phoneNumbers": None, "roles": [], "addresses": None, "nickName": None}
    answer = scim.post("/Users", {**(request.body or {}), **nulls})
    if answer.status != 201:
        raise Finding("the create is refused", "201", answer.told, level="refusal")
    held = [key for key, value in scim.read(answer.json).items() if value is None]
    if held:
        scim.warn("attributes without a value are shown as null", "no such attributes", ", ".join(held))


@requirement(
    "RFC7644-3.4.2.2-39",
    level="lie",
    consequence="Entra takes the person for new: a duplicate, or a conflict for ever.",
)
@pytest.mark.parametrize("spelling", ["as sent", "upper", "swapped"])
def test_matching_by_user_name_ignores_case(scim: Session, spelling: str) -> None:
    """userName eq in any case finds the one user."""
    user = scim.new_user()
    name = user["userName"]
    shown = {"as sent": name, "upper": name.upper(), "swapped": name.swapcase()}[spelling]
    expect.found(send(scim, requests.match_user("userName", shown)), user)


@requirement("RFC7644-3.4.2.2-04", level="lie", consequence="Matching by externalId finds nobody: duplicates.")
def test_matching_by_external_id(scim: Session) -> None:
    """externalId eq finds the user, and another value nobody."""
    key = scim.name()
    user = scim.new_user(externalId=key)
    if "externalId" not in scim.read(user):
        raise Finding("externalId is dropped", key, "absent", level="lie")
    expect.found(send(scim, requests.match_user("externalId", key)), user)
    expect.found(send(scim, requests.match_user("externalId", key + "x")))


@requirement("RFC7644-3.4.2.2-34", consequence="Matching by mail finds nobody: duplicates.")
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


@requirement("RFC7644-3.4.2.2-04", level="lie", consequence="The wrong person is changed or switched off.")
@pytest.mark.parametrize("name", ["o'brien", 'quote"d', "back\\slash", "plus+sign", "amp&hash#", "per%cent"])
def test_matching_of_odd_names(scim: Session, name: str) -> None:
    """A userName with a quote, backslash, plus, ampersand or per cent sign is found, and no other."""
    other = scim.new_user()
    odd = f"{name}.{scim.name()}@check.example"
    answer = scim.post("/Users", {**scim.user_body(), "userName": odd})
    if answer.status == 400:
        scim.note(f"a userName with such a sign is refused: {name}")
        return
    expect.status(answer, 201)
    found = expect.listing(send(scim, requests.match_user("userName", odd)))
    expect.equal([item["id"] for item in found], [answer.json["id"]], "who is found")
    assert other["id"] not in [item["id"] for item in found]


@requirement("RFC7644-3.4.1-01", consequence="An origin that wants a User-Agent locks Entra out.")
def test_requests_without_user_agent_are_answered(scim: Session) -> None:
    """Entra sends no User-Agent."""
    answer = scim.client.send("GET", scim.users, parameters={"count": 1}, headers={"User-Agent": None})
    expect.status(answer, 200)


@requirement("RFC7644-3.4.2-03")
def test_flag_in_the_url_is_ignored(scim: Session) -> None:
    """?aadOptscim062020 in front of the filter does no harm."""
    user = scim.new_user()
    scim.target.need("filter")
    path = requests.with_flag(requests.match_user("userName", user["userName"]).path, Dialect.AAD_OPT_SCIM_062020)
    expect.found(scim.client.send("GET", path), user)


@requirement("RFC7644-3.3-08", level="lie", consequence="Two accounts for one person, or a retry for ever.")
def test_second_create_is_a_conflict(scim: Session) -> None:
    """A create of somebody who is there is answered 409, and the user stays as it was."""
    user = scim.read(scim.new_user())

    def second(name: str) -> Answer:
        return send(scim, requests.create_user({**default_mapping(scim.name()), "userName": name}))

    expect.status(of_a_taken_name(second(user["userName"]), lambda: second(address(scim))), 409)
    expect.unchanged(scim, user)
