"""The schemas as RFC 7643 section 8.7 prints them, with errata, and how far a target's schemas may differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.check_api.session import Session
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered

Json = dict[str, Any]
DEFAULTS = {"required": False, "mutability": "readWrite", "returned": "default", "uniqueness": "none"}
WORDS: dict[str, tuple[str, Any]] = {
    "required": ("required", True),
    "unique": ("uniqueness", "server"),
    "readOnly": ("mutability", "readOnly"),
    "immutable": ("mutability", "immutable"),
    "writeOnly": ("mutability", "writeOnly"),
    "never": ("returned", "never"),
}


@dataclass(frozen=True, slots=True)
class Printed:
    """One attribute of a printed schema; `canonical` holds its canonical values or those of its `type`."""

    urn: str
    path: str
    type: str
    multi_valued: bool
    characteristics: dict[str, Any]
    canonical: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.path


# path; type ([] for lists); characteristics other than optional, readWrite, default, not unique; then canonical values
# or referenceTypes.
USER = """
userName                string     required unique
displayName             string
nickName                string
profileUrl              reference                   external
title                   string
userType                string
preferredLanguage       string
locale                  string
timezone                string
active                  boolean
password                string     writeOnly never
"""
NAME = """
name                    complex
name.formatted          string
name.familyName         string
name.givenName          string
name.middleName         string
name.honorificPrefix    string
name.honorificSuffix    string
"""
LISTS = """
emails                  complex[]                   work home other
phoneNumbers            complex[]                   work home mobile fax pager other
ims                     complex[]                   aim gtalk icq xmpp msn skype qq yahoo
photos                  complex[]                   photo thumbnail
photos.value            reference                   external
addresses               complex[]                   work home other
groups                  complex[]  readOnly
groups.$ref             reference  readOnly         Group
groups.type             string     readOnly         direct indirect
entitlements            complex[]
roles                   complex[]
x509Certificates        complex[]
x509Certificates.value  binary
"""
GROUP = """
displayName             string     required
members                 complex[]
members.value           string     immutable
members.$ref            reference  immutable        User Group
members.type            string     immutable        User Group
"""
ENTERPRISE = """
employeeNumber          string
costCenter              string
organization            string
division                string
department              string
manager                 complex
manager.value           string
manager.$ref            reference                   User
manager.displayName     string     readOnly
"""


def printed(urn: str, table: str) -> list[Printed]:
    """The rows of a table."""
    return [_row(urn, line.split()) for line in table.strip().splitlines()]


def declared_as_printed(scim: Session, row: Printed) -> Json:
    """Type and multiValued must agree. Other differences are noted, and the target is judged by its own declaration.

    Returns the declaration. Raises NotOffered for an attribute that the target omits: the printed schemas are examples.
    """
    if row.urn not in scim.target.schemas:
        raise NotOffered(row.urn)
    scim.get(f"/Schemas/{row.urn}")  # for the report; the declarations were read at the start of the run
    held = scim.target.need_attribute(row.urn, row.path)
    plural = held.get("multiValued", False)
    if str(held.get("type", "string")).lower() != row.type or plural is not row.multi_valued:
        wanted, got = _form(row.type, row.multi_valued), _form(held.get("type"), plural)
        raise Finding(f"the declaration of {row.path} differs from RFC 7643", wanted, got)
    for name, value in row.characteristics.items():
        told = held.get(name, DEFAULTS[name])
        if told != value and (row.type, name) != ("complex", "uniqueness"):
            scim.note(
                f"{row.path}: {name} is declared {json_of(told)} (RFC 7643: {json_of(value)}); checks follow the declaration"
            )
    if row.type == "string" and held.get("caseExact") is True and not row.path.endswith(".value"):
        scim.note(f"{row.path}: caseExact is declared true (RFC 7643: false); checks follow the declaration")
    return held


def _row(urn: str, cells: list[str]) -> Printed:
    path, kind, *words = cells
    characteristics = {**DEFAULTS, **dict(WORDS[word] for word in words if word in WORDS)}
    values = tuple(word for word in words if word not in WORDS)
    reference = kind == "reference"  # its words are referenceTypes
    multi_valued = kind.endswith("[]")
    kind = kind.removesuffix("[]")
    return Printed(urn, path, kind, multi_valued, characteristics, () if reference else values)


def _form(kind: Any, plural: Any) -> str:
    return f"{kind}, multiValued {str(plural).lower()}"
