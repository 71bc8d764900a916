"""A known secret is redacted in every encoding, what is valid stays valid, and ordinary words stay as they are."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secrecy.encodings import REDACTED, Secret
from secrecy.redaction import Redactor
from tests.secrecy.forms import encodings

SECRETS = [
    "scim_tok_abcDEF-123_xyz+/=",
    'Zz9! pä"ss\\wörd/1',
    "nb1234567",
    "a!b!c!d!e\n",
    "пароль-один",
    "line\nbreak\t7",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_redacted_in_every_encoding(secret: str) -> None:
    redactor = Redactor()
    redactor.learn(secret)
    kept = [name for name, text in encodings(secret).items() if redactor.redacted(f"<{text}>") != f"<{REDACTED}>"]
    assert kept == []


@pytest.mark.parametrize("secret", SECRETS)
def test_json_within_json_stays_valid(secret: str) -> None:
    redactor = Redactor()
    redactor.learn(*SECRETS)
    for text in encodings(secret).values():
        body = json.dumps({"detail": f"\n{text}\\", "same": text})
        line = json.dumps({"event": "exchange", "body": body, text: 1})
        assert redactor.knows_something_in(line)
        cleaned = redactor.redacted_value(json.loads(line))
        assert REDACTED in json.loads(cleaned["body"])["same"]
        assert [key for key in cleaned if REDACTED in key]


@given(st.text(min_size=6), st.text(), st.text())
def test_no_secret_is_left_and_nothing_else_is_lost(secret: str, before: str, after: str) -> None:
    redactor = Redactor()
    redactor.learn(secret)
    found = redactor.redacted(before + secret + after)
    if redactor.knows_something_in(secret) and REDACTED not in secret and secret not in REDACTED:
        assert REDACTED in found
    if not redactor.knows_something_in(before + secret + after):
        assert found == before + secret + after


@pytest.mark.parametrize("value", ["1", "true", "gzip", "secret", "password", "100000", "20260302", "[redacted]", ""])
def test_values_that_occur_by_chance_are_not_redacted(value: str) -> None:
    redactor = Redactor()
    redactor.learn(value, None)
    text = "true: the password of 100000 users, 1 secret, gzip, on 20260302 [redacted]"
    assert redactor.redacted(text) == text


def test_the_longer_of_two_secrets_goes_first() -> None:
    redactor = Redactor()
    redactor.learn("token-1", "token-1-and-more")
    assert redactor.redacted("token-1-and-more token-1") == f"{REDACTED} {REDACTED}"


def test_words_to_keep_and_other_values_stay() -> None:
    redactor = Redactor()
    redactor.learn("request_body")
    event = {"request_body": "my request_body", "status": 200, "left": ["request_body", None]}
    kept = frozenset({"request_body"})
    assert redactor.redacted_value(event, kept) == {
        "request_body": f"my {REDACTED}",
        "status": 200,
        "left": ["request_body", None],
    }


def test_a_secret_is_found_wherever_it_begins_among_hundreds_of_others() -> None:
    """Long lines are searched by samples, so the place of the secret must not matter."""
    redactor = Redactor()
    secrets = [f"{number:05}-Zz9!{'abcdefghij'[: number % 11]}{number * 7919:x}" for number in range(300)]
    redactor.learn(*secrets)
    for secret in secrets[::17]:
        forms = [secret, *(needle for needle in Secret(secret).needles if needle not in secret)]
        for form in forms:
            missed = [at for at in range(30) if not redactor.knows_something_in("." * at + form + "." * 100)]
            assert missed == []
    assert not redactor.knows_something_in("." * 10_000)
