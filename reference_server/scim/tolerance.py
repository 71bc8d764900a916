"""Every leniency in one table: what is taken, who sends it, which bug it prevents, what `--strict` answers.

Robust in what is accepted, strict in what is sent: none of these ever shows in a reply. The rule above all: a request
that means "deactivate" ends in deactivated or in an error, never in a 2xx without effect.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Rules:
    """How much is tolerated; `strict` refuses what the RFC refuses."""

    strict: bool = False


@dataclass(frozen=True, slots=True)
class Leniency:
    """One tolerated form."""

    what: str
    who: str
    prevents: str
    strict: str


LENIENCIES = (
    Leniency('"True"/"False" in any case for a boolean', "Entra D0", "patch-active-string-false", "400 invalidValue"),
    Leniency(
        "dotted and URN keys in a path-less value",
        "Entra D1",
        "patch-two-attributes-one-request-misread",
        "400 invalidSyntax",
    ),
    Leniency("op in any case", "Entra D0", "patch-op-case-sensitive", "accepted: harmless"),
    Leniency(
        "remove with a list of values", "Entra D0", "group-remove-with-value-clears-all", "accepted: removes those"
    ),
    Leniency(
        "filter that matches nothing creates the element", "Entra", "patch-filter-no-match-not-created", "400 noTarget"
    ),
    Leniency(
        "reference as bare id, list of one, or empty text", "Entra", "patch-manager-as-string", "400 invalidValue"
    ),
    Leniency("extension attribute without its URN", "Entra tutorial", "patch-manager-as-string", "400 invalidPath"),
    Leniency('empty text for "no value"', "Entra validator", "patch-empty-string-stored", "stored as sent"),
    Leniency("JSON inside a text value", "Entra roles", "roles-json-in-string", "stored as sent"),
    Leniency(
        "unknown attributes and schema URNs ignored", "Okta, Entra", "create-unknown-attribute-400", "400 invalidSyntax"
    ),
    Leniency("password checked and dropped", "Okta, Entra", "password-or-secret-returned", "400 invalidSyntax"),
    Leniency(
        "schemas missing in a resource, a PATCH or a search",
        "several",
        "patch-without-schemas-rejected",
        "400 invalidSyntax",
    ),
    Leniency("one object where a list is declared", "several", "multi-value-object-500", "400 invalidValue"),
    Leniency(
        "a PUT that leaves out active does not reactivate", "Okta, OneLogin", "put-missing-active-reactivates", "same"
    ),
)

# What a PUT that does not name it leaves as it is (RFC 7644 3.5.1 lets the server choose).
KEPT_BY_PUT = ("active",)


def unwrapped(element: dict[str, Any]) -> dict[str, Any]:
    """Entra's role assignment as JSON in a text (`{"value": "{\\"value\\":\\"25\\",…}"}`) → its value and display."""
    text = element.get("value")
    if not isinstance(text, str) or not text.startswith("{"):
        return element
    try:
        inner = json.loads(text)
    except ValueError:
        return element
    if not isinstance(inner, dict) or not isinstance(inner.get("value"), str):
        return element
    display = inner.get("displayName")
    return {**element, "value": inner["value"], **({"display": display} if isinstance(display, str) else {})}
