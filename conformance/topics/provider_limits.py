"""The published limits of identity providers for the length of the values that they send."""

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
    """A string attribute and the maximum length that a provider stores; `source` names the public document."""

    path: str
    characters: int
    source: str

    @property
    def short(self) -> int:
        """A length that every server accepts, with room for the mark of the run."""
        return 60 if self.path == "userName" else 45

    def sent(self, length: int, mark: str) -> dict[str, Any]:
        """The attributes of a body with a value of this length that does not repeat itself."""
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
        """The URN of the schema, or None for the core schema, and the name of the attribute."""
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
    """A string of exactly this length that begins with the mark; with `address`, an email address."""
    tail = "@check.example" if address else ""
    filler = "".join(f"-{number:03}" for number in range(length // 4 + 1))
    return (mark + filler)[: length - len(tail)] + tail


# Maximum lengths of the attributes that the default mappings of Microsoft Entra ID and Okta send.
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
