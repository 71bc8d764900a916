"""The attributes that the generated bodies of one run contain: the required ones, and a few of each kind.

A run sends a few cases of each operation. Of all attributes of a user, most would never appear in them, and preparing to
generate them takes more time than the cases.
"""

from __future__ import annotations

import random
from dataclasses import replace

from conformance.fuzz.json_schemas import Definition, definitions, refers, writable
from conformance.fuzz.openapi import Described

# Attributes that most providers send, and sub-attributes that identify a value or by which PATCH paths select it.
ALWAYS = ("displayName", "emails", "active", "value", "type", "$ref")
CASES_FOR_ONE = 2  # for every second case of an operation, one attribute of each kind


def sampled(rtype: Described, *, seed: int, examples: int) -> Described:
    """The resource type with the attributes that the seed selects."""
    chosen, most = random.Random(f"{seed} {rtype.name}"), max(1, examples // CASES_FOR_ONE)
    extensions = {urn: _few(attributes, chosen, most) for urn, attributes in rtype.extensions.items()}
    return replace(rtype, core=_few(rtype.core, chosen, most), extensions=extensions)


def _few(attributes: list[Definition], chosen: random.Random, most: int) -> list[Definition]:
    """The required attributes, and at most `most` of the others of each kind, each with few sub-attributes."""
    kinds: dict[tuple[str, ...], list[Definition]] = {}
    kept = [held for held in attributes if held.get("required") is True or held["name"] in ALWAYS]
    for held in attributes:
        if writable(held) and held not in kept:
            kinds.setdefault(kind(held), []).append(held)
    for alike in kinds.values():
        kept += chosen.sample(alike, min(most, len(alike)))
    return [_with_few_parts(held, chosen, most) for held in attributes if held in kept]


def kind(attribute: Definition) -> tuple[str, ...]:
    """What a server may handle differently: the type, whether there are several values or references, and characteristics."""
    told = [str(attribute.get(name)) for name in ("type", "multiValued", "mutability", "returned", "uniqueness")]
    return (*told, str(refers(attribute)))


def _with_few_parts(attribute: Definition, chosen: random.Random, most: int) -> Definition:
    """The attribute with few sub-attributes, and without descriptions: values for equal schemas are generated once."""
    parts = definitions(attribute.get("subAttributes"))
    bare = {name: value for name, value in attribute.items() if name != "description"}
    return {**bare, "subAttributes": _few(parts, chosen, most)} if parts else bare
