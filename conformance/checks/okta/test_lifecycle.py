"""What Okta sends for people: look-up, create with a password, path-less deactivation, PUT; judged by an independent GET."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.target.client import Answer
from conformance.topics.entra_payload import of_a_taken_name
from conformance.topics.replay import send, took_effect
from conformance.topics.samples import address
from simulator.profiles import requests
from simulator.profiles.profile import load_profile

OKTA = load_profile("okta")
WIZARD = load_profile("okta-wizard")
PASSWORD = "Zz-okta-placeholder-1"
HEADERS = {
    "User-Agent": "Okta SCIM Client 1.0.0",
    "Content-Type": "application/scim+json; charset=utf-8",
    "Accept-Charset": "utf-8",
}


def values(user: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What Okta knows of a user, as target paths."""
    name = user.get("name") or {}
    known = {
        "userName": user["userName"],
        "name.givenName": name.get("givenName"),
        "name.familyName": name.get("familyName"),
    }
    return {**{path: value for path, value in known.items() if value}, **changes}


@requirement("RFC7644-3.4.2.2-39", "RFC7644-3.4.2-11", level="lie", consequence="The person is created a second time.")
def test_look_up_before_create(scim: Session) -> None:
    """userName eq with startIndex and count, in upper case, finds the user; a stranger is an empty list."""
    user = scim.new_user()
    found = send(scim, requests.find_user(OKTA, "userName", user["userName"].upper()), HEADERS)
    expect.found(found, user)
    expect.found(send(scim, requests.find_user(OKTA, "userName", scim.name()), HEADERS))


@requirement("RFC7644-3.3-01", consequence="Okta cannot create anybody.")
def test_create_with_password_and_groups(scim: Session) -> None:
    """Okta's create with password, groups and locale is taken and answered in full, the password never shown."""
    name = f"{scim.name()}@check.example"
    wanted = {"userName": name, "name.givenName": "O", "name.familyName": "K", "displayName": "O K", "active": True}
    body = requests.create_user(
        OKTA, {**wanted, 'emails[type eq "work"].value': name, "externalId": scim.name()}, PASSWORD
    )
    answer = scim.post(body.path, body.body, headers=HEADERS)
    if answer.status != 201 or not isinstance(answer.json, dict):
        raise Finding("Okta's create is refused", "201 with the user", answer.told, level="refusal")
    expect.equal(str(answer["userName"]).lower(), name, "userName of the 201")
    read = scim.get(scim.path_of(answer.json))
    if PASSWORD.encode() in answer.exchange.response_body + read.exchange.response_body:
        raise Finding("the password is in an answer", "no password", "password")


@requirement("RFC7644-3.5.2.3-01", "RFC7644-3.5.2.3-10", level="lie", consequence="Okta's leaver stays active.")
@pytest.mark.parametrize("active", [False, True], ids=["off", "on"])
def test_path_less_deactivation(scim: Session, active: bool) -> None:
    """replace {"active": …} without a path switches off and on."""
    user = scim.new_user(active=not active)
    answer = send(scim, requests.switch_user(OKTA, user["id"], {}, active=active), HEADERS)
    if took_effect(scim, answer, user, "Okta's deactivation" if not active else "Okta's reactivation"):
        expect.holds(scim.read(user), active=active, userName=user["userName"])


@requirement(
    "RFC7644-3.5.2.3-01",
    level="lie",
    consequence="A rename that comes with the deactivation is lost, or the deactivation is.",
)
def test_path_less_change_of_two_attributes(scim: Session) -> None:
    """active and displayName in one value both arrive."""
    user = scim.new_user(active=True, displayName="Before")
    answer = scim.patch(scim.path_of(user), {"op": "replace", "value": {"active": False, "displayName": "After"}})
    if took_effect(scim, answer, user, "a path-less change of two attributes"):
        expect.holds(scim.read(user), active=False, displayName="After")


@requirement("RFC7644-3.5.1-04", level="lie", consequence="Okta's wizard apps deactivate by PUT.")
def test_put_with_active_false_deactivates(scim: Session) -> None:
    """A PUT with active=false deactivates, and the user stays readable."""
    user = scim.new_user(active=True)
    answer = send(scim, requests.switch_user(WIZARD, user["id"], values(user), active=False), HEADERS)
    if took_effect(scim, answer, user, "Okta's PUT"):
        expect.holds(scim.read(user), active=False)


@requirement("RFC7644-3.5.1-04", level="lie", consequence="A profile push changes nothing, or loses the person's name.")
def test_put_updates_the_profile(scim: Session) -> None:
    """The whole user as read, with another displayName and with id, meta and groups in it, is taken."""
    user = scim.read(scim.new_user(displayName="Before"))
    answer = scim.put(scim.path_of(user), {**user, "displayName": "After"}, headers=HEADERS)
    if took_effect(scim, answer, user, "Okta's profile push"):
        expect.holds(scim.read(user), displayName="After", userName=user["userName"])


@requirement("RFC7644-3.5.1-04", level="lie", consequence="Pushing a profile takes the person out of all groups.")
def test_put_with_groups_changes_no_membership(scim: Session) -> None:
    """groups in a PUT of a user are read-only: the membership stays."""
    user = scim.new_user()
    group = scim.new_group(members=[{"value": user["id"]}])
    answer = scim.put(scim.path_of(user), {**scim.read(user), "groups": []}, headers=HEADERS)
    if took_effect(scim, answer, scim.read(user), "a PUT with groups"):
        members = [m.get("value") for m in scim.read(group).get("members") or ()]
        expect.equal(members, [user["id"]], "members of the group")


@requirement("RFC7644-3.5.1-15", level="lie", consequence="A profile push revives a leaver.")
def test_put_without_active_does_not_reactivate(scim: Session) -> None:
    """A PUT that leaves active out keeps an inactive user inactive."""
    user = scim.new_user(active=False)
    answer = send(
        scim, requests.replace_user(WIZARD, user["id"], values(user, displayName="Pushed"), "update user"), HEADERS
    )
    if took_effect(scim, answer, user, "Okta's PUT") and scim.read(user).get("active") is True:
        scim.warn("a PUT without active reactivates; legal, and dangerous", "still inactive", "active")


@requirement("RFC7644-3.3-08", "RFC7644-3.12-05", consequence="Okta reports an error that nobody understands.")
def test_second_create_is_told_as_a_conflict(scim: Session) -> None:
    """A userName in use is 409 with a SCIM error, whose status is a text."""
    user = scim.new_user()

    def second(**name: str) -> Answer:
        request = requests.create_user(OKTA, {**values(user, active=True), **name}, PASSWORD)
        return send(scim, request, HEADERS)

    expect.scim_error(of_a_taken_name(second(), lambda: second(userName=address(scim))), 409)


@requirement("RFC7644-3.12-02", consequence="Okta's spec test fails; a deleted user stays linked.")
def test_unknown_user_is_a_scim_404(scim: Session) -> None:
    """An unknown id is 404 in SCIM's form."""
    expect.scim_error(scim.client.send("GET", f"{scim.users}/{expect.UNKNOWN}", headers=HEADERS), 404)


@requirement("RFC7644-3.1-01", consequence="Okta's spec test cannot create its user.")
def test_plain_json_is_taken(scim: Session) -> None:
    """Okta's spec test posts application/json."""
    body = scim.user_body()
    answer = scim.post(scim.users, body, headers={"Content-Type": "application/json"})
    if answer.status != 201:
        scim.warn("application/json is refused", "201", answer.told)


@requirement("RFC7644-3.4.2.4-12", level="lie", consequence="Okta's import stops after a page and loses people.")
@pytest.mark.alone
def test_import_reads_everybody_once(scim: Session) -> None:
    """Pages of 100 by startIndex hold each user once, in a stable order, and totalResults is the truth."""
    made = [scim.new_user()["id"] for _ in range(3)]
    walks = []
    for _ in range(2):
        ids: list[str] = []
        while len(ids) < 3_000:
            answer = send(scim, requests.read_page("/Users", len(ids) + 1, 100), HEADERS)
            page = [str(item["id"]) for item in expect.listing(answer)]
            ids += page
            if not page or len(ids) >= answer["totalResults"]:
                break
        walks.append(ids)
    expect.equal(len(set(walks[0])), len(walks[0]), "the number of different ids")
    if not set(made) <= set(walks[0]) and len(walks[0]) < 3_000:
        raise Finding("somebody is on no page", "3 of 3 new users", f"{len(set(made) & set(walks[0]))} of 3")
    if walks[0] != walks[1]:
        scim.warn("two walks over the pages give another order", "the same order", "another")
