"""RFC 7644 section 3.5: several changes of one user, with a read and a lookup after each."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.client import Answer
from conformance.topics.history import (
    DOORS,
    KEYS,
    changed,
    first_change,
    fresh,
    identified,
    lookup,
    must_find,
    must_keep,
    must_work,
    needs,
)
from conformance.topics.samples import address

REPEATS = (
    "Providers repeat a change after a lost response: the repetition fails forever and blocks the user's other changes."
)
STALE = "The provider looks up a user before each change: it finds the wrong account or creates a second one."
THROUGH = pytest.mark.parametrize("door", DOORS)


@pytest.mark.parametrize("name", ["active", "userName", "externalId", "displayName"])
@THROUGH
@requirement(
    "RFC7644-3.5.1-04",
    "RFC7644-3.5.2.3-02",
    "RFC7644-3.5.2.3-10",
    level="refusal",
    consequence=REPEATS,
    fix="Treat setting a value that is already set as a success, also for inactive users.",
)
def test_same_change_twice_succeeds(scim: Session, door: str, name: str) -> None:
    """The same change sent twice must succeed both times and must not change anything the second time."""
    needs(scim, "User", name)
    user, value = scim.new_user(), False if name == "active" else fresh(scim, name)
    once = first_change(scim, user, door, **{name: value})
    twice = must_work(scim, user, changed(scim, user, door, **{name: value}), "a repeated change", **{name: value})
    must_keep(scim, once, twice, "a repeated change")


@pytest.mark.parametrize("name", ["userName", "displayName", "externalId", "title"])
@THROUGH
@requirement(
    "RFC7643-4.1.1-15",
    "RFC7644-3.5.1-04",
    "RFC7644-3.5.2.3-02",
    level="lie",
    consequence="A leaver regains access with the next change of a name, or changes during an absence are lost.",
    fix="Change only the attributes that the request names, and keep active as it is.",
)
def test_inactive_user_can_be_changed(scim: Session, door: str, name: str) -> None:
    """A change of an inactive user must take effect and must keep the user inactive."""
    needs(scim, "User", "active", name)
    user, value = scim.new_user(), fresh(scim, name)
    first_change(
        scim, scim.new_user(), door, **{name: fresh(scim, name)}
    )  # verifies that the change works for an active user
    before = first_change(scim, user, door, active=False)
    answer = changed(scim, user, door, **{name: value})
    after = must_work(scim, user, answer, "a change of an inactive user", **{name: value}, active=False)
    must_keep(scim, before, after, "a change of an inactive user", apart_from=(name,))


@THROUGH
@requirement(
    "RFC7643-4.1.1-15",
    "RFC7644-3.5.1-04",
    "RFC7644-3.5.2.3-10",
    level="refusal",
    consequence="Someone who returns from leave stays locked out or gets a different account.",
    fix="Reactivate the same account, and keep its id and attributes while it is inactive.",
)
def test_reactivated_user_is_the_same(scim: Session, door: str) -> None:
    """A user that is deactivated and reactivated must have the same id and the same attributes."""
    needs(scim, "User", "active")
    user = identified(scim, "User", active=True)
    first_change(scim, user, door, active=False)
    after = must_work(scim, user, changed(scim, user, door, active=True), "the reactivation of a user", active=True)
    must_keep(scim, user, after, "deactivating and reactivating a user")
    must_find(scim, "User", "externalId", user["externalId"], user, after="deactivating and reactivating a user")


@THROUGH
@requirement(
    "RFC7644-3.4.2-12",
    "RFC7643-4.1.1-15",
    level="lie",
    consequence="The provider reads the list, treats a leaver as active, and never sends the change again.",
    fix="Read lists and filters from the same store as single resources, and invalidate caches on every write.",
)
def test_list_shows_each_change(scim: Session, door: str) -> None:
    """After each change, a lookup by userName must return the same values as GET."""
    needs(scim, "User", "active", "displayName")
    user = scim.new_user()
    for values in ({"displayName": scim.name()}, {"active": False}, {"active": True}):
        shown = first_change(scim, user, door, **values)
        (listed,) = must_find(scim, "User", "userName", user["userName"], user, after="a change")
        for name in values:
            expect.equal(listed.get(name), shown.get(name), f"{name} in a list after {door}")


@pytest.mark.parametrize(("type_name", "name"), KEYS, ids=[".".join(key) for key in KEYS])
@THROUGH
@requirement(
    "RFC7644-3.4.2.2-03",
    "RFC7644-3.4.2.2-09",
    level="lie",
    consequence=STALE,
    fix="Update every index and cache in the same transaction as the resource.",
)
def test_lookup_follows_a_change(scim: Session, type_name: str, name: str, door: str) -> None:
    """After an identifier changes, a lookup must find the resource by the new value and not by the old one."""
    needs(scim, type_name, name)
    before, value = identified(scim, type_name), fresh(scim, name)
    must_find(scim, type_name, name, before[name], before, after="a POST")  # fills the server's cache
    must_find(scim, type_name, name, value, after="a POST")
    first_change(scim, before, door, **{name: value})
    must_find(scim, type_name, name, value, before, after=f"a change of {name} (lookup by the new value)")
    must_find(scim, type_name, name, before[name], after=f"a change of {name} (lookup by the old value)")


@THROUGH
@requirement(
    "RFC7643-4.1.1-02",
    "RFC7644-3.3-07",
    level="refusal",
    consequence="After a rename, no one can use the old name: a new user with that name is never created.",
    fix="Check uniqueness against the current names of users, not against their former names.",
)
def test_name_that_a_rename_freed_is_usable(scim: Session, door: str) -> None:
    """After a rename, a new user must be able to take the old userName, and renaming the first user back must fail."""
    user = scim.new_user()
    first_change(scim, user, door, userName=fresh(scim, "userName"))
    answer = scim.post(scim.users, scim.user_body(userName=user["userName"]))
    if answer.status == 409:
        answer = _created_with_own_address(scim, user["userName"], answer)
    if answer.status != 201:
        raise Finding("the old userName of a renamed user is still in use", "201", str(answer.status))
    newcomer = expect.created(answer)
    expect.equal(newcomer["id"] != user["id"], True, "whether the new user has its own id")
    must_find(scim, "User", "userName", user["userName"], newcomer, after="a rename and a POST with the old name")
    back = changed(scim, user, door, userName=user["userName"])
    if back.status < 300:
        raise Finding(
            "a user is renamed to a userName that is already in use", "409 uniqueness", str(back.status), level="lie"
        )


def _created_with_own_address(scim: Session, name: str, refused: Answer) -> Answer:
    """The answer to a create with an e-mail address of its own: some servers derive one from userName and keep it."""
    with suppress(NotOffered):
        answer = scim.post(scim.users, scim.user_body(userName=name, emails=[{"value": address(scim)}]))
        if answer.status == 201:
            scim.warn("a userName that a rename freed is still in use as an e-mail address", "201", refused.told)
            return answer
    return refused


@THROUGH
@requirement(
    "RFC7643-4.1.1-03",
    "RFC7644-3.5.1-04",
    "RFC7644-3.5.2.3-02",
    level="refusal",
    consequence="Changing the case of a userName always fails, because the user conflicts with itself.",
    fix="Exclude the user itself from the check for duplicates, and store the new spelling.",
)
def test_letter_case_of_user_name_can_change(scim: Session, door: str) -> None:
    """Changing only the case of a userName must succeed, and lookups must find the user by both spellings."""
    sent = f"{scim.name()}.MixedCase@check.example"
    wanted = sent.replace("MixedCase", "mIXEDcASE")
    user = scim.new_user(userName=sent)
    shown = scim.read(user)["userName"]
    folds = bool(lookup(scim, "User", "userName", wanted))
    answer = changed(scim, user, door, userName=wanted)
    kept = {"userName": wanted} if shown == sent else {}  # some servers convert every userName to lower case
    must_work(scim, user, answer, "a change of case in a userName", **kept)
    for spelling in (wanted, shown) if folds else (wanted,):  # another check tests that filters ignore case
        must_find(scim, "User", "userName", spelling, user, after="changing the case of a userName")


@THROUGH
@requirement(
    "RFC7644-3.5.1-04",
    "RFC7643-3.1-06",
    level="lie",
    consequence="A change of one user overwrites another account.",
    fix="Select the row to change only by its id.",
)
def test_change_of_one_user_leaves_the_others(scim: Session, door: str) -> None:
    """Renaming or deactivating a user must not change another user with the same values."""
    needs(scim, "User", "active", "displayName")
    same: dict[str, Any] = {"displayName": scim.name(), "active": True}
    user, neighbor = (scim.new_user(**same) for _ in range(2))
    before = scim.read(neighbor)
    done = 0
    for values in ({"active": False}, {"displayName": scim.name()}, {"userName": fresh(scim, "userName")}):
        done += changed(scim, user, door, **values).status < 300
        must_keep(scim, before, scim.read(neighbor), "a change of another user")
    if not done:
        raise NotOffered(f"a change with {door}")
