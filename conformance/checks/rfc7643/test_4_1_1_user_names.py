"""RFC 7643 section 4.1.1: userName is required, unique, and case-insensitive."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import USER_URN
from conformance.topics.samples import replaced

TWICE = "A person gets two accounts, and one of them stays active after the person leaves."


@requirement("RFC7643-4.1.1-01", "RFC7643-4.1.1-25", "RFC7643-7-13", level="lie")
@pytest.mark.parametrize("name", [None, ""], ids=["missing", "empty"])
def test_user_without_user_name_is_refused(scim: Session, name: str | None) -> None:
    """POST without userName must be rejected; the same body with userName must be accepted."""
    body = scim.user_body()
    without = {key: value for key, value in body.items() if key != "userName"}
    answer = scim.post(scim.users, without if name is None else {**without, "userName": name})
    expect.keyword(scim, answer, 400, "invalidValue", "invalidSyntax")
    expect.status(scim.post(scim.users, body), 201)


@requirement("RFC7643-4.1.1-25", level="cosmetic", consequence="A provider does not require a mapping for userName.")
def test_user_name_is_required_by_the_schema(scim: Session) -> None:
    """/Schemas must declare userName as required."""
    if USER_URN not in scim.target.schemas:
        raise NotOffered(USER_URN)
    expect.equal(scim.target.need_attribute(USER_URN, "userName").get("required"), True, "userName.required")


@requirement("RFC7643-4.1.1-02", "RFC7643-7-34", level="lie", consequence=TWICE)
def test_user_names_are_unique(scim: Session) -> None:
    """POST with the userName of another user must be rejected with 409 and must not change that user."""
    user = scim.new_user()
    again = scim.user_body(userName=user["userName"], externalId=scim.name())
    expect.keyword(scim, scim.post(scim.users, again), 409, "uniqueness")
    expect.unchanged(scim, user)
    if scim.target.offers("filter"):
        expect.found(scim.search(f'userName eq "{user["userName"]}"'), user)


@requirement("RFC7643-4.1.1-02", "RFC7643-4.1.1-03", level="lie", consequence=TWICE)
@pytest.mark.parametrize("case", ["same", "other"])
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_user_name_cannot_be_changed_to_a_taken_one(scim: Session, method: str, case: str) -> None:
    """PUT or PATCH to another user's userName, in any case, must be rejected with 409 or 400 and change nothing."""
    first, second = scim.new_user(), scim.new_user()
    name = first["userName"].upper() if case == "other" else first["userName"]
    body = scim.user_body(userName=name)
    send = {
        "PUT": lambda path: scim.put(path, body),
        "PATCH": lambda path: scim.patch(path, replaced(name, "userName")),
    }
    answer = send[method](scim.path_of(second))
    if answer.status < 300 and str(scim.read(second).get("userName")).lower() == name.lower():
        raise Finding("two users have the same userName", "409 or 400 uniqueness", f"{answer.status}, and both have it")
    expect.scim_error(answer, (409, 400))
    expect.unchanged(scim, second)
    if answer["scimType"] != "uniqueness":
        scim.warn("the error does not have the scimType uniqueness", "scimType uniqueness", json_of(answer["scimType"]))


@requirement(
    "RFC7643-4.1.1-03",
    level="lie",
    consequence="Entra matches userNames case-insensitively and creates the user again.",
)
def test_user_names_are_unique_without_case(scim: Session) -> None:
    """POST with another user's userName in upper case must be rejected with 409, and a filter with it must find the user."""
    user = scim.new_user()
    name = user["userName"].upper()
    expect.keyword(scim, scim.post(scim.users, scim.user_body(userName=name)), 409, "uniqueness")
    if scim.target.offers("filter"):
        expect.found(scim.search(f'userName eq "{name}"'), user)
