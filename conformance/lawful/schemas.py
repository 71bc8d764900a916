"""Random schemas for a correct server: another selection of attributes, other characteristics, attributes of its own.

The documents are those that `python -m reference_server --schemas FOLDER` reads. The same seed gives the same documents.
"""

from __future__ import annotations

import copy
from random import Random
from typing import Any

from conformance.target.discovery import ENTERPRISE_URN, GROUP_URN, USER_URN

Json = dict[str, Any]
BADGE_URN = "urn:example:params:scim:schemas:extension:badge:2.0:User"
DEVICE_URN = "urn:example:params:scim:schemas:core:2.0:Device"
NEVER_DROPPED = {"userName", "displayName", "members", "value", "$ref"}
SIMPLE = ("string", "boolean", "integer", "decimal", "dateTime", "binary", "reference")
WORDS = ("badge", "floor", "shift", "locker", "region", "color", "score", "since", "photoId", "link", "vendor", "model")


def random_schemas(published: list[Json], seed: int) -> list[Json]:
    """Schemas and resource types, from the documents that a server publishes at /Schemas."""
    random = Random(f"schemas {seed}")
    by_urn = {document["id"]: document for document in copy.deepcopy(published)}
    user, group, enterprise = by_urn[USER_URN], by_urn[GROUP_URN], by_urn[ENTERPRISE_URN]
    user["attributes"] = [_varied(one, random) for one in user["attributes"] if _stays(one, random)]
    group["attributes"] = [_varied(one, random) if one["name"] != "members" else one for one in group["attributes"]]
    if random.random() < 0.2:
        _members(group)["required"] = True
    enterprise["attributes"] = [_varied(one, random) for one in enterprise["attributes"] if _stays(one, random)]
    documents = [user, group]
    extensions = []
    if enterprise["attributes"] and random.random() < 0.7:
        documents.append(enterprise)
        required = random.random() < 0.3 and any(map(_can_be_first, enterprise["attributes"]))
        extensions.append({"schema": ENTERPRISE_URN, "required": required})
    if random.random() < 0.6:
        documents.append({"id": BADGE_URN, "name": "Badge", "attributes": _own_attributes(random)})
        required = random.random() < 0.4 and any(map(_can_be_first, documents[-1]["attributes"]))
        extensions.append({"schema": BADGE_URN, "required": required})
    documents.append(_type("User", USER_URN, extensions, ["userName", "externalId"]))
    if random.random() < 0.4:
        documents.append({"id": DEVICE_URN, "name": "Device", "attributes": _own_attributes(random)})
        documents.append(_type("Device", DEVICE_URN, [], []))
    return documents


def _members(group: Json) -> Json:
    return next(one for one in group["attributes"] if one["name"] == "members")


def _type(name: str, urn: str, extensions: list[Json], indexes: list[str]) -> Json:
    return {
        "id": name,
        "name": name,
        "endpoint": f"/{name}s",
        "schema": urn,
        "schemaExtensions": extensions,
        "indexes": indexes,
    }


def _can_be_first(definition: Json) -> bool:
    """Whether the first user can have it: a client may set it, and it refers to no one."""
    return definition["name"] != "manager" and definition.get("mutability") != "readOnly"


def _stays(definition: Json, random: Random) -> bool:
    return definition["name"] in NEVER_DROPPED or random.random() < 0.8


def _varied(definition: Json, random: Random) -> Json:
    """The attribute with some characteristics changed, and a complex one without some of its sub-attributes."""
    varied = _characterized(definition, random, likely=0.25)
    if definition.get("subAttributes") and definition.get("mutability") != "readOnly":
        kept = [part for part in definition["subAttributes"] if _stays(part, random)]
        fixed = ("value", "$ref", "primary")
        varied["subAttributes"] = _settable(
            [
                part
                if part["name"] in fixed or definition["name"] == "manager"
                else _characterized(part, random, likely=0.1)
                for part in kept or definition["subAttributes"]
            ]
        )
    return varied


def _characterized(definition: Json, random: Random, *, likely: float) -> Json:
    """With other characteristics; those of a readOnly or writeOnly attribute stay as they are."""
    varied, name = dict(definition), definition["name"]
    if definition.get("mutability", "readWrite") != "readWrite":
        return varied
    if random.random() < likely and name != "manager":  # the first user could not name anyone
        varied["required"] = True
    if random.random() < likely / 3:
        varied["mutability"] = "immutable"
    elif random.random() < likely / 4 and not varied.get("required"):
        varied["mutability"] = "readOnly"
    if random.random() < likely / 2:
        varied["returned"] = random.choice(["always", "request"])
    if definition.get("type") == "string" and name != "userName" and random.random() < likely / 2:
        varied["caseExact"] = not definition.get("caseExact", False)
    return varied


def _own_attributes(random: Random) -> list[Json]:
    names = random.sample(WORDS, random.randrange(2, 7))
    return [_characterized(_own(name, random), random, likely=0.4) for name in names]


def _own(name: str, random: Random) -> Json:
    definition: Json = {"name": name, "type": random.choice((*SIMPLE, "complex")), "multiValued": random.random() < 0.3}
    if definition["type"] == "boolean":
        definition["multiValued"] = False
    if definition["type"] == "reference":
        definition |= {"referenceTypes": ["external"], "caseExact": True}
    if definition["type"] == "binary":
        definition["caseExact"] = True
    if definition["type"] == "complex":
        kinds = {part: random.choice(SIMPLE[:5]) for part in random.sample(WORDS, random.randrange(1, 4))}
        parts = [{"name": part, "type": kind, "multiValued": False} for part, kind in kinds.items()]
        definition["subAttributes"] = _settable([_characterized(part, random, likely=0.3) for part in parts])
    return definition


def _settable(parts: list[Json]) -> list[Json]:
    """The sub-attributes, of which a client can set at least the first."""
    return [{**parts[0], "mutability": "readWrite"}, *parts[1:]]
