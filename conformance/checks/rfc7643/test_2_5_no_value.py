"""RFC 7643 section 2.5: null, an empty array, and a missing attribute are the same state."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.target.discovery import USER_URN
from conformance.topics.samples import addresses

CLIENTS = "Entra and Okta send null or [] for empty attributes, so users with empty attributes are never created."
EMPTY: dict[str, Any] = {"null": None, "an empty array": []}


@requirement("RFC7643-2.5-01", "RFC7643-2.5-02", level="lie", consequence=CLIENTS)
def test_null_and_empty_array_mean_no_value(scim: Session) -> None:
    """POST with null or [] must leave the attribute unassigned."""
    user = scim.post(scim.users, scim.user_body(nickName=None, phoneNumbers=[]))
    expect.lacks(scim.read(expect.status(user, 201).json), "nickName", "phoneNumbers")


@requirement("RFC7643-2.5-01", "RFC7643-2.5-02", "RFC7643-2.5-03", level="lie", consequence=CLIENTS)
@pytest.mark.parametrize("value", list(EMPTY.values()), ids=list(EMPTY))
def test_put_of_null_or_of_an_empty_array_unassigns_a_list(scim: Session, value: Any) -> None:
    """PUT with emails null or [] must clear emails, and a filter must no longer find a value."""
    work, _, _ = addresses(scim)
    scim.target.need_attribute(USER_URN, "emails")
    user = scim.new_user(emails=[work])
    body = {**scim.user_body(emails=value), "userName": user["userName"]}
    expect.status(scim.put(scim.path_of(user), body), 200)
    if expect.cleared(scim, scim.read(user), emails=[work]):
        _not_present(scim, user["userName"], "emails")


@requirement("RFC7643-2.5-01", level="lie")
def test_put_without_an_attribute_agrees_with_its_filter(scim: Session) -> None:
    """After a PUT without emails, which may clear or keep them, a filter with `pr` must agree with GET."""
    work, _, _ = addresses(scim)
    user = scim.new_user(emails=[work])
    expect.status(scim.put(scim.path_of(user), {**scim.user_body(), "userName": user["userName"]}), 200)
    held = scim.read(user).get("emails")
    answer = scim.search(f'userName eq "{user["userName"]}" and emails pr')
    expect.found(expect.evaluated(answer, "a filter with pr"), *([user] if held else []))


@requirement("RFC7643-2.5-02", "RFC7643-2.5-03", level="lie")
def test_put_with_null_unassigns(scim: Session) -> None:
    """PUT with null must clear the attribute, and a filter must no longer find a value."""
    user = scim.new_user(nickName="Nick")
    body = scim.user_body(userName=user["userName"], nickName=None)
    expect.status(scim.put(scim.path_of(user), body), 200)
    if expect.cleared(scim, scim.read(user), nickName="Nick"):
        _not_present(scim, user["userName"], "nickName")


def _not_present(scim: Session, user_name: str, attribute: str) -> None:
    """A filter for users with a value must not find this user, if the target supports the filter."""
    if scim.target.offers("filter"):
        answer = scim.search(f'userName eq "{user_name}" and {attribute} pr')
        if answer.status not in expect.DECLINED:
            expect.found(answer)
