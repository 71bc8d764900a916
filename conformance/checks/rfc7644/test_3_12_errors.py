"""RFC 7644 section 3.12: the form of errors, their statuses, and what must never become a 5xx."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.target.client import Answer
from conformance.target.discovery import ENTERPRISE_URN
from conformance.topics.samples import member, members, replaced

# table 9, and RFC 9865
KEYWORDS = {"invalidFilter", "tooMany", "uniqueness", "mutability", "invalidSyntax", "invalidPath", "noTarget"}
KEYWORDS |= {"invalidValue", "invalidVers", "sensitive", "invalidCursor", "expiredCursor", "invalidCount"}
BLIND = "The provider shows a parser's complaint and hides the cause: nobody can mend it."
FOR_EVER = "A client tries a 5xx again for ever, and Entra counts it towards quarantine."


def _unknown(scim: Session) -> str:
    return f"{scim.users}/{scim.unknown()}"


def _nameless(scim: Session) -> dict[str, Any]:
    return {name: value for name, value in scim.user_body().items() if name != "userName"}


# name → (the request, the statuses that are true of it)
PROVOKED: dict[str, tuple[Callable[[Session], Answer], tuple[int, ...]]] = {
    "GET of an unknown id": (lambda scim: scim.get(_unknown(scim)), (404,)),
    "PUT of an unknown id": (lambda scim: scim.put(_unknown(scim), scim.user_body()), (404,)),
    "PATCH of an unknown id": (lambda scim: scim.patch(_unknown(scim), replaced("x")), (404,)),
    "DELETE of an unknown id": (lambda scim: scim.delete(_unknown(scim)), (404,)),
    "broken JSON": (lambda scim: scim.client.send("POST", scim.users, raw=b"{"), (400,)),
    "no userName": (lambda scim: scim.post(scim.users, _nameless(scim)), (400,)),
    "a duplicate": (
        lambda scim: scim.post(scim.users, scim.user_body(userName=scim.new_user()["userName"])),
        (409,),
    ),
    "a broken filter": (lambda scim: scim.search('userName xx "a"'), (400,)),
    "a broken path": (lambda scim: scim.patch(scim.path_of(scim.new_user()), replaced("x", "a[")), (400,)),
    "an unknown op": (
        lambda scim: scim.patch(scim.path_of(scim.new_user()), {"op": "scimulate", "path": "displayName"}),
        (400,),
    ),
}


@pytest.mark.parametrize("case", PROVOKED)
@requirement(
    "RFC7644-3.12-01",
    "RFC7644-3.12-02",
    "RFC7644-3.12-03",
    "RFC7644-3.12-04",
    "RFC7644-3.12-05",
    "RFC7644-3.2-14",
    "RFC7644-3.2-15",
    "RFC7644-E7898-01",
    level="refusal",
    consequence=BLIND,
    fix="One place that writes errors: schemas, status as text, scimType, detail, as application/scim+json.",
)
def test_errors_are_in_scim_form(scim: Session, case: str) -> None:
    """An error is a JSON object with the Error schema, its status as text, a known scimType and a readable detail."""
    send, statuses = PROVOKED[case]
    answer = send(scim)
    expect.scim_error(answer, statuses)
    expect.equal(answer["schemas"], [expect.ERROR_URN], "schemas")
    if answer["scimType"] is not None and answer["scimType"] not in KEYWORDS:
        raise Finding("scimType is no word of the vocabulary", "a word of table 9, or none", repr(answer["scimType"]))
    detail = answer["detail"]
    if detail is not None and not isinstance(detail, str):
        raise Finding("detail is no text", "a text", repr(detail))
    if answer.media_type != "application/scim+json":
        scim.warn("the error has another media type", "application/scim+json", answer.media_type or "none")
    if not detail:
        scim.warn("the error says nothing", "detail", repr(detail))


@for_each_resource_type
@requirement(
    "RFC7644-3.12-10",
    "RFC7644-3.12-01",
    "RFC7644-3.12-02",
    "RFC7644-3.12-03",
    consequence="authentik reads a 404 in another form as 'gone': it deletes its link and creates the person again.",
    fix="Answer 404 in SCIM's form for an id that is not there.",
)
def test_unknown_resource_is_a_scim_404(scim: Session, type_name: str) -> None:
    """An unknown id is answered 404 in SCIM's form; another 4xx is a warning."""
    expect.not_found(scim, scim.get(f"{scim.target.need_type(type_name)}/{expect.UNKNOWN}"))


@pytest.mark.parametrize("method", ["GET", "POST"])
@requirement("RFC7644-3.12-10", level="lie", consequence="A wrong URL in the set-up is taken for a working one.")
def test_unknown_endpoint_is_404(scim: Session, method: str) -> None:
    """/ScimulatorNothing is 404."""
    body = scim.user_body() if method == "POST" else None
    expect.gateway_error(scim, scim.client.send(method, "/ScimulatorNothing", body), 404, 405, 501)


@pytest.mark.parametrize("case", ["DELETE of a list", "POST to a resource", "PUT of schemas"])
@requirement(
    "RFC7644-3.12-17",
    level="lie",
    consequence="One request too many deletes everybody, or overwrites a schema.",
    fix="Answer 405 where an endpoint lacks the method.",
)
def test_method_that_an_endpoint_lacks_is_refused(scim: Session, case: str) -> None:
    """DELETE on a list, POST on a resource, PUT on /Schemas: 405, 404, 501 or another refusal that is true of it."""
    user = scim.new_user()
    if case == "DELETE of a list":
        answer = scim.delete(scim.users)
    elif case == "POST to a resource":
        answer = scim.post(scim.path_of(user), scim.user_body())
    else:
        answer = scim.put("/Schemas", {"schemas": []})
    expect.gateway_error(scim, answer, 405, 404, 501, 400, 403)
    expect.unchanged(scim, user)


MISTAKES: dict[str, dict[str, Any]] = {
    "null in a list": {"emails": [None]},
    "a text in a list of objects": {"emails": ["plain"]},
    "a list in a list": {"emails": [[]]},
    "a list for a complex value": {"name": ["Check"]},
    "null for a complex value": {"name": None},
    "the manager as a text": {ENTERPRISE_URN: {"manager": "boss"}},
    "the manager as a list": {ENTERPRISE_URN: {"manager": [{"value": expect.UNKNOWN}]}},
    "the extension as a list": {ENTERPRISE_URN: []},
    "a number for a name": {"userName": 5},
    "an object for a name": {"userName": {"value": "x"}},
    "a list for active": {"active": [True]},
    "schemas as a text": {"schemas": "urn:ietf:params:scim:schemas:core:2.0:User"},
    "schemas of numbers": {"schemas": [1, None]},
    "NUL in a text": {"displayName": "a\x00b"},
    "a lone surrogate": {"displayName": "\ud83d"},
    "a very long text": {"displayName": "x" * 100_000},
}


@pytest.mark.parametrize("case", MISTAKES)
@requirement(
    "RFC7644-3.12-16",
    "RFC7644-3.12-08",
    consequence=FOR_EVER,
    fix="Compare the body with the schema before anything else reads it: 400.",
)
def test_mistakes_of_a_client_are_no_server_errors(scim: Session, case: str) -> None:
    """A create whose values are of the wrong form is carried out or refused 4xx, and the server goes on."""
    body = {**scim.user_body(), **MISTAKES[case]}
    raw = orjson.dumps(body) if case != "a lone surrogate" else _with_surrogate(body)
    answer = scim.client.send("POST", scim.users, raw=raw)
    scim.remember(answer)
    if answer.status >= 500:
        raise Finding("a mistake of the client is a server error", "a 4xx, or 201", answer.told)
    if answer.status >= 400:
        expect.gateway_error(scim, answer, answer.status)
    else:
        scim.read(expect.created(answer))


@requirement(
    "RFC7644-3.12-25",
    "RFC7644-3.12-08",
    level="lie",
    consequence="Clients cannot parse the user any more.",
    fix="Refuse with 400 invalidValue what is not of the declared type.",
)
@pytest.mark.parametrize("name", ["displayName", "active"])
def test_wrong_type_is_refused(scim: Session, name: str) -> None:
    """A number for a text and a word for a boolean are refused, or come back in the declared type."""
    value: Any = 12345 if name == "displayName" else "maybe"
    answer = scim.post(scim.users, scim.user_body(**{name: value}))
    if 400 <= answer.status < 500:
        expect.keyword(scim, answer, 400, "invalidValue", "invalidSyntax")
        return
    held = scim.read(expect.created(answer)).get(name)
    if held is not None and not isinstance(held, str if name == "displayName" else bool):
        raise Finding(f"{name} is stored in another type", "the declared type, or 400", repr(held))


@requirement(
    "RFC7644-3.12-05",
    level="cosmetic",
    consequence="The administrator removes the wrong person.",
    fix="Name the value that is wrong, and no other.",
)
def test_detail_blames_the_right_value(scim: Session) -> None:
    """Where an unknown member is refused, detail does not name the member that is right."""
    user, group = scim.new_user(), scim.new_group()
    unknown = scim.unknown()
    operation = {"op": "add", "path": "members", "value": [member(user), {"value": unknown}]}
    answer = scim.patch(scim.path_of(group), operation)
    if answer.status < 400:
        scim.note(f"an unknown member is taken: {len(members(scim.read(group)))} members")
        return
    if user["id"] in str(answer["detail"]):
        raise Finding("detail names the member that is right", unknown, str(answer["detail"])[:160])


def _with_surrogate(body: dict[str, Any]) -> bytes:
    """JSON with half of a surrogate pair, which no Unicode text can hold."""
    return orjson.dumps({**body, "displayName": "SURROGATE"}).replace(b"SURROGATE", b"\\ud83d")
