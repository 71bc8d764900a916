"""RFC 7644 section 3.4.2.2: each identifier matches only its own attribute, and groups are found by their members."""

from __future__ import annotations

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import USER_URN
from conformance.topics.samples import member
from simulator.wording import counted

WRONG = "The provider mistakes another account for its user, and changes or disables it."


@requirement(
    "RFC7644-3.4.2.2-03",
    "RFC7644-3.4.2.2-09",
    level="lie",
    consequence=WRONG,
    fix="Compare the value only with the attribute that the filter names.",
)
def test_filters_do_not_mix_keys_up(scim: Session) -> None:
    """A filter on id, userName, or externalId must not match the value of another of these attributes."""
    user = scim.read(scim.new_user(externalId=scim.name()))
    keys = {name: str(user[name]) for name in ("id", "userName", "externalId") if user.get(name)}
    for attribute, own in keys.items():
        expect.chosen(scim, scim.search(f'{attribute} eq "{own}"'), user, optional=attribute != "userName")
        for name, value in keys.items():
            if name != attribute and value.lower() != own.lower():
                expect.chosen(scim, scim.search(f'{attribute} eq "{value}"'), optional=attribute != "userName")


@requirement(
    "RFC7644-3.4.2.2-09",
    "RFC7644-3.4.2.2-34",
    level="lie",
    consequence="The members of a group cannot be determined, or every user seems to be one.",
    fix="Compare groups.value with the ids of the groups that list the user.",
)
def test_users_are_found_by_their_group(scim: Session) -> None:
    """A filter on groups.value must find exactly the members of the group or be rejected."""
    scim.target.need_attribute(USER_URN, "groups.value")
    user, other = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(user)])
    scim.new_group(members=[member(other)])
    if group["id"] not in [item.get("value") for item in scim.read(user).get("groups") or ()]:
        raise NotOffered("groups of a user that are updated immediately")
    expect.chosen(scim, scim.search(f'groups.value eq "{group["id"]}"'), user, optional=True)


@requirement(
    "RFC7644-3.4.2.2-09",
    "RFC7644-3.4.2.2-34",
    level="lie",
    consequence="The groups of a leaver cannot be found, and the leaver keeps the access that they grant.",
    fix="Compare members.value with the ids of the members.",
)
def test_groups_are_found_by_a_member(scim: Session) -> None:
    """`members.value eq` and `members[value eq …]` must find exactly the groups of a user or be rejected."""
    user, other = scim.new_user(), scim.new_user()
    holding = [scim.new_group(members=[member(user), member(other)]), scim.new_group(members=[member(user)])]
    scim.new_group(members=[member(other)])
    for expression in (f'members.value eq "{user["id"]}"', f'members[value eq "{user["id"]}"]'):
        expect.chosen(scim, scim.search(expression, scim.groups), *holding, optional=True)


@requirement(
    "RFC7644-3.4.2.2-09",
    "RFC7644-3.4.2.2-34",
    level="lie",
    consequence="A provider that queries the groups of a leaver gets every group or none, and acts on this result.",
    fix="Compare a filter on a multi-valued complex attribute with its value, or return 400 invalidFilter.",
)
def test_members_are_compared_by_their_value(scim: Session) -> None:
    """`members eq` must find no group without that member; an empty result is a warning, and a rejection passes."""
    user, other = scim.new_user(), scim.new_user()
    holding = scim.new_group(members=[member(user)])
    scim.new_group(members=[member(other)])
    answer = scim.search(f'members eq "{user["id"]}"', scim.groups)
    if 400 <= answer.status < 500 or answer.status == 501:
        raise NotOffered("filters on members without a sub-attribute")
    found = [one.get("id") for one in expect.listing(answer)]
    if set(found) - {holding["id"]}:
        raise Finding(
            "`members eq` finds a group without this member", "the groups of this member", counted(len(found), "group")
        )
    if holding["id"] not in found:
        scim.warn("`members eq` does not find the group of this member", "the group, or 400 invalidFilter", "none")
