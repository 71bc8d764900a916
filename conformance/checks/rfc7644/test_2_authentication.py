"""RFC 7644 section 2: requests need valid credentials, and a 401 names the expected scheme."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import PATCH_URN, Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.topics.samples import replaced

# Scheme in a WWW-Authenticate challenge for each type in authenticationSchemes (RFC 7643 section 5, RFC 7235).
CHALLENGES = {
    "oauth": "oauth",
    "oauth2": "bearer",
    "oauthbearertoken": "bearer",
    "httpbasic": "basic",
    "httpdigest": "digest",
}
OPEN_DOOR = "Anyone who knows the URL can read and change every user of the company."


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@requirement(
    "RFC7644-2-01",
    level="lie",
    consequence=OPEN_DOOR,
    fix="Check the token before routing the request, for every HTTP method.",
)
def test_every_method_needs_a_token(scim: Session, method: str) -> None:
    """Every HTTP method must be rejected with 401 or 403 without credentials, and must change nothing."""
    if method == "PATCH":
        scim.target.need("patch")
    user = scim.new_user()
    path = scim.users if method == "POST" else scim.path_of(user)
    body: dict[str, Any] | None = None if method in ("GET", "DELETE") else scim.user_body()
    if method == "PATCH":  # a valid body, because a server may validate the body before the token
        body = {"schemas": [PATCH_URN], "Operations": [replaced(scim.name())]}
    answer = scim.client.send(method, path, body, headers={"Authorization": None})
    scim.remember(answer)
    expect.status(answer, 401, 403)
    expect.unchanged(scim, user)


@requirement("RFC7644-2-03", consequence="No provider can connect.")
def test_bearer_token_is_taken(scim: Session) -> None:
    """A request with the token of this run as Authorization: Bearer should list users (warning)."""
    headers = {"Authorization": f"Bearer {_token(scim)}"}
    expect.status(scim.client.send("GET", scim.users, parameters={"count": 1}, headers=headers), 200)


@pytest.mark.parametrize("kind", ["made up", "one character changed", "cut", "doubled"])
@requirement(
    "RFC7644-2-05",
    "RFC7644-3.12-09",
    level="lie",
    consequence=OPEN_DOOR,
    fix="Look up the complete token, or verify its signature. Return 401 if it does not match.",
)
def test_token_that_was_not_given_out_is_refused(scim: Session, kind: str) -> None:
    """An invented token and a modified copy of the valid token must be rejected with 401; a different 4xx is a warning."""
    headers = {"Authorization": f"Bearer {_wrong(_token(scim), kind)}"}
    expect.unauthorized(scim, scim.client.send("GET", scim.users, parameters={"count": 1}, headers=headers))


@requirement(
    "RFC7644-2-08",
    level="cosmetic",
    consequence="A client cannot tell a wrong token from an unsupported authentication scheme.",
    fix="Send WWW-Authenticate: Bearer with every 401.",
)
def test_challenge_names_a_scheme_of_the_configuration(scim: Session) -> None:
    """A 401 must have a WWW-Authenticate header; a scheme that authenticationSchemes does not list is a warning."""
    answer = scim.client.send("GET", scim.users, parameters={"count": 1}, headers={"Authorization": None})
    challenge = expect.status(answer, 401, 403).headers.get("www-authenticate", "").lower()
    if answer.status == 401 and not challenge:
        raise Finding("the 401 has no WWW-Authenticate header", "WWW-Authenticate", "none")
    listed = scim.target.config.get("authenticationSchemes")
    declared = [item.get("type") for item in listed or () if isinstance(item, dict)] if isinstance(listed, list) else []
    fitting = [CHALLENGES[kind] for kind in declared if kind in CHALLENGES]
    if challenge and fitting and not any(scheme in challenge for scheme in fitting):
        scim.warn(
            "WWW-Authenticate names a scheme that is not in authenticationSchemes", " or ".join(fitting), challenge
        )


def _token(scim: Session) -> str:
    if scim.client.token is None:
        raise NotOffered("a bearer token in this run")
    return scim.client.token


def _wrong(token: str, kind: str) -> str:
    """A wrong token. The changed character is not the last one, because the last character of base64 can have unused bits."""
    at = max(0, len(token) - 9)
    other = "b" if token[at] == "a" else "a"
    return {
        "made up": "scimulator-made-up-Bt5nYc81HfPq47Js",
        "one character changed": f"{token[:at]}{other}{token[at + 1 :]}",
        "cut": token[: max(1, len(token) // 2)],
        "doubled": token + token,
    }[kind]
