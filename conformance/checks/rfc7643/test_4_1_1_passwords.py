"""RFC 7643 section 4.1.1: a server accepts passwords and never returns them."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.client import Answer
from conformance.target.discovery import USER_URN
from conformance.topics.round_trips import created
from conformance.topics.samples import replaced

SECRET, NEXT = "Zz-scimulator-canary-Gk4rDm68TwNx35Vc!", "Zz-scimulator-canary-Hs9tEp27YbQz46Lf!"
LEAK = "Passwords end up in the provider's logs."
BULK_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
SEARCH_URN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
FIX = "Omit the password from every response body, header, and error message."


@requirement("RFC7643-4.1.1-16", "RFC7643-7-24", "RFC7643-7-27", level="lie", consequence=LEAK, fix=FIX)
def test_password_is_never_returned(scim: Session) -> None:
    """Responses to POST, GET, PUT, PATCH, lists, and searches must never contain the password."""
    answer = scim.post(scim.users, scim.user_body(password=SECRET))
    _without_secret(answer)
    if answer.status == 400:
        scim.note("the server rejects users with a password, which Okta always sends")
        return
    user = created(expect.status(answer, 201))
    path, own = scim.path_of(user), f'userName eq "{user["userName"]}"'
    wanted = {"attributes": "password,userName"}
    answers = [scim.get(path), scim.get(path, **wanted)]
    answers.append(scim.put(path, scim.user_body(userName=user["userName"], password=NEXT)))
    if scim.target.offers("patch"):
        answers.append(scim.patch(path, replaced(SECRET, "password"), parameters=wanted))
    if scim.target.offers("filter"):
        answers += [scim.search(own), scim.search(own, **wanted)]
        query = {"schemas": [SEARCH_URN], "filter": own, "attributes": ["password", "userName"]}
        answers.append(scim.post(f"{scim.users}/.search", query))
    for shown in answers:
        _without_secret(shown)


@requirement("RFC7643-4.1.1-16", level="lie", consequence=LEAK, fix=FIX)
def test_password_is_in_no_error(scim: Session) -> None:
    """Errors must never contain the password from the request."""
    scim.target.need_attribute(USER_URN, "password")
    user = scim.new_user()
    for body in (
        {**scim.user_body(userName=user["userName"]), "password": SECRET},
        {**scim.user_body(), "userName": "", "password": SECRET},
        {**scim.user_body(), "password": {"value": SECRET}},
    ):
        _without_secret(scim.post(scim.users, body))


@requirement("RFC7643-4.1.1-16", level="lie", consequence=LEAK, fix=FIX)
def test_password_is_in_no_bulk_result(scim: Session) -> None:
    """Bulk responses must never contain the password."""
    scim.target.need("bulk")
    operation = {"method": "POST", "path": scim.users, "bulkId": "one", "data": scim.user_body(password=SECRET)}
    answer = scim.post("/Bulk", {"schemas": [BULK_URN], "Operations": [operation]})
    for result in answer["Operations"] or ():
        if isinstance(result, dict) and isinstance(result.get("location"), str):
            scim.remember_url(result["location"])
    _without_secret(answer)


@requirement("RFC7643-4.1.1-21", level="lie", consequence="An attacker can guess passwords with filters.")
def test_password_filter_gets_a_proper_answer(scim: Session) -> None:
    """A filter on password should return a list or 400 or 403, and never the password (warning)."""
    scim.target.need_attribute(USER_URN, "password")
    answer = scim.search(f'password eq "{SECRET}"', count=1)
    if answer.status == 200:
        expect.listing(answer)
    else:
        expect.scim_error(answer, (400, 403))
    _without_secret(answer)


@requirement("RFC7643-4.1.1-22", level="lie", consequence=LEAK)
def test_password_is_write_only_by_the_schema(scim: Session) -> None:
    """/Schemas must declare password as writeOnly and returned never."""
    if USER_URN not in scim.target.schemas:
        raise NotOffered(USER_URN)
    declared = scim.target.need_attribute(USER_URN, "password")
    expect.equal(
        (declared.get("mutability"), declared.get("returned")),
        ("writeOnly", "never"),
        "mutability and returned of password",
    )


@requirement("RFC7643-4.1.1-22", level="refusal", consequence="A changed password never reaches the application.")
@pytest.mark.parametrize("op", ["add", "replace"])
def test_password_can_be_set_by_patch(scim: Session, op: str) -> None:
    """PATCH of password must be accepted if changePassword is supported; otherwise rejecting it produces a note."""
    scim.target.need_attribute(USER_URN, "password")
    answer = scim.patch(scim.path_of(scim.new_user()), {"op": op, "path": "password", "value": SECRET})
    if not scim.target.offers("changePassword") and (400 <= answer.status < 500 or answer.status == 501):
        scim.note("the server does not support changePassword and rejects a PATCH of password")
        return
    expect.written(answer)
    _without_secret(answer)


def _without_secret(answer: Answer) -> None:
    listed = answer["Resources"] if isinstance(answer["Resources"], list) else [answer.json]
    key = any("password" in map(str.lower, item) for item in listed if isinstance(item, dict))
    texts = [answer.exchange.response_body, *(value.encode() for value in answer.headers.values())]
    if key or any(secret.encode() in text for text in texts for secret in (SECRET, NEXT)):
        raise Finding(
            "a response contains the password",
            "no password",
            f"the password, in the response to {answer.exchange.method}",
        )
