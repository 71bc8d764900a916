"""RFC 7644 sections 3.8 and 8.1: media types, their parameters, encodings, and bodies that are no JSON."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, Verdict
from conformance.target.client import Answer
from conformance.target.discovery import USER_URN
from conformance.topics.samples import address, replaced

SCIM = "application/scim+json"
REFUSED = "Nothing works for that client: its connection test fails."
NAMES = {"accent": "Zoë Übung", "script": "学习 Кошка", "emoji": "Ann 😀", "decomposed": "Zoe\u0308"}


@pytest.mark.parametrize(
    "kind", ["list", "resource", "created", "replaced", "patched", "ServiceProviderConfig", "ResourceTypes", "Schemas"]
)
@requirement(
    "RFC7644-3.1-01",
    "RFC7644-3.2-13",
    "RFC7644-3.8-06",
    "RFC7644-8.1-01",
    consequence="Strict clients, Microsoft's validator among them, refuse right data of a wrong type.",
    fix="Send Content-Type: application/scim+json with every body.",
)
def test_answers_are_scim_json(scim: Session, kind: str) -> None:
    """Every answer with a body is JSON in UTF-8 and says application/scim+json."""
    answer = _sample(scim, kind)
    if answer.status == 204:
        return
    _of_scim_type(scim, answer)
    if not isinstance(answer.json, dict):
        raise Finding("the body is no JSON object", "an object", answer.exchange.response_body[:80].decode("latin-1"))


@pytest.mark.parametrize("accept", [SCIM, None, "*/*", "application/*", f"{SCIM}, application/json;q=0.9"])
@requirement(
    "RFC7644-3.8-06",
    "RFC7644-3.8-08",
    consequence=REFUSED,
    fix="Answer application/scim+json to whoever takes it, and to whoever says nothing.",
)
def test_accept_that_takes_scim_json_gets_it(scim: Session, accept: str | None) -> None:
    """Accept with application/scim+json or a wildcard, or none at all: 200 as application/scim+json."""
    answer = scim.client.send("GET", scim.users, parameters={"count": 1}, headers={"Accept": accept})
    _of_scim_type(scim, expect.status(answer, 200))


@requirement("RFC7644-3.8-07", consequence=REFUSED, fix="Take Accept: application/json for application/scim+json.")
def test_accept_of_plain_json_is_served(scim: Session) -> None:
    """Accept: application/json gives 200 with either JSON type."""
    answer = scim.client.send("GET", scim.users, parameters={"count": 1}, headers={"Accept": "application/json"})
    expect.equal(expect.status(answer, 200).media_type in ("application/json", SCIM), True, "a JSON media type")


@pytest.mark.parametrize("parameters", ["", "; charset=utf-8", ";charset=UTF-8", '; charset="utf-8"'])
@requirement(
    "RFC7644-3.1-01",
    "RFC7644-3.8-01",
    consequence="Entra sends application/scim+json; charset=utf-8 and nothing else: nobody is created.",
    fix="Register application/scim+json with the body parser, and compare types without their parameters.",
)
def test_scim_json_bodies_are_read(scim: Session, parameters: str) -> None:
    """A create as application/scim+json works, with and without a charset, and its letters stay."""
    name = {"givenName": NAMES["accent"], "familyName": "Check"}  # no displayName: a server may compose that itself
    answer = scim.post(scim.users, scim.user_body(name=name), headers={"Content-Type": SCIM + parameters})
    read = scim.read(expect.created(answer))
    expect.equal((read.get("name") or {}).get("givenName"), NAMES["accent"], "givenName")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@requirement("RFC7644-3.8-07", consequence=REFUSED, fix="Read application/json like application/scim+json.")
def test_json_bodies_are_read(scim: Session, method: str) -> None:
    """A body as application/json works as well (Okta's own test, Google and PingFederate send it)."""
    headers = {"Content-Type": "application/json"}
    user = scim.new_user()
    if method == "POST":
        expect.status(scim.post(scim.users, scim.user_body(), headers=headers), 201)
    elif method == "PUT":
        expect.status(scim.put(scim.path_of(user), scim.user_body(userName=user["userName"]), headers=headers), 200)
    else:
        change = replaced(scim.name(), "externalId")
        expect.written(expect.offered(scim.patch(scim.path_of(user), change, headers=headers)))
    expect.holds(scim.read(user), userName=user["userName"])


@pytest.mark.parametrize("escaped", [False, True], ids=["as it is", "escaped"])
@pytest.mark.parametrize("kind", NAMES)
@requirement(
    "RFC7644-3.8-02",
    "RFC7644-3.8-01",
    level="lie",
    consequence="People get broken names, and the provider sends the right ones again in each cycle.",
    fix="Read and write JSON as UTF-8, whatever the platform's default is.",
)
def test_text_is_utf8_by_default(scim: Session, kind: str, escaped: bool) -> None:
    """Letters beyond ASCII come in and go out as UTF-8 when no charset is named, escaped or not."""
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
    consequence="A client tries a 5xx again for ever.",
    fix="Catch the parser's error and a body that is no object: 400 invalidSyntax.",
)
def test_broken_json_is_refused(scim: Session, raw: bytes) -> None:
    """A body that is no JSON object gives 400 invalidSyntax, never a 5xx."""
    expect.keyword(scim, scim.client.send("POST", scim.users, raw=raw), 400, "invalidSyntax", "invalidValue")


@requirement("RFC7644-3.8-09", level="lie", fix="Look at Content-Type before the body: 415 for what is no JSON.")
def test_xml_is_refused(scim: Session) -> None:
    """A body that is XML, and says so, is 415 or 400."""
    raw = b"<?xml version='1.0'?><User><userName>x</userName></User>"
    answer = scim.client.send("POST", scim.users, raw=raw, headers={"Content-Type": "text/xml"})
    expect.gateway_error(scim, answer, 415, 400)


@pytest.mark.parametrize("case", ["an object for a list", "a list for a text", "a text for an object"])
@requirement(
    "RFC7644-3.8-10",
    "RFC7644-3.12-16",
    level="lie",
    consequence="Clients cannot parse the user any more, or try a 5xx again for ever.",
    fix="Compare each value with its definition: 400 invalidValue.",
)
def test_wrong_plurality_is_refused(scim: Session, case: str) -> None:
    """emails as an object, displayName as a list, name as a text: 400, or stored in the right form."""
    name, value, form = {
        "an object for a list": ("emails", {"value": address(scim), "type": "work"}, list),
        "a list for a text": ("displayName", ["In", "a list"], str),
        "a text for an object": ("name", "Just A. Text", dict),
    }[case]
    answer = scim.post(scim.users, scim.user_body(**{name: value}))
    if answer.status == 400:
        expect.keyword(scim, answer, 400, "invalidValue", "invalidSyntax")
        return
    held = scim.read(expect.created(answer)).get(name)
    if held is not None and not isinstance(held, form):
        raise Finding(f"{name} is stored in another form", form.__name__, repr(held))
    scim.note(f"{name} in another form is read as {held!r}"[:160])


def _of_scim_type(scim: Session, answer: Answer) -> None:
    """application/scim+json; application/json is a warning (A-08)."""
    if answer.media_type == "application/json":
        scim.warn("answers are application/json", SCIM, answer.media_type)
    elif answer.media_type != SCIM:
        raise Finding("answers have no JSON media type", SCIM, answer.media_type or "none", Verdict.FAIL)


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
        answer = scim.patch(scim.path_of(user), replaced(scim.name(), "externalId"))
        return expect.status(expect.offered(answer), 200, 204)
    return expect.status(scim.get(scim.path_of(user)), 200)


def _escape(character: str) -> str:
    """As JSON writes it in ASCII: one or two \\uXXXX."""
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
