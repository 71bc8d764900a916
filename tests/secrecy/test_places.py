"""Secrets are found where they stand, and what is a credential by its place is hidden however short it is."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secrecy.encodings import REDACTED
from secrecy.places import (
    learn_credentials,
    learn_header,
    learn_passwords,
    learn_recorded,
    learn_url,
    shown_headers,
    without_secrets,
)
from secrecy.redaction import redacted


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("authorization", "Bearer abc.def", f"Bearer {REDACTED}"),
        ("Authorization", "Basic dXNlcjpwdw==", f"Basic {REDACTED}"),
        ("authorization", "abc.def", REDACTED),  # a token without a scheme is not shown as one
        ("Proxy-Authorization", "Basic dXNlcjpwdw==", f"Basic {REDACTED}"),
        ("Cookie", "session=abc; theme=dark", REDACTED),
        ("Set-Cookie", "session=abc; HttpOnly", REDACTED),
        ("authorization", f"Bearer {REDACTED}", f"Bearer {REDACTED}"),
        ("content-type", "application/scim+json; charset=utf-8", "application/scim+json; charset=utf-8"),
        ("etag", 'W/"1"', 'W/"1"'),
    ],
)
def test_credentials_in_headers_are_hidden_whatever_their_case(name: str, value: str, shown: str) -> None:
    assert shown_headers({name: value}) == {name.lower(): shown}


def test_headers_of_the_users_own_are_hidden_unless_their_names_tell_that_they_are_no_secrets() -> None:
    headers = {"X-Auth-Token": "1", "Accept-Language": "en", "Scimulator-Check": "one"}
    shown = {"x-auth-token": REDACTED, "accept-language": "en", "scimulator-check": "one"}
    assert shown_headers(headers, ["X-Auth-Token", "Accept-Language"]) == shown


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"userName": "anna", "password": "pw"}, {"userName": "anna", "password": REDACTED}),
        ({"Operations": [{"value": {"Password": "pw"}}]}, {"Operations": [{"value": {"Password": REDACTED}}]}),
        (
            {"Operations": [{"op": "replace", "path": "password", "value": "pw"}]},
            {"Operations": [{"op": "replace", "path": "password", "value": REDACTED}]},
        ),
        ({"access_token": "a", "expires_in": 60}, {"access_token": REDACTED, "expires_in": 60}),
        ({"client_secret": ["a", "b"]}, {"client_secret": REDACTED}),
        (["password", "token"], ["password", "token"]),  # only the values of keys are secret
        (None, None),
    ],
)
def test_passwords_and_tokens_in_bodies_are_hidden_at_any_depth(body: Any, shown: Any) -> None:
    assert without_secrets(body) == shown


@given(st.text())
def test_hiding_twice_changes_nothing(value: str) -> None:
    once = shown_headers({"Authorization": value, "Cookie": value, "Accept": value})
    assert shown_headers(once) == once


def test_what_is_found_in_its_place_becomes_known() -> None:
    learn_header("X-Auth-Token", "header-value-1")
    learn_header("Authorization", "Basic " + base64.b64encode(b"anna:basic-pass-1").decode())
    learn_header("Cookie", "session=cookie-value-1; theme=cookie-value-2")
    learn_credentials([(b"authorization", b"Bearer received-token-1")])
    learn_url("https://anna:url%2Dpass-1@scim.example/scim/v2")
    learn_passwords(b'{"Operations": [{"op": "add", "path": "urn:x:User:password", "value": "patched-pass-1"}]}')
    learn_passwords(b'{"password": "unfinished-pass-1"')
    learn_recorded(
        "https://host/x?api_key=query-key-1", [("x-csrf-token", "csrf-value-1")], ["client_secret=form-secret-1&a=b"]
    )
    secrets = [
        "header-value-1",
        "basic-pass-1",
        "cookie-value-1",
        "cookie-value-2",
        "received-token-1",
        "url%2Dpass-1",
        "url-pass-1",
        "patched-pass-1",
        "unfinished-pass-1",
        "query-key-1",
        "csrf-value-1",
        "form-secret-1",
    ]
    assert [secret for secret in secrets if redacted(secret) != REDACTED] == []


def test_the_values_of_ordinary_headers_are_not_learned() -> None:
    learn_header("Accept-Language", "en-US,en;q=0.9")
    assert redacted("en-US,en;q=0.9") == "en-US,en;q=0.9"
