"""How long values can be that identity providers send: their own published limits, as tables of data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.target.discovery import ENTERPRISE_URN

ENTRA = "the Microsoft Graph user resource, https://learn.microsoft.com/graph/api/resources/user"
ENTRA_GROUP = "the Microsoft Graph group resource, https://learn.microsoft.com/graph/api/resources/group"
OKTA = "Okta's default user schema, https://developer.okta.com/docs/api/resources/schemas"


ENTRA_LISTS = f"Microsoft Entra ID stores up to 250 addresses in otherMails ({ENTRA})"


@dataclass(frozen=True, slots=True)
class LongString:
    """A string attribute and the most characters that a provider keeps for it; `source` names the public document."""

    path: str
    characters: int
    source: str

    @property
    def short(self) -> int:
        """A length that everyone accepts, with room for the name of the run."""
        return 60 if self.path == "userName" else 45

    def sent(self, length: int, mark: str) -> dict[str, Any]:
        """A value of this length, in which every part differs, as the attributes of a body."""
        value = text(length, mark, address=self.path == "userName")
        urn, _, name = self.path.rpartition(":")
        if urn:
            return {urn: {name: value}}
        outer, _, inner = self.path.partition(".")
        if outer == "addresses":
            return {outer: [{inner: value, "type": "work"}]}
        return {outer: {inner: value}} if inner else {outer: value}

    @property
    def attribute(self) -> tuple[str | None, str]:
        """The schema, None for the core schema, and the attribute within it."""
        urn, _, name = self.path.rpartition(":")
        return urn or None, name

    def shown(self, resource: dict[str, Any]) -> Any:
        """The value in a resource."""
        urn, _, name = self.path.rpartition(":")
        held: Any = resource.get(urn) if urn else resource
        for part in name.split("."):
            held = held[0] if isinstance(held, list) and held else held
            held = held.get(part) if isinstance(held, dict) else None
        return held


def text(length: int, mark: str, *, address: bool = False) -> str:
    """A string of exactly this length that begins with the mark; as an e-mail address, if asked for."""
    tail = "@check.example" if address else ""
    filler = "".join(f"-{number:03}" for number in range(length // 4 + 1))
    return (mark + filler)[: length - len(tail)] + tail


# What Microsoft and Okta store in the attributes that their default mappings send.
LONG_STRINGS = (
    LongString("userName", 100, OKTA),
    LongString("displayName", 256, ENTRA),
    LongString("name.givenName", 64, ENTRA),
    LongString("name.familyName", 64, ENTRA),
    LongString("title", 128, ENTRA),
    LongString("addresses.streetAddress", 1_024, ENTRA),
    LongString("addresses.locality", 128, ENTRA),
    LongString("addresses.region", 128, ENTRA),
    LongString("externalId", 64, f"{ENTRA} (mailNickname)"),
    LongString(f"{ENTERPRISE_URN}:department", 64, ENTRA),
)
