"""The requests of Okta for users: lookup, create, deactivation without a path, and PUT; an independent GET judges."""

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
    """The values that Okta holds for a user, keyed by target path."""
    name = user.get("name") or {}
    known = {
        "userName": user["userName"],
        "name.givenName": name.get("givenName"),
        "name.familyName": name.get("familyName"),
    }
    return {**{path: value for path, value in known.items() if value}, **changes}


@requirement("RFC7644-3.4.2.2-39", "RFC7644-3.4.2-11", level="lie", consequence="Okta creates the user a second time.")
def test_look_up_before_create(scim: Session) -> None:
    """`userName eq` with `startIndex` and `count` must find the user in any case, and otherwise return an empty list."""
    user = scim.new_user()
    found = send(scim, requests.find_user(OKTA, "userName", user["userName"].upper()), HEADERS)
    expect.found(found, user)
    expect.found(send(scim, requests.find_user(OKTA, "userName", scim.name()), HEADERS))


@requirement("RFC7644-3.3-01", consequence="Okta cannot create any user.")
def test_create_with_password_and_groups(scim: Session) -> None:
    """Okta's POST with password, groups, and locale must be accepted, and no response may contain the password."""
    name = f"{scim.name()}@check.example"
    wanted = {"userName": name, "name.givenName": "O", "name.familyName": "K", "displayName": "O K", "active": True}
    body = requests.create_user(
        OKTA, {**wanted, 'emails[type eq "work"].value': name, "externalId": scim.name()}, PASSWORD
    )
    answer = scim.post(body.path, body.body, headers=HEADERS)
    if answer.status != 201 or not isinstance(answer.json, dict):
        raise Finding("the server rejects Okta's create", "201 with the user", answer.told, level="refusal")
    expect.equal(str(answer["userName"]).lower(), name, "userName in the 201 response")
    read = scim.get(scim.path_of(answer.json))
    if PASSWORD.encode() in answer.exchange.response_body + read.exchange.response_body:
        raise Finding("the server returns the password", "no password", "password")


@requirement(
    "RFC7644-3.5.2.3-01", "RFC7644-3.5.2.3-10", level="lie", consequence="A user whom Okta deactivates stays active."
)
@pytest.mark.parametrize("active", [False, True], ids=["off", "on"])
def test_path_less_deactivation(scim: Session, active: bool) -> None:
    """`replace` without a path, with `active` in the value, must deactivate and reactivate the user."""
    user = scim.new_user(active=not active)
    answer = send(scim, requests.switch_user(OKTA, user["id"], {}, active=active), HEADERS)
    if took_effect(scim, answer, user, "Okta's deactivation" if not active else "Okta's reactivation"):
        expect.holds(scim.read(user), active=active, userName=user["userName"])


@requirement(
    "RFC7644-3.5.2.3-01",
    level="lie",
    consequence="When a deactivation comes together with a rename, one of the two is lost.",
)
def test_path_less_change_of_two_attributes(scim: Session) -> None:
    """`replace` without a path must store every attribute in its value, here `active` and `displayName`."""
    user = scim.new_user(active=True, displayName="Before")
    answer = scim.patch(scim.path_of(user), {"op": "replace", "value": {"active": False, "displayName": "After"}})
    if took_effect(scim, answer, user, "a change of two attributes without a path"):
        expect.holds(scim.read(user), active=False, displayName="After")


@requirement(
    "RFC7644-3.5.1-04",
    level="lie",
    consequence="Apps made with Okta's wizard deactivate users by PUT, so users who leave keep access.",
)
def test_put_with_active_false_deactivates(scim: Session) -> None:
    """PUT with `active` false must deactivate the user, and the user must stay readable."""
    user = scim.new_user(active=True)
    answer = send(scim, requests.switch_user(WIZARD, user["id"], values(user), active=False), HEADERS)
    if took_effect(scim, answer, user, "Okta's PUT"):
        expect.holds(scim.read(user), active=False)


@requirement("RFC7644-3.5.1-04", level="lie", consequence="A profile push changes nothing or loses the user's name.")
def test_put_updates_the_profile(scim: Session) -> None:
    """PUT of a user as read, including `id`, `meta`, and `groups`, with a new `displayName` must store the new value."""
    user = scim.read(scim.new_user(displayName="Before"))
    answer = scim.put(scim.path_of(user), {**user, "displayName": "After"}, headers=HEADERS)
    if took_effect(scim, answer, user, "Okta's profile push"):
        expect.holds(scim.read(user), displayName="After", userName=user["userName"])


@requirement("RFC7644-3.5.1-04", level="lie", consequence="A profile push removes the user from all groups.")
def test_put_with_groups_changes_no_membership(scim: Session) -> None:
    """PUT of a user with an empty `groups` list must not change any membership, as `groups` is read-only."""
    user = scim.new_user()
    group = scim.new_group(members=[{"value": user["id"]}])
    answer = scim.put(scim.path_of(user), {**scim.read(user), "groups": []}, headers=HEADERS)
    if took_effect(scim, answer, scim.read(user), "a PUT with groups"):
        members = [m.get("value") for m in scim.read(group).get("members") or ()]
        expect.equal(members, [user["id"]], "the members of the group")


@requirement("RFC7644-3.5.1-15", level="lie", consequence="A profile push reactivates a user who has left the company.")
def test_put_without_active_does_not_reactivate(scim: Session) -> None:
    """PUT without `active` should keep an inactive user inactive (warning)."""
    user = scim.new_user(active=False)
    answer = send(
        scim, requests.replace_user(WIZARD, user["id"], values(user, displayName="Pushed"), "update user"), HEADERS
    )
    if took_effect(scim, answer, user, "Okta's PUT") and scim.read(user).get("active") is True:
        scim.warn("PUT without active reactivates the user, which the RFC allows", "active: false", "active: true")


@requirement(
    "RFC7644-3.3-08", "RFC7644-3.12-05", consequence="Okta reports an error that its administrator cannot interpret."
)
def test_second_create_is_told_as_a_conflict(scim: Session) -> None:
    """POST with a `userName` that is in use must be rejected with 409 and a SCIM error whose `status` is a string."""
    user = scim.new_user()

    def second(**name: str) -> Answer:
        request = requests.create_user(OKTA, {**values(user, active=True), **name}, PASSWORD)
        return send(scim, request, HEADERS)

    expect.scim_error(of_a_taken_name(second(), lambda: second(userName=address(scim))), 409)


@requirement("RFC7644-3.12-02", consequence="Okta's SCIM spec test fails, and deleted users stay linked in Okta.")
def test_unknown_user_is_a_scim_404(scim: Session) -> None:
    """GET of an unknown id must return 404 with a SCIM error."""
    expect.scim_error(scim.client.send("GET", f"{scim.users}/{expect.UNKNOWN}", headers=HEADERS), 404)


@requirement("RFC7644-3.1-01", consequence="Okta's SCIM spec test cannot create its user.")
def test_plain_json_is_taken(scim: Session) -> None:
    """POST with Content-Type application/json, as Okta's SCIM spec test sends it, should be accepted (warning)."""
    body = scim.user_body()
    answer = scim.post(scim.users, body, headers={"Content-Type": "application/json"})
    if answer.status != 201:
        scim.warn("the server rejects Content-Type application/json", "201", answer.told)


@requirement("RFC7644-3.4.2.4-12", level="lie", consequence="Okta's import stops after one page and misses users.")
@pytest.mark.alone
def test_import_reads_everybody_once(scim: Session) -> None:
    """Pages of 100 must together return every user once, up to `totalResults`; a changing order is a warning."""
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
    expect.equal(len(set(walks[0])), len(walks[0]), "the number of distinct ids")
    if not set(made) <= set(walks[0]) and len(walks[0]) < 3_000:
        raise Finding(
            "some users are on none of the pages", "3 of 3 new users", f"{len(set(made) & set(walks[0]))} of 3"
        )
    if walks[0] != walks[1]:
        scim.warn("reading all pages twice returns two different orders", "the same order", "a different order")
