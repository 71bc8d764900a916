"""The requests of Entra ID for new users: connection test, matching, and the create of its default mapping."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
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
    consequence="Entra's connection test fails, and Entra puts the application in quarantine.",
    fix="Return 200 and totalResults 0 for a filter that matches nothing.",
)
def test_connection_test_passes(scim: Session) -> None:
    """A filter on a random GUID must return 200 with an empty list, for users and for groups."""
    expect.found(send(scim, requests.probe_user(expect.UNKNOWN)))
    if "Group" in scim.target.type_names():
        expect.found(send(scim, requests.probe_group(expect.UNKNOWN)))


@requirement(
    "RFC7644-3.3-01",
    "RFC7644-3.3-07",
    consequence="No user is provisioned, or attributes of the default mapping never reach the application.",
    fix="Accept every attribute of Entra's default mapping. Ignore those that /Schemas does not publish, and store the others.",
)
def test_entras_create_is_taken(scim: Session) -> None:
    """A create with all of Entra's default mapping must be accepted, and what /Schemas publishes must be stored."""
    attributes = default_mapping(scim.name())
    lost = lost_attributes(attributes, created(scim, requests.create_user(attributes)))
    for path, held in lost.items():
        if publishes(scim, path):
            raise Finding(
                f"the server accepted Entra's create and lost {path}",
                json_of(attributes[path]),
                json_of(held),
                level="lie",
            )
    if lost:
        scim.warn("the server ignores attributes of Entra's default mapping", "stored, or mapped away", ", ".join(lost))


@requirement(
    "RFC7644-3.3-01",
    consequence="A user whose manager is not provisioned gets no account, or every later change of the user fails.",
    fix="Store an unknown manager, or return 400 with scimType invalidValue and leave the user as it is.",
)
def test_manager_who_is_not_provisioned(scim: Session) -> None:
    """A manager whose id the server does not know must be stored or rejected with a 4xx; the user stays readable."""
    scim.target.need_attribute(ENTERPRISE_URN, "manager")
    user = scim.new_user()
    answer = send(scim, requests.set_manager(user["id"], expect.UNKNOWN, exists=False))
    if answer.status not in (200, 204) and not 400 <= answer.status < 500:
        raise Finding("the server fails on an unknown manager", "200, 204, or a 4xx", answer.told)
    read = scim.read(user)
    expect.equal(read.get("userName"), user.get("userName"), "userName after a change of the manager")


@requirement("RFC7643-2.5-01", consequence="Users without a phone number or title are not provisioned.")
def test_create_with_nulls_and_empty_lists(scim: Session) -> None:
    """POST with null and `[]` for attributes without a value must be accepted; returning null is a warning.

    A server may show them as null (RFC 7643 2.5). Microsoft's guide to SCIM endpoints advises against it, so it is a warning.
    """
    sent = default_mapping(scim.name())
    empty = ("title", "phoneNumbers", "addresses")
    request = requests.create_user({path: value for path, value in sent.items() if not path.startswith(empty)})
    nulls: dict[str, Any] = {"title": None, "phoneNumbers": None, "roles": [], "addresses": None, "nickName": None}
    answer = scim.post("/Users", {**(request.body or {}), **nulls})
    if answer.status != 201:
        raise Finding("the server rejects the create", "201", answer.told, level="refusal")
    held = [key for key, value in scim.read(answer.json).items() if value is None]
    if held:
        scim.warn("the server returns null for attributes without a value", "no such attributes", ", ".join(held))


@requirement(
    "RFC7644-3.4.2.2-39",
    level="lie",
    consequence="Entra treats the user as new and creates a duplicate, or gets a conflict in every cycle.",
)
@pytest.mark.parametrize("spelling", ["as sent", "upper", "swapped"])
def test_matching_by_user_name_ignores_case(scim: Session, spelling: str) -> None:
    """`userName eq` must find the one user, whatever the case of the value."""
    user = scim.new_user()
    name = user["userName"]
    shown = {"as sent": name, "upper": name.upper(), "swapped": name.swapcase()}[spelling]
    expect.found(send(scim, requests.match_user("userName", shown)), user)


@requirement(
    "RFC7644-3.4.2.2-04", level="lie", consequence="Matching by externalId finds no user, and Entra creates duplicates."
)
def test_matching_by_external_id(scim: Session) -> None:
    """`externalId eq` must find the user, and must return an empty list for any other value."""
    key = scim.name()
    user = scim.new_user(externalId=key)
    if "externalId" not in scim.read(user):
        raise Finding("the server did not store externalId", key, "absent", level="lie")
    expect.found(send(scim, requests.match_user("externalId", key)), user)
    expect.found(send(scim, requests.match_user("externalId", key + "x")))


@requirement(
    "RFC7644-3.4.2.2-34", consequence="Matching by e-mail address finds no user, and Entra creates duplicates."
)
def test_match_by_work_mail(scim: Session) -> None:
    """Entra's filter `emails[type eq "work"].value eq` must find the one user; rejecting it with 400 is a warning."""
    scim.target.need_attribute(USER_URN, "emails")
    mail = f"{scim.name()}@check.example"
    user = scim.new_user(emails=[{"value": mail, "type": "work"}])
    answer = send(scim, requests.match_user('emails[type eq "work"].value', mail))
    if answer.status == 400:
        scim.warn("the server rejects Entra's filter on the work e-mail address", "200", "400")
        return
    expect.found(answer, user)


@requirement("RFC7644-3.4.2.2-04", level="lie", consequence="The wrong user is changed or deactivated.")
@pytest.mark.parametrize("name", ["o'brien", 'quote"d', "back\\slash", "plus+sign", "amp&hash#", "per%cent"])
def test_matching_of_odd_names(scim: Session, name: str) -> None:
    """A filter on a userName with a quote, backslash, plus, ampersand, or percent sign must find exactly that user."""
    other = scim.new_user()
    odd = f"{name}.{scim.name()}@check.example"
    answer = scim.post("/Users", {**scim.user_body(), "userName": odd})
    if answer.status == 400:
        scim.note(f"the server rejects a userName with this character: {name}")
        return
    expect.status(answer, 201)
    found = expect.listing(send(scim, requests.match_user("userName", odd)))
    expect.equal([item["id"] for item in found], [answer.json["id"]], "the ids that the lookup returned")
    expect.equal(other["id"] in [item["id"] for item in found], False, "whether the lookup returned another user")


@requirement("RFC7644-3.4.1-01", consequence="A firewall or server that requires a User-Agent header locks Entra out.")
def test_requests_without_user_agent_are_answered(scim: Session) -> None:
    """A request without a User-Agent header, as Entra sends it, must return 200."""
    answer = scim.client.send("GET", scim.users, parameters={"count": 1}, headers={"User-Agent": None})
    expect.status(answer, 200)


@requirement("RFC7644-3.4.2-03")
def test_flag_in_the_url_is_ignored(scim: Session) -> None:
    """The query parameter `aadOptscim062020`, which Entra puts before `filter`, must be ignored."""
    user = scim.new_user()
    scim.target.need("filter")
    path = requests.with_flag(requests.match_user("userName", user["userName"]).path, Dialect.AAD_OPT_SCIM_062020)
    expect.found(scim.client.send("GET", path), user)


@requirement(
    "RFC7644-3.3-08",
    level="lie",
    consequence="One person gets two accounts, or Entra retries the create in every cycle.",
)
def test_second_create_is_a_conflict(scim: Session) -> None:
    """POST with a `userName` that is in use must be rejected with 409, and the existing user must not change."""
    user = scim.read(scim.new_user())

    def second(name: str) -> Answer:
        return send(scim, requests.create_user({**default_mapping(scim.name()), "userName": name}))

    expect.status(of_a_taken_name(second(user["userName"]), lambda: second(address(scim))), 409)
    expect.unchanged(scim, user)
