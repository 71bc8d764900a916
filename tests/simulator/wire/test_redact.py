"""Secrets are replaced before anything is recorded, and nothing else is changed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.wire.redact import REDACTED, redact_body, redact_headers


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("authorization", "Bearer abc.def", f"Bearer {REDACTED}"),
        ("Authorization", "Basic dXNlcjpwdw==", f"Basic {REDACTED}"),
        ("authorization", "abc.def", REDACTED),  # a token without a scheme is not shown as one
        ("Proxy-Authorization", "Basic dXNlcjpwdw==", f"Basic {REDACTED}"),
        ("Cookie", "session=abc; theme=dark", REDACTED),
        ("Set-Cookie", "session=abc; HttpOnly", REDACTED),
        ("X-API-Key", "abc def", REDACTED),
        ("authorization", f"Bearer {REDACTED}", f"Bearer {REDACTED}"),
        ("content-type", "application/scim+json; charset=utf-8", "application/scim+json; charset=utf-8"),
        ("etag", 'W/"1"', 'W/"1"'),
    ],
)
def test_secret_headers_are_replaced_whatever_their_case(name: str, value: str, shown: str) -> None:
    assert redact_headers({name: value}) == {name: shown}


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"userName": "anna", "password": "pw"}, {"userName": "anna", "password": REDACTED}),
        ({"Operations": [{"value": {"Password": "pw"}}]}, {"Operations": [{"value": {"Password": REDACTED}}]}),
        ({"access_token": "a", "expires_in": 60}, {"access_token": REDACTED, "expires_in": 60}),
        ({"client_secret": ["a", "b"]}, {"client_secret": REDACTED}),
        (["password", "token"], ["password", "token"]),  # only the values of keys are secret
        (None, None),
    ],
)
def test_secret_keys_are_replaced_at_any_depth(body: Any, shown: Any) -> None:
    assert redact_body(body) == shown


@given(st.text())
def test_redacting_twice_changes_nothing(value: str) -> None:
    once = redact_headers({"Authorization": value, "Cookie": value, "Accept": value})
    assert redact_headers(once) == once
