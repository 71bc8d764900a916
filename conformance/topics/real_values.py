"""Values as they occur in real directories, each with a similar but different value, and attributes that accept them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.check_api.session import Session
from conformance.target.discovery import Attribute
from conformance.topics.one_attribute import can_change, external_id, is_plain_text
from conformance.values.any_value import FORMATS

FREE = ("username", "employeenumber")  # have a usual format but accept any string
KEYS = ("userName", "displayName")  # still tested if a server rejects a value in other attributes


@dataclass(frozen=True, slots=True)
class RealValue:
    """`value` and `lookalike` build a string that contains a mark. `may_change`: servers may trim or collapse spaces."""

    value: Callable[[str], str]
    lookalike: Callable[[str], str]
    may_change: bool = False


def _digits(mark: str) -> str:
    return str(sum(ord(letter) * 131**place for place, letter in enumerate(mark)) % 10**10 + 10**10)


VALUES = {
    "underscore": RealValue(lambda mark: f"{mark} a_b", lambda mark: f"{mark} axb"),
    "percent sign": RealValue(lambda mark: f"{mark} a%b", lambda mark: f"{mark} azzb"),
    "asterisk": RealValue(lambda mark: f"{mark} a*b", lambda mark: f"{mark} azzb"),
    "apostrophe": RealValue(lambda mark: f"{mark} O'Brien", lambda mark: f"{mark} OBrien"),
    "accent": RealValue(lambda mark: f"{mark} José", lambda mark: f"{mark} Jose"),
    "leading zeros": RealValue(lambda mark: f"00{_digits(mark)}", _digits),
    "double space": RealValue(lambda mark: f"{mark} a  b", lambda mark: f"{mark} a b", may_change=True),
    "trailing space": RealValue(lambda mark: f"{mark} ab ", lambda mark: f"{mark} ab", may_change=True),
    "65 characters": RealValue(lambda mark: f"{mark:x<64}a", lambda mark: f"{mark:x<64}b"),
    "256 characters": RealValue(lambda mark: f"{mark:x<255}a", lambda mark: f"{mark:x<255}b"),
}


def texts(scim: Session, type_name: str | None) -> list[Attribute]:
    """The string attributes of a type that accept any value, including externalId and those of extensions."""
    named = external_id(scim, type_name)
    listed = [one for one in scim.target.attributes(str(type_name)) if can_change(one) and _takes_any_text(one)]
    return [*(one for one in listed if one.name != named.name), named]


def _takes_any_text(attribute: Attribute) -> bool:
    plain = is_plain_text(Attribute(attribute.resource_type, attribute.schema, True, attribute.definition))
    name = attribute.name.lower()
    return plain and (name in FREE or name not in FORMATS)
