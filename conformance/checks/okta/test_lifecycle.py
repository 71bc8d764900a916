"""What Okta sends: path-less deactivation, PUT updates, group push; judged by an independent GET."""

from __future__ import annotations

from conformance import expect
from conformance.requirements import requirement
from conformance.session import Session
from conformance.target import USER_URN
from conformance.verdict import Finding


@requirement("RFC7644-3.5.2.3-01", "RFC7644-3.5.2.3-10", level="lie", consequence="Okta's leaver stays active.")
def test_path_less_deactivation(scim: Session) -> None:
    """replace {"active": false} without a path deactivates."""
    user = scim.new_user(active=True)
    answer = scim.patch(scim.path_of(user), {"op": "replace", "value": {"active": False}})
    if answer.status >= 300:
        expect.unchanged(scim, user)
        told = "Okta's deactivation is refused: the leaver stays active"
        raise Finding(told, "200 or 204", str(answer.status), level="refusal")
    expect.holds(scim.read(user), active=False)


@requirement("RFC7644-3.5.1-04", level="lie", consequence="Okta's wizard apps deactivate by PUT.")
def test_put_with_active_false_deactivates(scim: Session) -> None:
    """A PUT with active=false deactivates."""
    user = scim.new_user(active=True)
    body = {name: value for name, value in user.items() if name != "meta"}
    expect.status(scim.put(scim.path_of(user), {**body, "active": False}), 200)
    expect.holds(scim.read(user), active=False)


@requirement("RFC7644-3.5.1-15", level="lie", consequence="A profile push revives a leaver.")
def test_put_without_active_does_not_reactivate(scim: Session) -> None:
    """A PUT that leaves active out keeps an inactive user inactive."""
    user = scim.new_user(active=False)
    body = {name: value for name, value in user.items() if name not in ("meta", "active")}
    expect.status(scim.put(scim.path_of(user), {**body, "displayName": "Pushed"}), 200)
    if scim.read(user).get("active") is True:
        scim.warn("a PUT without active reactivates; legal, and dangerous", "still inactive", "active")


@requirement("RFC7644-3.3-01", level="refusal", consequence="Okta cannot create anybody.")
def test_create_with_password_and_groups(scim: Session) -> None:
    """Okta's create with password, groups and locale is taken, the password never shown."""
    body = scim.user_body(
        displayName="O K",
        locale="en-US",
        externalId=scim.name(),
        groups=[],
        password="Zz-okta-placeholder-1",
        active=True,
        emails=[{"primary": True, "value": "ok@check.example", "type": "work"}],
    )
    answer = expect.status(scim.post(scim.users, body), 201)
    if b"okta-placeholder" in answer.exchange.response_body:
        raise Finding("the password is in the answer", "no password", "password")


@requirement("RFC7644-3.5.2.3-01", level="lie", consequence="Okta's group push stops after the create.")
def test_group_rename_without_path(scim: Session) -> None:
    """replace {"id", "displayName"} renames and keeps the members."""
    user = scim.new_user()
    group = scim.new_group(members=[{"value": user["id"]}])
    name = scim.name()
    answer = scim.patch(scim.path_of(group), {"op": "replace", "value": {"id": group["id"], "displayName": name}})
    expect.written(answer)
    read = scim.read(group)
    expect.holds(read, displayName=name)
    expect.equal([m.get("value") for m in read.get("members") or ()], [user["id"]], "members")


@requirement("RFC7644-3.5.2.3-03", level="lie")
def test_full_push_of_members(scim: Session) -> None:
    """replace members swaps the whole list."""
    users = [scim.new_user() for _ in range(3)]
    group = scim.new_group(members=[{"value": users[0]["id"]}])
    wanted = [{"value": user["id"], "display": user["userName"]} for user in users[1:]]
    expect.written(scim.patch(scim.path_of(group), {"op": "replace", "path": "members", "value": wanted}))
    members = sorted(str(m.get("value")) for m in scim.read(group).get("members") or ())
    expect.equal(members, sorted(str(user["id"]) for user in users[1:]), "members")


@requirement("RFC7644-3.4.2.2-39", "RFC7644-3.4.2-11")
def test_look_up_before_create(scim: Session) -> None:
    """userName eq with startIndex and count, in upper case, finds the user."""
    scim.target.need_attribute(USER_URN, "userName")
    user = scim.new_user()
    expect.found(scim.search(f'userName eq "{user["userName"].upper()}"', startIndex=1, count=100), user)
