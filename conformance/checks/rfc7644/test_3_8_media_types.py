"""RFC 7644 sections 3.8 and 8.1: media types, character encoding, and invalid JSON."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of, type_name
from conformance.requirements.verdict import Finding, Verdict
from conformance.target.client import Answer
from conformance.target.discovery import USER_URN
from conformance.topics.samples import address, replaced

SCIM = "application/scim+json"
REFUSED = "The provider cannot connect, because its connection test fails."
NAMES = {"accent": "Zoë Übung", "script": "学习 Кошка", "emoji": "Ann 😀", "decomposed": "Zoe\u0308"}


@pytest.mark.parametrize(
    "kind", ["list", "resource", "created", "replaced", "patched", "ServiceProviderConfig", "ResourceTypes", "Schemas"]
)
@requirement(
    "RFC7644-3.1-01",
    "RFC7644-3.2-13",
    "RFC7644-3.8-06",
    "RFC7644-8.1-01",
    consequence="Strict clients, such as Microsoft's validator, reject valid data with the wrong media type.",
    fix="Send Content-Type: application/scim+json with every response that has a body.",
)
def test_answers_are_scim_json(scim: Session, kind: str) -> None:
    """Responses must be JSON in UTF-8 with Content-Type application/scim+json; application/json is a warning."""
    answer = _sample(scim, kind)
    if answer.status == 204:
        return
    _of_scim_type(scim, answer)
    if not isinstance(answer.json, dict):
        raise Finding(
            "the body is not JSON, or not an object", "an object", answer.exchange.response_body[:80].decode("latin-1")
        )


@pytest.mark.parametrize("accept", [SCIM, None, "*/*", "application/*", f"{SCIM}, application/json;q=0.9"])
@requirement(
    "RFC7644-3.8-06",
    "RFC7644-3.8-08",
    consequence=REFUSED,
    fix="Return application/scim+json if Accept allows it or is missing.",
)
def test_accept_that_takes_scim_json_gets_it(scim: Session, accept: str | None) -> None:
    """GET with an Accept that allows application/scim+json, or without Accept, must return application/scim+json."""
    answer = scim.client.send("GET", scim.users, parameters={"count": 1}, headers={"Accept": accept})
    _of_scim_type(scim, expect.status(answer, 200))


@requirement("RFC7644-3.8-07", consequence=REFUSED, fix="Treat Accept: application/json like application/scim+json.")
def test_accept_of_plain_json_is_served(scim: Session) -> None:
    """GET with Accept: application/json should return 200 and one of the two JSON media types (warning)."""
    answer = scim.client.send("GET", scim.users, parameters={"count": 1}, headers={"Accept": "application/json"})
    expect.equal(
        expect.status(answer, 200).media_type in ("application/json", SCIM), True, "whether the media type is JSON"
    )


@pytest.mark.parametrize("parameters", ["", "; charset=utf-8", ";charset=UTF-8", '; charset="utf-8"'])
@requirement(
    "RFC7644-3.1-01",
    "RFC7644-3.8-01",
    consequence="Entra always sends application/scim+json; charset=utf-8, so it cannot create any user.",
    fix="Register application/scim+json with the body parser, and ignore parameters when comparing media types.",
)
def test_scim_json_bodies_are_read(scim: Session, parameters: str) -> None:
    """POST as application/scim+json must succeed, with and without a charset, and must keep special characters."""
    name = {"givenName": NAMES["accent"], "familyName": "Check"}  # not displayName, because a server may generate it
    answer = scim.post(scim.users, scim.user_body(name=name), headers={"Content-Type": SCIM + parameters})
    read = scim.read(expect.created(answer))
    expect.equal((read.get("name") or {}).get("givenName"), NAMES["accent"], "givenName")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@requirement("RFC7644-3.8-07", consequence=REFUSED, fix="Parse application/json like application/scim+json.")
def test_json_bodies_are_read(scim: Session, method: str) -> None:
    """Request bodies as application/json should be accepted, because Okta, Google, and PingFederate send them (warning)."""
    headers = {"Content-Type": "application/json"}
    user = scim.new_user()
    if method == "POST":
        expect.status(scim.post(scim.users, scim.user_body(), headers=headers), 201)
    elif method == "PUT":
        expect.status(scim.put(scim.path_of(user), scim.user_body(userName=user["userName"]), headers=headers), 200)
    else:
        change = replaced(scim.name())
        expect.written(expect.offered(scim.patch(scim.path_of(user), change, headers=headers)))
    expect.holds(scim.read(user), userName=user["userName"])


@pytest.mark.parametrize("escaped", [False, True], ids=["as it is", "escaped"])
@pytest.mark.parametrize("kind", NAMES)
@requirement(
    "RFC7644-3.8-02",
    "RFC7644-3.8-01",
    level="lie",
    consequence="Users get garbled names, and the provider sends the correct ones again in every cycle.",
    fix="Read and write JSON as UTF-8, whatever the default of the platform is.",
)
def test_text_is_utf8_by_default(scim: Session, kind: str, escaped: bool) -> None:
    """Without a charset, non-ASCII characters must be read and written as UTF-8, whether or not they are escaped."""
    scim.target.need_attribute(USER_URN, "name.givenName")
    body = scim.user_body(name={"givenName": NAMES[kind], "familyName": "Check"})
    raw = orjson.dumps(body)
    if escaped:
        raw = "".join(character if character < "\x7f" else _escape(character) for character in raw.decode()).encode()
    answer = scim.client.send("POST", scim.users, raw=raw, headers={"Content-Type": SCIM})
    scim.remember(answer)
    read = scim.read(expect.created(answer))
    expect.equal((read.get("name") or {}).get("givenName"), NAMES[kind], "givenName")


@pytest.mark.parametrize(
    "raw",
    [b"{", b'{"userName":', b"[1,2", b"\xff\xfe", b"", b"[]", b"5", b'"text"', b"null"],
    ids=["open", "cut", "array", "not-utf8", "empty", "list", "number", "text", "null"],
)
@requirement(
    "RFC7644-3.8-09",
    "RFC7644-3.12-22",
    "RFC7644-3.12-08",
    "RFC7644-3.12-16",
    consequence="A client retries a 5xx forever.",
    fix="Return 400 invalidSyntax for invalid JSON and for JSON that is not an object.",
)
def test_broken_json_is_refused(scim: Session, raw: bytes) -> None:
    """A body that is not a JSON object must be rejected with 400, never with a 5xx; a different scimType is a warning."""
    expect.keyword(scim, scim.client.send("POST", scim.users, raw=raw), 400, "invalidSyntax", "invalidValue")


@requirement("RFC7644-3.8-09", level="lie", fix="Check Content-Type before the body, and return 415 if it is not JSON.")
def test_xml_is_refused(scim: Session) -> None:
    """A request with an XML body must be rejected with 415 or 400."""
    raw = b"<?xml version='1.0'?><User><userName>x</userName></User>"
    answer = scim.client.send("POST", scim.users, raw=raw, headers={"Content-Type": "text/xml"})
    expect.gateway_error(scim, answer, 415, 400)


@pytest.mark.parametrize("case", ["an object for a list", "a list for a string", "a string for an object"])
@requirement(
    "RFC7644-3.8-10",
    "RFC7644-3.12-16",
    level="lie",
    consequence="Clients can no longer parse the user, or they retry a 5xx forever.",
    fix="Validate each value against its definition, and return 400 invalidValue.",
)
def test_wrong_plurality_is_refused(scim: Session, case: str) -> None:
    """POST with an object, array, or string in the wrong place must be rejected with 400, or stored in the right type."""
    name, value, form = {
        "an object for a list": ("emails", {"value": address(scim), "type": "work"}, list),
        "a list for a string": ("displayName", ["In", "a list"], str),
        "a string for an object": ("name", "Just A. Text", dict),
    }[case]
    answer = scim.post(scim.users, scim.user_body(**{name: value}))
    if answer.status == 400:
        expect.keyword(scim, answer, 400, "invalidValue", "invalidSyntax")
        return
    held = scim.read(expect.created(answer)).get(name)
    if held is not None and not isinstance(held, form):
        raise Finding(f"{name} is stored with the wrong type", type_name(form()), json_of(held))
    scim.note(f"{name} of the wrong type is stored as {json_of(held)}"[:160])


def _of_scim_type(scim: Session, answer: Answer) -> None:
    """Require application/scim+json. Many servers send application/json, which is only a warning."""
    if answer.media_type == "application/json":
        scim.warn("the media type of the response is application/json", SCIM, answer.media_type)
    elif answer.media_type != SCIM:
        raise Finding("the media type of the response is not JSON", SCIM, answer.media_type or "none", Verdict.FAIL)


def _sample(scim: Session, kind: str) -> Answer:
    if kind == "list":
        return expect.status(scim.get(scim.users, count=1), 200)
    if kind in ("ServiceProviderConfig", "ResourceTypes", "Schemas"):
        return expect.status(scim.get(f"/{kind}"), 200)
    if kind == "created":
        return expect.status(scim.post(scim.users, scim.user_body()), 201)
    user: dict[str, Any] = scim.new_user()
    if kind == "replaced":
        return expect.status(scim.put(scim.path_of(user), scim.user_body(userName=user["userName"])), 200)
    if kind == "patched":
        answer = scim.patch(scim.path_of(user), replaced(scim.name()))
        return expect.status(expect.offered(answer), 200, 204)
    return expect.status(scim.get(scim.path_of(user)), 200)


def _escape(character: str) -> str:
    """Escape a character as JSON does in ASCII, with one or two \\uXXXX."""
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
