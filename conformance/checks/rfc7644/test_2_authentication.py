"""RFC 7644 section 2: who gets in, and what those are told who do not."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import PATCH_URN, Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.topics.samples import replaced

# What an entry of authenticationSchemes is called in a challenge (RFC 7643 section 5, RFC 7235).
CHALLENGES = {
    "oauth": "oauth",
    "oauth2": "bearer",
    "oauthbearertoken": "bearer",
    "httpbasic": "basic",
    "httpdigest": "digest",
}
OPEN_DOOR = "Whoever knows the URL reads and changes the people of the company."


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@requirement(
    "RFC7644-2-01", level="lie", consequence=OPEN_DOOR, fix="Check the token before the route, for every method."
)
def test_every_method_needs_a_token(scim: Session, method: str) -> None:
    """Without credentials each method is refused 401 or 403, and nothing is changed."""
    if method == "PATCH":
        scim.target.need("patch")
    user = scim.new_user()
    path = scim.users if method == "POST" else scim.path_of(user)
    body: dict[str, Any] | None = None if method in ("GET", "DELETE") else scim.user_body()
    if method == "PATCH":  # a valid one: a server may look at the body's form before it looks at the token
        body = {"schemas": [PATCH_URN], "Operations": [replaced(scim.name())]}
    answer = scim.client.send(method, path, body, headers={"Authorization": None})
    scim.remember(answer)
    expect.status(answer, 401, 403)
    expect.unchanged(scim, user)


@requirement("RFC7644-2-03", consequence="No provider can connect.")
def test_bearer_token_is_taken(scim: Session) -> None:
    """Authorization: Bearer with the token of this run opens the list of users."""
    headers = {"Authorization": f"Bearer {_token(scim)}"}
    expect.status(scim.client.send("GET", scim.users, parameters={"count": 1}, headers=headers), 200)


@pytest.mark.parametrize("kind", ["made up", "one character changed", "cut", "doubled"])
@requirement(
    "RFC7644-2-05",
    "RFC7644-3.12-09",
    level="lie",
    consequence=OPEN_DOOR,
    fix="Look the whole token up, or verify its signature; answer 401 otherwise.",
)
def test_token_that_was_not_given_out_is_refused(scim: Session, kind: str) -> None:
    """A made-up token and a variation of the right one are 401; another 4xx is a warning."""
    headers = {"Authorization": f"Bearer {_wrong(_token(scim), kind)}"}
    expect.unauthorized(scim, scim.client.send("GET", scim.users, parameters={"count": 1}, headers=headers))


@requirement(
    "RFC7644-2-08",
    level="cosmetic",
    consequence="A client cannot tell a wrong token from a wrong kind of sign-in.",
    fix="Send WWW-Authenticate: Bearer with every 401.",
)
def test_challenge_names_a_scheme_of_the_configuration(scim: Session) -> None:
    """The 401 names a scheme in WWW-Authenticate that fits authenticationSchemes."""
    answer = scim.client.send("GET", scim.users, parameters={"count": 1}, headers={"Authorization": None})
    challenge = expect.status(answer, 401, 403).headers.get("www-authenticate", "").lower()
    if answer.status == 401 and not challenge:
        raise Finding("the 401 names no scheme", "WWW-Authenticate", "none")
    listed = scim.target.config.get("authenticationSchemes")
    declared = [item.get("type") for item in listed or () if isinstance(item, dict)] if isinstance(listed, list) else []
    fitting = [CHALLENGES[kind] for kind in declared if kind in CHALLENGES]
    if challenge and fitting and not any(scheme in challenge for scheme in fitting):
        scim.warn("the challenge fits no scheme of the configuration", " or ".join(fitting), challenge)


def _token(scim: Session) -> str:
    if scim.client.token is None:
        raise NotOffered("a bearer token in this run")
    return scim.client.token


def _wrong(token: str, kind: str) -> str:
    """A wrong token; one character is changed inside, since the last one of base64 may have spare bits."""
    at = max(0, len(token) - 9)
    other = "b" if token[at] == "a" else "a"
    return {
        "made up": "scimulator-made-up",
        "one character changed": f"{token[:at]}{other}{token[at + 1 :]}",
        "cut": token[: max(1, len(token) // 2)],
        "doubled": token + token,
    }[kind]
