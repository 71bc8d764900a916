"""The requests of further identity providers: each profile sends its own requests, and an independent GET judges the result."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.topics.replay import created, send, took_effect
from conformance.topics.samples import ids, member, members
from simulator.profiles import requests
from simulator.profiles.profile import PROFILES, Profile, load_profile

OTHERS = [name for name in PROFILES if name != "okta"]
PROVIDERS = pytest.mark.parametrize("provider", OTHERS)  # the run of one provider selects its own cases


def known(scim: Session, **changes: Any) -> dict[str, Any]:
    """The values of one user, keyed by target path, as the provider's mapping produces them."""
    name = scim.name()
    user = {"userName": f"{name}@check.example", "name.givenName": "Pat", "name.familyName": "Provider"}
    return {**user, "displayName": "Pat Provider", "active": True, **changes}


def headers(idp: Profile) -> dict[str, str | None]:
    sent = {"User-Agent": idp.user_agent, "Content-Type": idp.media_type}
    return {**sent, **({"Accept-Charset": idp.accept_charset} if idp.accept_charset else {})}


def joined(scim: Session, idp: Profile) -> tuple[dict[str, Any], dict[str, Any]]:
    """Create a user as the provider does; return the values that the provider knows and the resource."""
    values = known(scim)
    return values, created(scim, requests.create_user(idp, values, "Zz-placeholder-1"), headers(idp))


@PROVIDERS
@requirement("RFC7644-3.3-01", consequence="No user is provisioned.")
def test_joiner_is_created(scim: Session, provider: str) -> None:
    """The provider's POST of a user must be accepted, and the new user must not be inactive."""
    values, read = joined(scim, load_profile(provider))
    expect.equal(str(read.get("userName")).lower(), values["userName"], "userName")
    if read.get("active") is False:
        raise Finding("The server created the user as inactive", "active", "inactive", level="lie")


@PROVIDERS
@requirement(
    "RFC7644-3.4.2-11", "RFC7644-3.4.2.2-04", level="lie", consequence="The provider creates the user a second time."
)
def test_joiner_is_looked_up(scim: Session, provider: str) -> None:
    """The provider's lookup must return exactly the matching user, and an empty list if no user matches."""
    idp = load_profile(provider)
    if idp.lookup == "never":
        raise NotOffered(f"a lookup: {idp.title} sends none")
    user = scim.new_user()
    expect.found(send(scim, requests.find_user(idp, "userName", user["userName"]), headers(idp)), user)
    expect.found(send(scim, requests.find_user(idp, "userName", scim.name()), headers(idp)))


@PROVIDERS
@requirement("RFC7644-3.5.1-04", level="lie", consequence="A user who changes jobs keeps the old name.")
def test_mover_is_updated(scim: Session, provider: str) -> None:
    """The provider's update (PUT, or PATCH with paths) must be stored, and no value that it sent may be lost."""
    idp = load_profile(provider)
    values, user = joined(scim, idp)
    changed = {**values, "displayName": "Pat Moved"}
    if idp.update == "put":
        request = requests.replace_user(idp, user["id"], changed, "update user")
    else:
        request = requests.patch_user(user["id"], {"displayName": "Pat Moved"}, "update user")
    if took_effect(scim, send(scim, request, headers(idp)), user, f"the update of {idp.title}"):
        read = scim.read(user)
        expect.holds(read, displayName="Pat Moved", active=True)
        expect.equal((read.get("name") or {}).get("familyName"), "Provider", "name.familyName")


@PROVIDERS
@requirement("RFC7644-3.5.2.3-10", level="lie", consequence="A user who leaves the company keeps access.")
def test_leaver_is_switched_off_and_on(scim: Session, provider: str) -> None:
    """The provider's deactivation must set `active` to false, and its reactivation must set it to true."""
    idp = load_profile(provider)
    values, user = joined(scim, idp)
    for active in (False, True):
        request = requests.switch_user(idp, user["id"], values, active=active)
        if took_effect(
            scim, send(scim, request, headers(idp)), scim.read(user), f"the {request.operation} of {idp.title}"
        ):
            expect.holds(scim.read(user), active=active)


@PROVIDERS
@requirement(
    "RFC7644-3.5.2-20",
    level="lie",
    consequence="Users who left a team stay in its group, and new members never get in.",
)
def test_members_come_and_go(scim: Session, provider: str) -> None:
    """After the provider adds one member and removes another, the group must hold exactly the intended members."""
    idp = load_profile(provider)
    stays, leaves, joins = (scim.new_user() for _ in range(3))
    name = scim.name()
    group = scim.new_group(displayName=name, members=[member(stays), member(leaves)])
    wanted = [stays["id"], joins["id"]]
    if idp.members.startswith("put"):
        request = requests.replace_group(idp, group["id"], {"displayName": name}, wanted, "replace members")
    else:
        request = requests.patch_members(idp, group["id"], {joins["id"]: joins["userName"]}, [leaves["id"]])
    if took_effect(scim, send(scim, request, headers(idp)), group, f"the membership change of {idp.title}"):
        expect.equal(members(scim.read(group)), ids(stays, joins), "members")


@PROVIDERS
@requirement("RFC7644-3.5.1-04", level="lie", consequence="The last member who leaves a team stays in its group.")
def test_last_member_leaves(scim: Session, provider: str) -> None:
    """After the provider removes the last member, the group must have no members."""
    idp = load_profile(provider)
    last = scim.new_user()
    name = scim.name()
    group = scim.new_group(displayName=name, members=[member(last)])
    if idp.members.startswith("put"):
        request = requests.replace_group(idp, group["id"], {"displayName": name}, [], "replace members")
    else:
        request = requests.patch_members(idp, group["id"], {}, [last["id"]])
    if took_effect(scim, send(scim, request, headers(idp)), group, f"the removal of the last member by {idp.title}"):
        expect.equal(members(scim.read(group)), [], "members")


@PROVIDERS
@requirement(
    "RFC7644-3.5.2.3-02",
    level="lie",
    consequence="The provider looks for the renamed group by its new name and creates it a second time.",
)
def test_group_is_renamed(scim: Session, provider: str) -> None:
    """The provider's rename of a group must be stored, and all members must stay."""
    idp = load_profile(provider)
    user = scim.new_user()
    group = scim.new_group(members=[member(user)])
    name = scim.name()
    request = requests.rename_group(idp, group["id"], {"displayName": name}, [user["id"]])
    if took_effect(scim, send(scim, request, headers(idp)), group, f"the rename of {idp.title}"):
        read = scim.read(group)
        expect.holds(read, displayName=name)
        expect.equal(members(read), ids(user), "members")
