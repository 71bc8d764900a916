"""Parse WWW-Authenticate as defined in RFC 9110 section 11.6.1: challenges, each a scheme with parameters."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from conformance.check_api.session import Session
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.client import Answer

TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
PIECES = re.compile(r'(?:[^,"]|"(?:\\.|[^"\\])*")+')
PARAMETER = re.compile(rf'({TOKEN})\s*=\s*({TOKEN}|"(?:\\.|[^"\\])*")')
SCHEMES = ("oauthbearertoken", "oauth2")  # the values of authenticationSchemes.type for bearer tokens (RFC 6750)


@dataclass(slots=True)
class Challenge:
    """A scheme and its parameters in order; values keep their quotes. `rest` holds everything that is not a parameter."""

    scheme: str
    parameters: list[tuple[str, str]] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)

    def values(self, name: str) -> list[str]:
        """The values of a parameter, without quotes; `name` is in lower case."""
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
    """Raise NotOffered if the target publishes authentication schemes and none of them is for bearer tokens."""
    listed = scim.target.config.get("authenticationSchemes")
    kinds = (
        {str(item.get("type")).lower() for item in listed if isinstance(item, dict)}
        if isinstance(listed, list)
        else set()
    )
    if kinds and kinds.isdisjoint(SCHEMES):
        raise NotOffered("bearer tokens")


def with_token(scim: Session) -> str:
    """The bearer token of the run; raises NotOffered if the run authenticates in another way."""
    bearer(scim)
    if not scim.client.token:
        raise NotOffered("a bearer token for this run")
    return scim.client.token


def asked(scim: Session, authorization: str | None) -> Answer:
    """Request a list of one user with this Authorization header, or without the header if it is None."""
    bearer(scim)
    return scim.client.send("GET", scim.users, parameters={"count": 1}, headers={"Authorization": authorization})


def bearer_challenge(answer: Answer) -> Challenge:
    """The Bearer challenge of a rejected request; raises NotOffered if there is none, which another check reports."""
    if answer.status == 200:
        raise Finding("the server lists users without a valid token", "401", "200", level="lie")
    found = [item for item in challenges(answer.headers.get("www-authenticate", "")) if item.scheme.lower() == "bearer"]
    if not found:
        raise NotOffered("a Bearer challenge")
    return found[0]
