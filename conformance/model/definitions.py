"""The attributes of one resource type as the target declares them, or as in RFC 7643 if it declares none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from conformance.model.rfc_schemas import undeclared_parts
from conformance.requirements.verdict import NotOffered
from conformance.target.discovery import GROUP_URN, USER_URN, Target

Definition = dict[str, Any]  # one attribute of RFC 7643 section 7: name, type, multiValued, ...


def _plain(name: str, **more: Any) -> Definition:
    return {"name": name, "type": "string", "multiValued": False, "caseExact": False, **more}


# RFC 7643 sections 3 and 3.1: part of every resource although schemas do not list them.
COMMON: list[Definition] = [
    _plain("id", caseExact=True, mutability="readOnly", returned="always", uniqueness="server"),
    _plain("externalId", caseExact=True),
    _plain("schemas", type="reference", referenceTypes=["uri"], multiValued=True, required=True, caseExact=True),
    _plain(
        "meta",
        type="complex",
        mutability="readOnly",
        subAttributes=[
            _plain("resourceType", caseExact=True, mutability="readOnly"),
            _plain("created", type="dateTime", mutability="readOnly"),
            _plain("lastModified", type="dateTime", mutability="readOnly"),
            _plain("location", type="reference", referenceTypes=["uri"], caseExact=True, mutability="readOnly"),
            _plain("version", caseExact=True, mutability="readOnly"),
        ],
    ),
]
_COMMON_NAMES = frozenset(held["name"].lower() for held in COMMON)

# Attributes that checks use if the server has no /Schemas: RFC 7643 sections 4.1.1 and 4.2.
_NAMES = ["formatted", "familyName", "givenName"]
_EMAIL = [
    _plain("value"),
    _plain("type", canonicalValues=["work", "home", "other"]),
    _plain("primary", type="boolean"),
]
WITHOUT_SCHEMAS: dict[str, list[Definition]] = {
    USER_URN: [
        _plain("userName", required=True, uniqueness="server"),
        _plain("name", type="complex", subAttributes=[_plain(name) for name in _NAMES]),
        _plain("displayName"),
        _plain("active", type="boolean"),
        _plain("emails", type="complex", multiValued=True, subAttributes=_EMAIL),
    ],
    GROUP_URN: [_plain("displayName", required=True)],
}


@dataclass(frozen=True, slots=True)
class Definitions:
    """The schemas of one resource type: URN of the core schema, attributes by URN, and required extensions."""

    name: str
    core: str
    by_urn: dict[str, list[Definition]]
    required_extensions: tuple[str, ...] = ()

    @property
    def extensions(self) -> list[str]:
        return [urn for urn in self.by_urn if urn != self.core]

    @property
    def core_attributes(self) -> list[Definition]:
        return self.by_urn[self.core]

    def urn(self, text: str) -> str | None:
        """The URN of this type that equals `text`, regardless of case."""
        return next((urn for urn in self.by_urn if urn.lower() == text.lower()), None)

    def attribute(self, urn: str, name: str) -> Definition | None:
        """An attribute of a schema by its name in any case; common attributes count as part of the core schema."""
        common = COMMON if urn == self.core else []
        return named([*self.by_urn[urn], *common], name)

    def every(self) -> Iterator[tuple[str, Definition]]:
        """(URN, attribute) of all top-level attributes except the common ones."""
        for urn, attributes in self.by_urn.items():
            for definition in attributes:
                if urn != self.core or str(definition["name"]).lower() not in _COMMON_NAMES:
                    yield urn, definition


def named(definitions: list[Definition], name: str) -> Definition | None:
    """The definition with this name in any case (RFC 7643 section 2.1)."""
    wanted = name.lower()
    return next((held for held in definitions if str(held.get("name", "")).lower() == wanted), None)


def parts_of(definition: Definition) -> list[Definition]:
    """The sub-attributes of a complex attribute; those in RFC 7643 section 8.7.1 if the target declares none."""
    declared = [part for part in definition.get("subAttributes") or () if isinstance(part, dict) and "name" in part]
    return declared or undeclared_parts(definition)


def type_of(definition: Definition) -> str:
    """The type in lower case; string if none is declared (RFC 7643 section 2.2)."""
    return str(definition.get("type", "string")).lower()


def points_at_a_resource(definition: Definition) -> bool:
    """Whether a value must refer to an existing resource, directly or through a sub-attribute."""
    if type_of(definition) == "reference":
        kinds = {str(kind).lower() for kind in definition.get("referenceTypes") or ()}
        return not kinds <= {"external", "uri"}
    if str(definition["name"]).lower() in ("members", "manager", "groups"):  # even if /Schemas omits $ref
        return True
    return any(points_at_a_resource(part) for part in parts_of(definition))


def is_writable(definition: Definition) -> bool:
    """Whether a client may set it on creation."""
    return str(definition.get("mutability", "readWrite")) != "readOnly"


# What was read before: checks ask thousands of times.
_READ: WeakKeyDictionary[Target, dict[str, Definitions]] = WeakKeyDictionary()


def definitions_of(target: Target, name: str) -> Definitions:
    """The definitions of a resource type (`User`); raises NotOffered if the target lacks the type or its schema."""
    target.need_type(name)
    known = _READ.setdefault(target, {})
    if name not in known:
        known[name] = _read(target, name)
    return known[name]


def _read(target: Target, name: str) -> Definitions:
    rtype = next((held for held in target.resource_types if held.get("name") == name), {})
    core = str(rtype.get("schema") or {"User": USER_URN, "Group": GROUP_URN}.get(name))
    listed = [held for held in rtype.get("schemaExtensions") or () if isinstance(held, dict)]
    by_urn = {core: _attributes(target, core) or WITHOUT_SCHEMAS.get(core, [])}
    if not by_urn[core]:
        raise NotOffered(core)
    for held in listed:
        if attributes := _attributes(target, str(held.get("schema"))):
            by_urn[str(held["schema"])] = attributes
    required = tuple(str(held["schema"]) for held in listed if held.get("required") is True)
    return Definitions(name, core, by_urn, tuple(urn for urn in required if urn in by_urn))


def _attributes(target: Target, urn: str) -> list[Definition]:
    schema = next((held for known, held in target.schemas.items() if known.lower() == urn.lower()), {})
    return [held for held in schema.get("attributes") or () if isinstance(held, dict) and "name" in held]
