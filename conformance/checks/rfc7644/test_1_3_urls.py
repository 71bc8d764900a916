"""RFC 7644 section 1.3: URLs are encoded by RFC 3986, and a base URL is only a base."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.topics.samples import member


@pytest.mark.parametrize(
    "sign",
    [" ", "+", "%", "&", "#", "é", "学", "😀"],
    ids=["blank", "plus", "per cent", "ampersand", "hash", "accent", "script", "emoji"],
)
@requirement(
    "RFC7644-1.2-01",
    level="lie",
    consequence="The person is not found and is created a second time, or another one is changed.",
    fix="Decode the query once, by RFC 3986: %20 is a blank, %2B a plus, the rest UTF-8.",
)
def test_percent_encoded_values_are_decoded(scim: Session, sign: str) -> None:
    """A filter with percent-encoded quotes, blanks, plus signs and letters finds the one user."""
    name = scim.name()
    scim.target.need("filter")
    answer = scim.post(scim.users, {**scim.user_body(), "userName": f"{name}a{sign}b"})
    if answer.status == 400:
        scim.note(f"a userName with such a sign is refused: {sign}")
        return
    user = expect.created(answer)
    scim.new_user(userName=f"{name}a-b")
    expression = quote(f'userName eq "{name}a{sign}b"', safe="")
    expect.found(scim.client.send("GET", f"{scim.users}?filter={expression}"), user)


@requirement(
    "RFC7644-1.3-01",
    level="cosmetic",
    consequence="A client that appends its own query to a location asks for nonsense.",
    fix="Build meta.location and $ref from the base URL and the id, not from the URL of the request.",
)
def test_uris_have_no_query(scim: Session) -> None:
    """No location, $ref or endpoint has a query, not even when the request had one."""
    user = scim.new_user()
    answers = [scim.get(scim.path_of(user), excludedAttributes="displayName"), scim.get("/ResourceTypes", count=1)]
    if "Group" in scim.target.type_names():
        answers.append(scim.get(scim.path_of(scim.new_group(members=[member(user)])), attributes="members,meta"))
    for uri in (uri for answer in answers for uri in _uris(answer.json)):
        if "?" in uri:
            raise Finding("a URI of the server has a query", "none", uri)


def _uris(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _uris(item)
    for name, held in value.items() if isinstance(value, dict) else ():
        if name in ("location", "$ref", "endpoint") and isinstance(held, str):
            yield held
        yield from _uris(held)
