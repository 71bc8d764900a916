"""RFC 7643 section 4: users, groups, the enterprise extension."""

from __future__ import annotations

from conformance import expect
from conformance.requirements import requirement
from conformance.session import Session
from conformance.target import ENTERPRISE_URN, USER_URN
from conformance.verdict import Finding


@requirement("RFC7643-4.1.1-01", "RFC7643-4.1.1-25", "RFC7643-7-13")
def test_user_without_user_name_is_refused(scim: Session) -> None:
    """A user without userName is no user."""
    body = scim.user_body()
    del body["userName"]
    expect.scim_error(scim.post(scim.users, body), 400, "invalidValue", "invalidSyntax")


@requirement("RFC7643-4.1.1-02", "RFC7643-7-34", level="lie", consequence="Entra: one person, two accounts.")
def test_user_names_are_unique(scim: Session) -> None:
    """The same userName a second time is refused."""
    user = scim.new_user()
    expect.scim_error(scim.post(scim.users, scim.user_body(userName=user["userName"])), 409, "uniqueness")


@requirement("RFC7643-4.1.1-03", level="lie", consequence="Entra matches without case and creates the person again.")
def test_user_names_are_unique_without_case(scim: Session) -> None:
    """The same userName in another case is refused as well."""
    user = scim.new_user()
    expect.scim_error(scim.post(scim.users, scim.user_body(userName=user["userName"].upper())), 409, "uniqueness")


@requirement("RFC7643-4.1.1-16", "RFC7643-4.1.1-22", "RFC7643-7-24", "RFC7643-7-27", level="lie")
def test_password_is_never_returned(scim: Session) -> None:
    """A password that was sent is in no answer."""
    answer = scim.post(scim.users, scim.user_body(password="Zz-scimulator-canary-7!"))
    if answer.status == 400:
        scim.note("a user with a password is refused; Okta always sends one")
        return
    user = expect.status(answer, 201).json
    for place in (answer, scim.get(scim.path_of(user)), scim.get(scim.path_of(user), attributes="password,userName")):
        if b"canary-7" in place.exchange.response_body or "password" in (place.json or {}):
            raise Finding("the password comes back", "no password in any answer", "password is in the answer")


@requirement(
    "RFC7643-4.1.1-15", level="lie", consequence="The leaver keeps access while the provider believes otherwise."
)
def test_inactive_user_stays_readable(scim: Session) -> None:
    """A user with active=false is still there and says so."""
    user = scim.new_user(active=True)
    expect.written(scim.patch(scim.path_of(user), {"op": "replace", "path": "active", "value": False}))
    expect.holds(scim.read(user), active=False)


@requirement("RFC7643-4.1.2-24", "RFC7643-7-21", level="lie")
def test_groups_of_a_user_are_read_only(scim: Session) -> None:
    """groups in a user's create have no effect."""
    scim.target.need_attribute(USER_URN, "groups")
    group = scim.new_group()
    user = scim.new_user(groups=[{"value": group["id"]}])
    expect.lacks(scim.read(user), "groups")
    expect.lacks(scim.read(group), "members")


@requirement("RFC7643-4.1.2-19", "RFC7643-4.1.2-22", "RFC7643-4.1.2-23")
def test_user_shows_the_groups_it_is_in(scim: Session) -> None:
    """A member's groups name the group by id."""
    scim.target.need_attribute(USER_URN, "groups")
    user = scim.new_user()
    group = scim.new_group(members=[{"value": user["id"]}])
    groups = scim.read(user).get("groups") or []
    expect.equal([item.get("value") for item in groups], [group["id"]], "groups")


@requirement("RFC7643-4.2-02")
def test_group_without_display_name_is_refused(scim: Session) -> None:
    """A group needs a name (erratum 5368)."""
    body = scim.group_body()
    del body["displayName"]
    answer = scim.post(scim.groups, body)
    if answer.status == 201:
        scim.warn("a group without displayName is accepted", "400", "201")
        return
    expect.scim_error(answer, 400)


@requirement("RFC7643-4.2-09")
def test_empty_group_is_valid(scim: Session) -> None:
    """A group without members can be made and read."""
    expect.lacks(scim.read(scim.new_group(members=[])), "members")


@requirement("RFC7643-4.2-05", "RFC7643-4.2-06", level="lie")
def test_members_are_named_by_id(scim: Session) -> None:
    """members.value is the id, members.$ref leads to the resource."""
    user = scim.new_user()
    members = scim.read(scim.new_group(members=[{"value": user["id"]}])).get("members") or []
    expect.equal([member.get("value") for member in members], [user["id"]], "members")
    ref = members[0].get("$ref")
    if isinstance(ref, str) and ref.startswith(scim.client.base_url):
        expect.equal(expect.status(scim.get(ref), 200)["id"], user["id"], "the resource behind members.$ref")


@requirement("RFC7643-4.2-07")
def test_groups_can_nest(scim: Session) -> None:
    """A group can be a member of a group, or is refused with a 4xx."""
    inner = scim.new_group()
    answer = scim.post(scim.groups, scim.group_body(members=[{"value": inner["id"]}]))
    if 400 <= answer.status < 500:
        scim.note("nested groups are not supported")
        return
    members = scim.read(expect.status(answer, 201).json).get("members") or []
    expect.equal([member.get("value") for member in members], [inner["id"]], "members")


@requirement("RFC7643-4.2-10", level="lie")
def test_deleted_user_leaves_the_group(scim: Session) -> None:
    """After a user's deletion no group lists it."""
    user, other = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[{"value": user["id"]}, {"value": other["id"]}])
    expect.status(scim.delete(scim.path_of(user)), 204)
    members = [member.get("value") for member in scim.read(group).get("members") or []]
    if user["id"] in members:
        # The RFC leaves referential integrity open (2.3.7); a member that leads nowhere still surprises providers.
        scim.warn("the deleted user is still a member", f"[{other['id']}]", repr(members))
        return
    expect.equal(members, [other["id"]], "members")


@requirement("RFC7643-3.3-05", level="lie", consequence="Entra re-sends the manager at every change.")
def test_manager_comes_back_as_an_object(scim: Session) -> None:
    """The enterprise manager is an object with value."""
    scim.target.need_attribute(ENTERPRISE_URN, "manager")
    manager = scim.new_user()
    user = scim.new_user(
        **{"schemas": [USER_URN, ENTERPRISE_URN], ENTERPRISE_URN: {"manager": {"value": manager["id"]}}}
    )
    held = (scim.read(user).get(ENTERPRISE_URN) or {}).get("manager")
    if not isinstance(held, dict) or held.get("value") != manager["id"]:
        raise Finding("the manager is no object with the id", f'{{"value": "{manager["id"]}"}}', repr(held))
