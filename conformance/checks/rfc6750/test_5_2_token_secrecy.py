"""RFC 6750 sections 5.2 and 5.3: tokens are protected against guessing, modification, eavesdropping, and leaks."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.topics.challenges import asked, with_token
from conformance.topics.unrecorded_requests import get_unrecorded

FOUND = "The token ends up in logs, browser histories, and caches."
PLACES = {"first": 0.0, "quarter": 0.25, "middle": 0.5, "three quarters": 0.75}


@requirement("RFC6750-5.2-01", level="lie", consequence="An attacker can guess or alter a token and gain access.")
@pytest.mark.parametrize("place", list(PLACES.values()), ids=list(PLACES))
def test_changed_token_is_worthless(scim: Session, place: float) -> None:
    """A token with one changed character must be rejected."""
    token = with_token(scim)
    at = int(len(token) * place)  # never the last character, whose padding bits may not count
    other = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
    expect.unauthorized(scim, asked(scim, f"Bearer {other}"))


@requirement(
    "RFC6750-5.2-02", level="lie", consequence="Anyone who can read the network traffic gains access to the directory."
)
def test_token_travels_under_tls(scim: Session) -> None:
    """The base URL and meta.location must use https; http on this machine or in a private network produces a note."""
    with_token(scim)
    user = scim.new_user()
    location = (scim.read(user).get("meta") or {}).get("location")
    clear = [parts for url in (scim.client.base_url, str(location)) if (parts := urlsplit(url)).scheme == "http"]
    for parts in clear:
        if not _is_near(parts.hostname or ""):
            raise Finding(
                "the server accepts tokens over unencrypted http", "https", f"{parts.scheme}://{parts.netloc}"
            )
    if clear:
        scim.note("the server uses unencrypted http on this machine or in a private network")


@requirement("RFC6750-5.3-01", level="lie", consequence=FOUND)
def test_token_is_in_no_cookie(scim: Session) -> None:
    """Set-Cookie must never contain the token, in successful responses or in errors."""
    token = with_token(scim)
    for path in (scim.users, f"{scim.users}/{expect.UNKNOWN}"):
        answer = get_unrecorded(scim, path, {"Authorization": f"Bearer {token}"})
        if token in answer.all("set-cookie"):
            raise Finding("a cookie contains the token", "no token in Set-Cookie", "the token")


@requirement("RFC6750-5.3-02", level="lie", consequence=FOUND)
def test_token_is_in_no_answer(scim: Session) -> None:
    """Responses, including lists, locations, and error details, should never contain the token (warning)."""
    token = with_token(scim)
    created = scim.post(scim.users, scim.user_body())
    answers = [created, scim.get(scim.users, count=1), scim.get(f"{scim.users}/{expect.UNKNOWN}")]
    answers += [scim.get(scim.users, filter="userName eq"), asked(scim, f"Bearer {token} {token}")]
    for answer in answers:
        shown: list[Any] = [answer.exchange.response_body.decode("utf-8", "replace"), *answer.headers.values()]
        if any(token in text for text in shown):
            raise Finding(
                "a response contains the token", "no token", f"the token, in the response to {answer.exchange.method}"
            )


def _is_near(host: str) -> bool:
    """Whether the host is this machine, in a private network, or has a name that only resolves in one."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal", ".test"))
    return address.is_private or address.is_loopback
