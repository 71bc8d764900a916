"""RFC 7644 section 3.12: the format and status of errors, and requests that must not cause a 5xx."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.target.client import Answer
from conformance.target.discovery import ENTERPRISE_URN
from conformance.topics.samples import member, members, replaced
from simulator.wording import counted

# RFC 7644 table 9 and RFC 9865
KEYWORDS = {"invalidFilter", "tooMany", "uniqueness", "mutability", "invalidSyntax", "invalidPath", "noTarget"}
KEYWORDS |= {"invalidValue", "invalidVers", "sensitive", "invalidCursor", "expiredCursor", "invalidCount"}
BLIND = "The provider logs a parse error instead of the cause, so no one can fix it."
FOR_EVER = "Clients retry a 5xx indefinitely, and Entra counts it toward quarantine."


def _unknown(scim: Session) -> str:
    return f"{scim.users}/{scim.unknown()}"


def _nameless(scim: Session) -> dict[str, Any]:
    return {name: value for name, value in scim.user_body().items() if name != "userName"}


# name → (the request, the acceptable statuses)
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
    fix=(
        "Write all errors in one place, as application/scim+json with schemas, status as a string, scimType, "
        "and detail."
    ),
)
def test_errors_are_in_scim_form(scim: Session, case: str) -> None:
    """Errors must have the Error schema, the status as a string, and a scimType of the RFC; no detail is a warning."""
    send, statuses = PROVOKED[case]
    answer = send(scim)
    expect.scim_error(answer, statuses)
    expect.equal(answer["schemas"], [expect.ERROR_URN], "schemas")
    if answer["scimType"] is not None and answer["scimType"] not in KEYWORDS:
        raise Finding(
            "scimType is not a keyword of the RFC",
            "a keyword of RFC 7644 table 9, or none",
            json_of(answer["scimType"]),
        )
    detail = answer["detail"]
    if detail is not None and not isinstance(detail, str):
        raise Finding("detail is not a string", "a string", json_of(detail))
    if answer.media_type != "application/scim+json":
        scim.warn(
            "the media type of the error is not application/scim+json",
            "application/scim+json",
            answer.media_type or "none",
        )
    if not detail:
        scim.warn("the error has no detail", "detail", json_of(detail))


@for_each_resource_type
@requirement(
    "RFC7644-3.12-10",
    "RFC7644-3.12-01",
    "RFC7644-3.12-02",
    "RFC7644-3.12-03",
    consequence="authentik treats a 404 in a different format as a deletion: it removes its link and creates the user again.",
    fix="Return 404 with a SCIM error for an unknown id.",
)
def test_unknown_resource_is_a_scim_404(scim: Session, type_name: str) -> None:
    """GET of an unknown id must be rejected with a SCIM error and 404; a different 4xx is a warning."""
    expect.not_found(scim, scim.get(f"{scim.target.need_type(type_name)}/{expect.UNKNOWN}"))


@pytest.mark.parametrize("method", ["GET", "POST"])
@requirement("RFC7644-3.12-10", level="lie", consequence="A wrong URL in the configuration looks like a working one.")
def test_unknown_endpoint_is_404(scim: Session, method: str) -> None:
    """A request to an unknown endpoint should be rejected with 404, 405, or 501 (warning)."""
    body = scim.user_body() if method == "POST" else None
    expect.gateway_error(scim, scim.client.send(method, "/ScimulatorNothing", body), 404, 405, 501)


@pytest.mark.parametrize("case", ["DELETE of a list", "POST to a resource", "PUT of schemas"])
@requirement(
    "RFC7644-3.12-17",
    level="lie",
    consequence="A single wrong request deletes every user or overwrites a schema.",
    fix="Return 405 if an endpoint does not support the HTTP method.",
)
def test_method_that_an_endpoint_lacks_is_refused(scim: Session, case: str) -> None:
    """DELETE on a list, POST to a resource, and PUT to /Schemas must be rejected, preferably with 405."""
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
    "a string in a list of objects": {"emails": ["plain"]},
    "a list in a list": {"emails": [[]]},
    "a list for a complex value": {"name": ["Check"]},
    "null for a complex value": {"name": None},
    "the manager as a string": {ENTERPRISE_URN: {"manager": "boss"}},
    "the manager as a list": {ENTERPRISE_URN: {"manager": [{"value": expect.UNKNOWN}]}},
    "the extension as a list": {ENTERPRISE_URN: []},
    "a number for a name": {"userName": 5},
    "an object for a name": {"userName": {"value": "x"}},
    "a list for active": {"active": [True]},
    "schemas as a string": {"schemas": "urn:ietf:params:scim:schemas:core:2.0:User"},
    "schemas of numbers": {"schemas": [1, None]},
    "NUL in a string": {"displayName": "a\x00b"},
    "a lone surrogate": {"displayName": "\ud83d"},
    "a very long string": {"displayName": "x" * 100_000},
}


@pytest.mark.parametrize("case", MISTAKES)
@requirement(
    "RFC7644-3.12-16",
    "RFC7644-3.12-08",
    consequence=FOR_EVER,
    fix="Validate the body against the schema first, and return 400 if it does not match.",
)
def test_mistakes_of_a_client_are_no_server_errors(scim: Session, case: str) -> None:
    """POST with values of the wrong type should succeed or fail with a 4xx, and never with a 5xx (warning)."""
    body = {**scim.user_body(), **MISTAKES[case]}
    raw = orjson.dumps(body) if case != "a lone surrogate" else _with_surrogate(body)
    answer = scim.client.send("POST", scim.users, raw=raw)
    scim.remember(answer)
    if answer.status >= 500:
        raise Finding("an invalid request causes a server error", "a 4xx, or 201", answer.told)
    if answer.status >= 400:
        expect.gateway_error(scim, answer, answer.status)
    else:
        scim.read(expect.created(answer))


@requirement(
    "RFC7644-3.12-25",
    "RFC7644-3.12-08",
    level="lie",
    consequence="Clients can no longer parse the user.",
    fix="Reject values that do not have the declared type with 400 invalidValue.",
)
@pytest.mark.parametrize("name", ["displayName", "active"])
def test_wrong_type_is_refused(scim: Session, name: str) -> None:
    """POST with a value of the wrong type must be rejected with 400, or the value must be returned in the declared type."""
    value: Any = 12345 if name == "displayName" else "maybe"
    answer = scim.post(scim.users, scim.user_body(**{name: value}))
    if 400 <= answer.status < 500:
        expect.keyword(scim, answer, 400, "invalidValue", "invalidSyntax")
        return
    held = scim.read(expect.created(answer)).get(name)
    if held is not None and not isinstance(held, str if name == "displayName" else bool):
        raise Finding(f"{name} is stored with the wrong type", "the declared type, or 400", json_of(held))


@requirement(
    "RFC7644-3.12-05",
    level="cosmetic",
    consequence="The administrator removes the wrong user.",
    fix="Name only the invalid value in detail.",
)
def test_detail_blames_the_right_value(scim: Session) -> None:
    """If an unknown member is rejected, detail should not name the valid member (warning)."""
    user, group = scim.new_user(), scim.new_group()
    unknown = scim.unknown()
    operation = {"op": "add", "path": "members", "value": [member(user), {"value": unknown}]}
    answer = scim.patch(scim.path_of(group), operation)
    if answer.status < 400:
        scim.note(
            f"an unknown member is accepted: the group now has {counted(len(members(scim.read(group))), 'member')}"
        )
        return
    if user["id"] in str(answer["detail"]):
        raise Finding("detail names the valid member", unknown, str(answer["detail"])[:160])


def _with_surrogate(body: dict[str, Any]) -> bytes:
    """JSON with half of a surrogate pair, which is not valid Unicode."""
    return orjson.dumps({**body, "displayName": "SURROGATE"}).replace(b"SURROGATE", b"\\ud83d")
