"""WWW-Authenticate read as RFC 9110 11.6.1 writes it: challenges of a scheme with parameters, separated by commas."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from conformance.check_api.session import Session
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.client import Answer

TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
PIECES = re.compile(r'(?:[^,"]|"(?:\\.|[^"\\])*")+')
PARAMETER = re.compile(rf'({TOKEN})\s*=\s*({TOKEN}|"(?:\\.|[^"\\])*")')
SCHEMES = ("oauthbearertoken", "oauth2")  # authenticationSchemes.type of tokens that RFC 6750 is about


@dataclass(slots=True)
class Challenge:
    """A scheme and its parameters in their order; a value in quotes keeps them. `rest` is what is no parameter."""

    scheme: str
    parameters: list[tuple[str, str]] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)

    def values(self, name: str) -> list[str]:
        """The values of a parameter, without quotes; its name has no case."""
        return [value.strip('"') for held, value in self.parameters if held == name]


def challenges(text: str) -> list[Challenge]:
    """`Basic realm="a", Bearer realm="b", error="c"` → two challenges."""
    found: list[Challenge] = []
    for piece in (piece.strip() for piece in PIECES.findall(text)):
        scheme, blank, after = piece.partition(" ")
        own = re.fullmatch(TOKEN, scheme) is not None and not after.lstrip().startswith("=")
        if own and (blank or not PARAMETER.fullmatch(piece)):
            found.append(Challenge(scheme))
            piece = after.strip()
        parameter = PARAMETER.fullmatch(piece)
        if found and parameter:
            found[-1].parameters.append((parameter[1].lower(), parameter[2]))
        elif found and piece:
            found[-1].rest.append(piece)
    return found


def bearer(scim: Session) -> None:
    """Raise NotOffered unless the target says, or leaves open, that it takes bearer tokens."""
    listed = scim.target.config.get("authenticationSchemes")
    kinds = (
        {str(item.get("type")).lower() for item in listed if isinstance(item, dict)}
        if isinstance(listed, list)
        else set()
    )
    if kinds and kinds.isdisjoint(SCHEMES):
        raise NotOffered("bearer tokens")


def with_token(scim: Session) -> str:
    """The token of the run; NotOffered when it gets in otherwise."""
    bearer(scim)
    if not scim.client.token:
        raise NotOffered("a bearer token of this run")
    return scim.client.token


def asked(scim: Session, authorization: str | None) -> Answer:
    """A list of one user with this Authorization header, or none."""
    bearer(scim)
    return scim.client.send("GET", scim.users, parameters={"count": 1}, headers={"Authorization": authorization})


def bearer_challenge(answer: Answer) -> Challenge:
    """The Bearer challenge of a refusal; NotOffered without one, which has a check of its own."""
    if answer.status == 200:
        raise Finding("users are shown without a valid token", "401", "200", level="lie")
    found = [item for item in challenges(answer.headers.get("www-authenticate", "")) if item.scheme.lower() == "bearer"]
    if not found:
        raise NotOffered("a Bearer challenge")
    return found[0]
