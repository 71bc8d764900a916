"""RFC 6750 section 3: the WWW-Authenticate challenge for requests without a valid token."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from conformance.check_api import expect
from conformance.check_api.expect import ERROR_URN
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.target.client import Answer
from conformance.topics.challenges import asked, bearer_challenge, challenges

WRONG = "Bearer scimulator-wrong-Qz7vXw93KdLm26Rb"
TOKENS = pytest.mark.parametrize("value", [None, WRONG], ids=["none", "wrong"])
ONCE = ("realm", "scope", "error", "error_description", "error_uri")
# Printable ASCII without quotation marks and backslashes. In scope, spaces only separate words.
CHARACTERS = {
    "scope": re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*"),
    "error": re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]+"),
    "error_description": re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]+"),
    "error_uri": re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+"),
}


@requirement("RFC6750-3-01", "RFC6750-3-02", "RFC7644-2-08", "RFC7644-3.12-09", level="lie")
@pytest.mark.parametrize(
    "value", [None, "", WRONG, "Bearer ", "Basic c2NpbTpzY2lt", "scimulator"],
    ids=["none", "no value", "wrong", "empty", "basic", "bare"],
)  # fmt: skip
def test_request_without_usable_token_is_401(scim: Session, value: str | None) -> None:
    """A request without a valid token must get 401 with a Bearer challenge; a body that is not a SCIM error is a warning."""
    answer = asked(scim, value)
    if answer.status == 200:
        raise Finding("the server lists users without a valid token", "401", "200")
    expect.unauthorized(scim, answer)
    _challenged(answer)
    if ERROR_URN not in (answer["schemas"] or ()):
        scim.warn("the body of the 401 is not a SCIM error", f"schemas [{ERROR_URN}]", answer.media_type or "no body")


@requirement("RFC6750-3-01", "RFC7644-2-08", level="lie", consequence="Anyone who knows the URL can create an account.")
@pytest.mark.parametrize("value", [None, WRONG], ids=["none", "wrong"])
def test_nothing_is_written_without_a_token(scim: Session, value: str | None) -> None:
    """POST, PUT, PATCH, and DELETE without a valid token must be rejected and change nothing."""
    user = scim.new_user()
    path, headers = scim.path_of(user), {"Authorization": value}
    answers = [
        scim.post(scim.users, scim.user_body(), headers=headers),
        scim.put(path, scim.user_body(userName=user["userName"]), headers=headers),
    ]
    if scim.target.offers("patch"):
        answers.append(scim.patch(path, {"op": "add", "path": "title", "value": "x"}, headers=headers))
    answers.append(scim.delete(path, headers=headers))
    for answer in answers:
        if answer.status not in (401, 403):
            raise Finding(
                f"the server does not reject {answer.exchange.method} without a valid token", "401", str(answer.status)
            )
    expect.unchanged(scim, user)


@requirement("RFC6750-3-03", "RFC6750-3-11", level="cosmetic")
@TOKENS
def test_challenge_has_parameters(scim: Session, value: str | None) -> None:
    """A Bearer challenge must list comma-separated name=value parameters; a challenge without parameters is a warning."""
    challenge = bearer_challenge(asked(scim, value))
    if challenge.rest:
        raise Finding("the challenge is malformed", 'realm="…", error="…"', ", ".join(challenge.rest))
    if not challenge.parameters:
        scim.warn("the challenge has no parameters", 'Bearer realm="…"', "Bearer")


@requirement("RFC6750-3-05", "RFC6750-3-06", "RFC6750-3-09", level="cosmetic")
@TOKENS
def test_challenge_has_each_parameter_once(scim: Session, value: str | None) -> None:
    """A challenge must have realm, scope, error, error_description, and error_uri at most once each."""
    challenge = bearer_challenge(asked(scim, value))
    expect.equal([name for name in ONCE if len(challenge.values(name)) > 1], [], "parameters that occur more than once")


@requirement("RFC6750-3-06", "RFC6750-3-08", "RFC6750-3-12", level="cosmetic")
@TOKENS
def test_challenge_keeps_to_its_characters(scim: Session, value: str | None) -> None:
    """scope, error, error_description, and error_uri must be printable ASCII without quotation marks and backslashes."""
    challenge = bearer_challenge(asked(scim, value))
    for name, allowed in CHARACTERS.items():
        for text in challenge.values(name):
            if not allowed.fullmatch(text):
                raise Finding(
                    f"{name} in the challenge has characters that are not allowed", allowed.pattern, json_of(text)
                )


@requirement("RFC6750-3-13", "RFC6750-3-08", level="cosmetic")
@TOKENS
def test_error_uri_of_a_challenge_is_a_uri(scim: Session, value: str | None) -> None:
    """error_uri must be an absolute URI if it is present."""
    for text in bearer_challenge(asked(scim, value)).values("error_uri"):
        if not urlsplit(text).scheme or " " in text:
            raise Finding("error_uri is not an absolute URI", "https://…", text)


@requirement("RFC6750-3-04", level="cosmetic")
@TOKENS
def test_realm_of_a_challenge_is_in_quotes(scim: Session, value: str | None) -> None:
    """realm should be a quoted string if it is present (warning)."""
    parameters = bearer_challenge(asked(scim, value)).parameters
    expect.equal([held for name, held in parameters if name == "realm" and held[0] != '"'], [], "realms without quotes")


def _challenged(answer: Answer) -> None:
    text = answer.headers.get("www-authenticate", "")
    if not any(challenge.scheme.lower() == "bearer" for challenge in challenges(text)):
        raise Finding("the challenge is missing", "WWW-Authenticate: Bearer …", text or "none", level="cosmetic")
