"""RFC 7644 section 3.3: a request changes and creates only the resources that it names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import APPEARED, Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.client import Answer
from conformance.topics.history import changed, lookup, must_find, sendable
from conformance.topics.round_trips import enterprise
from conformance.topics.samples import member, members

PHANTOM = "Users who were never assigned get an account and a paid license, and no provider ever removes them."
NO_PHANTOM = "Reject or store a reference to an unknown id, and create users only for POST to /Users."


def _push(scim: Session, case: str, id_: str) -> Answer:
    """Send a change of a group that names this id."""
    element = {"value": id_, "type": "User", "display": scim.name()}
    if case == "POST":
        return scim.post(scim.groups, scim.group_body(members=[element]))
    group = scim.new_group()
    path = scim.path_of(group)
    if case == "PUT":
        return scim.put(path, {**sendable(scim, scim.read(group)), "members": [element]})
    if case == "PATCH remove":
        return scim.patch(path, {"op": "remove", "path": f'members[value eq "{id_}"]'})
    return scim.patch(path, {"op": case.split()[1], "path": "members", "value": [element]})


PUSHES = ["POST", "PUT", "PATCH add", "PATCH replace", "PATCH remove"]


@pytest.mark.parametrize("case", PUSHES)
@requirement(
    "RFC7643-3.1-08",
    "RFC7643-4.1.1-01",
    "RFC7644-3.3-01",
    level="lie",
    consequence=PHANTOM,
    fix=NO_PHANTOM,
)
def test_group_push_creates_no_user(scim: Session, case: str) -> None:
    """A change of a group that names an unknown member must not create a user or a group with that id or name."""
    answer = _push(scim, case, scim.unknown())
    if found := scim.phantoms():
        raise Finding(APPEARED, "404 for an unknown id", f"{found[0]}, after {answer.status}", level="lie")


@requirement(
    "RFC7643-3.1-08",
    "RFC7644-3.3-01",
    level="lie",
    consequence=PHANTOM,
    fix=NO_PHANTOM,
)
def test_unknown_manager_creates_no_user(scim: Session) -> None:
    """POST of a user with an unknown manager must not create the manager."""
    answer = scim.post(scim.users, scim.user_body(**enterprise(scim, manager={"value": scim.unknown()})))
    if found := scim.phantoms():
        raise Finding(APPEARED, "404 for an unknown id", f"{found[0]}, after {answer.status}", level="lie")


@pytest.mark.parametrize("case", PUSHES[:4])
@requirement(
    "RFC7643-3.1-05",
    "RFC7643-4.2-07",
    level="lie",
    consequence=PHANTOM,
    fix="Determine the type of each member before writing anything, and never store a group as a user.",
)
def test_nested_group_is_no_user(scim: Session, case: str) -> None:
    """Adding a group as a member must not create a user with the group's id."""
    inner = scim.new_group()
    _push(scim, case, inner["id"])
    expect.status(scim.get(f"{scim.users}/{inner['id']}"), 404)
    if scim.target.offers("filter"):
        must_find(scim, "User", "userName", inner["id"], after="adding a group as a member")


@requirement(
    "RFC7644-3.5.2-22",
    "RFC7644-3.5.2-23",
    level="lie",
    consequence="One outdated id in a change of members removes everyone's access.",
    fix="Resolve every new member before removing any existing one.",
)
@pytest.mark.parametrize("case", ["PUT", "PATCH replace", "PATCH add"])
def test_rejected_push_keeps_the_members(scim: Session, case: str) -> None:
    """A change of members that is rejected because of an unknown member must leave the members unchanged."""
    one, two = scim.new_user(), scim.new_user()

    def push(*elements: dict[str, Any]) -> tuple[Answer, dict[str, Any]]:
        group = scim.new_group(members=[member(one)])
        path = scim.path_of(group)
        if case == "PUT":
            return scim.put(path, {**sendable(scim, scim.read(group)), "members": list(elements)}), group
        return scim.patch(path, {"op": case.split()[1], "path": "members", "value": list(elements)}), group

    if two["id"] not in members(scim.read(push(member(two))[1])):
        raise NotOffered(f"changing members with {case}")
    answer, group = push(member(two), {"value": scim.unknown()})
    held = members(scim.read(group))
    if answer.status >= 400:
        expect.equal(held, [one["id"]], "members after a rejected change")
    elif two["id"] not in held:
        raise Finding("the change succeeds, but the existing user is not in the group", two["id"], json_of(held)[:200])


@requirement(
    "RFC7644-3.3-11",
    "RFC7644-3.3-07",
    "RFC7643-4.1.1-01",
    level="lie",
    consequence=(
        "The provider corrects its data and retries, and then gets a conflict with the remains of the failed request."
    ),
    fix="Validate everything, including members, before writing the first row, or roll back.",
)
@pytest.mark.parametrize("case", ["user", "group"])
def test_rejected_create_leaves_nothing(scim: Session, case: str) -> None:
    """A rejected POST must not create anything, and the corrected POST must succeed."""
    bad: dict[str, Any]
    if case == "user":
        type_name, name, bad = "User", "userName", {"emails": "not a list", "name": "not an object", "active": "maybe"}
    else:
        type_name, name, bad = "Group", "displayName", {"members": [{"value": scim.unknown()}, {"value": {"a": 1}}]}
    body, endpoint = scim.body(type_name), scim.target.need_type(type_name)
    rejected = scim.post(endpoint, {**body, **bad})
    if rejected.status < 300:
        raise NotOffered(f"the rejection of a {type_name} with values of the wrong type")
    must_find(scim, type_name, name, body[name], after=f"a POST that returned {rejected.status}")
    answer = scim.post(endpoint, body)
    if answer.status != 201:
        raise Finding(
            "a POST fails although its body was corrected after a rejection", "201", str(answer.status), level="refusal"
        )
    must_find(scim, type_name, name, body[name], expect.created(answer), after="the corrected POST")


@requirement(
    "RFC7644-3.3-11",
    "RFC7644-3.3-02",
    level="lie",
    consequence="Creating one user takes over or damages the account of another.",
    fix="Reject the request before changing the existing user, and match users only by unique attributes.",
)
def test_create_changes_nobody_else(scim: Session) -> None:
    """POST with the userName, externalId, email address, or id of an existing user must not change that user."""
    taken = {"externalId": scim.name(), "emails": [{"value": f"{scim.name()}@check.example", "type": "work"}]}
    user = scim.read(scim.new_user(**taken))
    fresh: list[Callable[[], dict[str, Any]]] = [
        lambda: scim.user_body(userName=user["userName"]),
        lambda: scim.user_body(externalId=user.get("externalId")),
        lambda: scim.user_body(emails=user.get("emails")),
        lambda: {**scim.user_body(), "id": user["id"]},
    ]
    for body in fresh:
        scim.post(scim.users, body())
        expect.unchanged(scim, user)


@requirement(
    "RFC7644-3.5.1-16",
    "RFC7644-3.5.2-28",
    "RFC7643-3.1-05",
    level="lie",
    consequence="Two users become one account.",
    fix="Check uniqueness before writing anything, and change the user whose id is in the URL.",
)
@pytest.mark.parametrize("door", ["PATCH", "PUT"])
def test_rejected_rename_changes_neither_user(scim: Session, door: str) -> None:
    """Renaming a user to a userName that is already in use must change neither user, and lookups must still find both."""
    one, other = (scim.read(scim.new_user()) for _ in range(2))
    expect.status(changed(scim, one, door, userName=other["userName"], displayName=scim.name()), 409, 400)
    for user in (one, other):
        expect.unchanged(scim, user)
        must_find(
            scim, "User", "userName", user["userName"], user, after="a rename to a userName that is already in use"
        )


@pytest.mark.alone
@requirement(
    "RFC7644-3.4.2-05",
    "RFC7644-3.3-01",
    "RFC7644-3.5.1-02",
    level="lie",
    consequence=PHANTOM,
    fix="Write in one transaction, and roll it back on every error.",
)
def test_totals_stay_the_same_around_rejections(scim: Session) -> None:
    """Rejected creates, writes to unknown ids, and unknown members must not change the total of any resource type."""
    taken, group = scim.new_user(), scim.new_group()
    wrong = {**scim.user_body(), "userName": ""}

    def provoke() -> None:
        scim.post(scim.users, scim.user_body(userName=taken["userName"]))
        scim.post(scim.users, wrong)
        scim.put(f"{scim.users}/{scim.unknown()}", scim.user_body())
        scim.put(f"{scim.groups}/{scim.unknown()}", scim.group_body())
        scim.put(scim.path_of(group), {**sendable(scim, scim.read(group)), "members": [{"value": scim.unknown()}]})
        if scim.target.offers("patch"):
            add = {"op": "add", "path": "members", "value": [{"value": scim.unknown()}]}
            scim.patch(scim.path_of(group), add)
            scim.patch(f"{scim.users}/{scim.unknown()}", {"op": "replace", "path": "displayName", "value": "x"})

    grown = [_growth(scim, provoke), _growth(scim, lambda: None), _growth(scim, provoke)]
    for type_name in grown[0]:
        before, quiet, after = (one.get(type_name, 0) for one in grown)
        if (
            before > 0 and after > 0 and quiet == 0
        ):  # other clients that create resources at the same time would also do so in between
            raise Finding(
                f"rejected requests create resources of the type {type_name}",
                "the same total as before",
                f"{before} more",
                level="lie",
            )


@pytest.mark.alone
@requirement(
    "RFC7644-3.3-01",
    "RFC7644-3.5.1-17",
    level="lie",
    consequence="Each change leaves a second account behind that keeps its access forever.",
    fix="Change the resource that the URL names, and create resources only for POST.",
)
def test_nothing_appears_that_no_check_made(scim: Session) -> None:
    """Every resource that carries the marker of this run must have been created by a check."""
    user, group = scim.new_user(), scim.new_group()
    changed(scim, user, "PUT", userName=f"{scim.name()}@check.example", externalId=scim.name())
    changed(scim, group, "PUT", displayName=scim.name())
    lookup(scim, "User", "userName", scim.name())
    if found := scim.strays():
        raise Finding(
            APPEARED,
            "no unknown resource with the marker of this run",
            f"{len(found)}, for example {found[0]}",
            level="lie",
        )


def _growth(scim: Session, act: Callable[[], None]) -> dict[str, int]:
    """The increase of the total of each type."""
    before = _totals(scim)
    act()
    return {name: total - before.get(name, total) for name, total in _totals(scim).items()}


def _totals(scim: Session) -> dict[str, int]:
    totals = {}
    for type_name in scim.target.type_names():
        answer = scim.get(scim.target.need_type(type_name), count=1)
        total = answer["totalResults"]
        if answer.status == 200 and isinstance(total, int):
            totals[type_name] = total
    if not totals:
        raise NotOffered("lists with totalResults")
    return totals
