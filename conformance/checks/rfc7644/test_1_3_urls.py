"""RFC 7644 section 1.3: URLs are encoded as in RFC 3986, and URIs in responses have no query."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.topics.samples import member


@pytest.mark.parametrize(
    "sign",
    [" ", "+", "%", "&", "#", "é", "学", "😀"],
    ids=["space", "plus", "percent", "ampersand", "hash", "accent", "script", "emoji"],
)
@requirement(
    "RFC7644-1.2-01",
    level="lie",
    consequence="The provider does not find the user and creates a duplicate, or it changes the wrong user.",
    fix=(
        "Decode the query string once, as RFC 3986 says: %20 is a space, %2B is a plus sign, and everything "
        "else is UTF-8."
    ),
)
def test_percent_encoded_values_are_decoded(scim: Session, sign: str) -> None:
    """A percent-encoded filter on a userName with a special character must find exactly that user."""
    name = scim.name()
    scim.target.need("filter")
    answer = scim.post(scim.users, {**scim.user_body(), "userName": f"{name}a{sign}b"})
    if answer.status == 400:
        scim.note(f"POST rejects a userName that contains {json_of(sign)}")
        return
    user = expect.created(answer)
    scim.new_user(userName=f"{name}a-b")
    expression = quote(f'userName eq "{name}a{sign}b"', safe="")
    expect.found(scim.client.send("GET", f"{scim.users}?filter={expression}"), user)


@requirement(
    "RFC7644-1.3-01",
    level="cosmetic",
    consequence="A client that appends its own query string to the URI sends a malformed request.",
    fix="Build meta.location and $ref from the base URL and the id, not from the URL of the request.",
)
def test_uris_have_no_query(scim: Session) -> None:
    """location, $ref, and endpoint must not contain a query string, even if the request had one."""
    user = scim.new_user()
    answers = [scim.get(scim.path_of(user), excludedAttributes="displayName"), scim.get("/ResourceTypes", count=1)]
    if "Group" in scim.target.type_names():
        answers.append(scim.get(scim.path_of(scim.new_group(members=[member(user)])), attributes="members,meta"))
    for uri in (uri for answer in answers for uri in _uris(answer.json)):
        if "?" in uri:
            raise Finding("a URI in the response has a query string", "none", uri)


def _uris(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _uris(item)
    for name, held in value.items() if isinstance(value, dict) else ():
        if name in ("location", "$ref", "endpoint") and isinstance(held, str):
            yield held
        yield from _uris(held)
