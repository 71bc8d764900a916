"""Generate a valid value for any attribute from its definition (RFC 7643 sections 2 and 7)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from random import Random
from typing import Any

from conformance.model.definitions import Definition, is_writable, named, parts_of, points_at_a_resource, type_of
from conformance.values.certificates import CERTIFICATES

# ASCII only, because another check judges how servers compare and normalize other letters.
WORDS = ["Amber", "Birch", "Cedar", "Delta", "Ember", "Fjord", "Grove", "Heron", "Islet", "Jade", "Knoll", "Larch"]
KINDS = ["work", "home", "other"]

Maker = Callable[[Random, str], Any]


def _url(random: Random, token: str) -> str:
    return f"https://check.example/{random.choice(WORDS).lower()}/{token}"


# Formats of RFC 7643 section 4.1 by the attribute's name in lower case; `attribute.sub-attribute` takes precedence.
FORMATS: dict[str, Maker] = {
    "username": lambda random, token: f"{token}@check.example",
    "emails.value": lambda random, token: f"{token}@check.example",
    "email": lambda random, token: f"{token}@check.example",
    "phonenumbers.value": lambda random, token: f"tel:+1-201-555-0{random.randrange(100, 200)}",
    "x509certificates.value": lambda random, token: random.choice(CERTIFICATES),
    "password": lambda random, token: f"Zz9!{random.choice(WORDS)}-{token}",
    "locale": lambda random, token: random.choice(["en-US", "nb-NO", "de-DE", "fr-FR", "ja-JP"]),
    "preferredlanguage": lambda random, token: random.choice(["en-US", "nb-NO", "de-DE", "fr-FR", "ja-JP"]),
    "timezone": lambda random, token: random.choice(["Europe/Oslo", "Europe/Berlin", "America/New_York", "Asia/Tokyo"]),
    "country": lambda random, token: random.choice(["NO", "DE", "US", "JP", "FR"]),
    "postalcode": lambda random, token: f"{random.randrange(10_000, 99_999)}",
    "usertype": lambda random, token: random.choice(["Employee", "Contractor", "Intern", "Temp"]),
    "employeenumber": lambda random, token: f"{random.randrange(100_000, 999_999)}",
}
TYPES: dict[str, Maker] = {
    "string": lambda random, token: f"{random.choice(WORDS)} {random.choice(WORDS)}",
    "boolean": lambda random, token: random.random() < 0.5,
    "integer": lambda random, token: random.randrange(1, 2_000_000_000),
    "decimal": lambda random, token: random.randrange(1, 1_000_000) + 0.5,  # exact as a binary floating-point number
    "datetime": lambda random, token: (
        f"20{random.randrange(10, 26)}-{random.randrange(1, 13):02}-{random.randrange(1, 29):02}"
        f"T{random.randrange(24):02}:{random.randrange(60):02}:{random.randrange(60):02}Z"
    ),
    "binary": lambda random, token: base64.b64encode(random.randbytes(24)).decode(),
    "reference": _url,
}


def any_value(definition: Definition, random: Random, *, mark: str = "", within: str = "") -> Any:
    """A valid value for `definition`: a list if it is multi-valued, an object if it is complex.

    Unique values contain `mark`. `within` is the name of a sub-attribute's parent (`emails`), which determines the format.
    readOnly sub-attributes and references to other resources are omitted; at most one element is primary.
    """
    if definition.get("multiValued"):
        return _elements(definition, random, mark)
    if type_of(definition) == "complex":
        return _object(definition, random, mark)
    return _simple(definition, random, mark, within)


def another_value(definition: Definition, value: Any, random: Random, *, mark: str = "", within: str = "") -> Any:
    """A valid value that differs from `value` in more than case; raises ValueError if there is none."""
    for _ in range(200):
        other = any_value(definition, random, mark=mark, within=within)
        if str(other).lower() != str(value).lower():
            return other
    raise ValueError(f"{definition.get('name')}: no valid value other than {value!r}")


def _elements(definition: Definition, random: Random, mark: str) -> list[Any]:
    """One or two elements with distinct types, of which only the first can be primary (RFC 7643 section 2.4)."""
    single = {**definition, "multiValued": False}
    made = [any_value(single, random, mark=mark) for _ in range(random.choice([1, 2]))]
    if type_of(definition) != "complex":
        return list(dict.fromkeys(made))
    if (kind := named(parts_of(definition), "type")) and kind["name"] in made[0]:
        kinds = [str(held) for held in kind.get("canonicalValues") or KINDS]
        for element, chosen in zip(made, random.sample(kinds, min(len(kinds), len(made))), strict=False):
            element[kind["name"]] = chosen
        made = made[: len(kinds)]
    for place, element in enumerate(made):
        if "primary" in element:
            element["primary"] = place == 0
    return made if len({_identity(element) for element in made}) == len(made) else made[:1]


def _identity(element: dict[str, Any]) -> str:
    """What tells the element from others: of two with the same type and value, a server may keep one (RFC 7643 2.4)."""
    names = ("type", "value") if "value" in element else [name for name in element if name != "primary"]
    return str([element.get(name) for name in names])


def _object(definition: Definition, random: Random, mark: str) -> dict[str, Any]:
    writable = [part for part in parts_of(definition) if is_writable(part) and not points_at_a_resource(part)]
    writable = [
        part for part in writable if part.get("canonicalValues") != []
    ]  # some servers use an empty list to forbid all values
    name = str(definition["name"])
    return {part["name"]: any_value(part, random, mark=mark, within=name) for part in writable}


def _simple(definition: Definition, random: Random, mark: str, within: str) -> Any:
    if allowed := definition.get("canonicalValues"):
        return random.choice(allowed)
    name, kind = str(definition["name"]).lower(), type_of(definition)
    token = f"{mark or 'scimulator-check'}-{random.randrange(16**6):06x}"
    if kind in ("string", "reference", "binary"):
        make = FORMATS.get(f"{within.lower()}.{name}") or FORMATS.get(name)
        if make is not None:
            return make(random, token)
    if kind == "string" and _is_own(definition):
        return token
    return TYPES.get(kind, TYPES["string"])(random, token)


def _is_own(definition: Definition) -> bool:
    """Whether values must be unique, or identify resources that the suite left behind."""
    return definition.get("uniqueness") in ("server", "global") or definition["name"] in ("displayName", "externalId")
