"""Bearer tokens: random, recognizable, stored as a digest only."""

from __future__ import annotations

import pytest

from reference_server.tokens import (
    ADMIN_PREFIX,
    CONTROL_PREFIX,
    SCIM_PREFIX,
    cursor_key,
    digest_of,
    is_token,
    new_token,
    what_is_wrong,
)


@pytest.mark.parametrize("prefix", [SCIM_PREFIX, ADMIN_PREFIX, CONTROL_PREFIX])
def test_tokens_are_random_and_carry_their_prefix(prefix: str) -> None:
    made = {new_token(prefix) for _ in range(100)}
    assert len(made) == 100
    assert all(token.startswith(prefix) and len(token) > len(prefix) + 40 for token in made)


@pytest.mark.parametrize(
    ("token", "wrong"),
    [
        ("scim_tok_x-y_z", None),
        ("of my own", None),
        ("", "the token is empty"),
        (" \n", "the token is empty"),
        (" x", "the token begins or ends with a space"),
        ("x\n", "the token begins or ends with a space"),
    ],
)
def test_a_token_that_clients_cannot_send_is_named(token: str, wrong: str | None) -> None:
    assert what_is_wrong(token) == wrong


def test_a_token_is_recognized_by_its_digest() -> None:
    token = new_token()
    assert is_token(token.encode(), digest_of(token))
    assert not is_token(token.encode() + b"x", digest_of(token))
    assert token not in digest_of(token).hex()


def test_another_token_signs_cursors_with_another_key() -> None:
    assert cursor_key(digest_of("a")) != cursor_key(digest_of("b"))
    assert cursor_key(digest_of("a")) != digest_of("a")
