"""The attributes of one resource type as the target declares them, or as the RFC has them where it declares nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.model.rfc_schemas import undeclared_parts
from conformance.requirements.verdict import NotOffered
from conformance.target.discovery import GROUP_URN, USER_URN, Target

Definition = dict[str, Any]  # one attribute of RFC 7643 section 7: name, type, multiValued, ...


def _plain(name: str, **more: Any) -> Definition:
    return {"name": name, "type": "string", "multiValued": False, "caseExact": False, **more}


# RFC 7643 3.1 and section 3: in no published schema, and yet part of every resource.
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

# What a server without /Schemas can still be asked: RFC 7643 4.1.1 and 4.2.
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
    """The schemas of one resource type: URN of the core schema, attributes by URN, extensions that must be sent."""

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
        """The URN of this type that reads like `text`, whatever its case."""
        return next((urn for urn in self.by_urn if urn.lower() == text.lower()), None)

    def attribute(self, urn: str, name: str) -> Definition | None:
        """An attribute of a schema by its name in any case; the common ones belong to the core."""
        common = COMMON if urn == self.core else []
        return named([*self.by_urn[urn], *common], name)

    def every(self) -> Iterator[tuple[str, Definition]]:
        """(URN, attribute) of all top-level attributes, common ones left out."""
        for urn, attributes in self.by_urn.items():
            for definition in attributes:
                if urn != self.core or named(COMMON, definition["name"]) is None:
                    yield urn, definition


def named(definitions: list[Definition], name: str) -> Definition | None:
    """The definition of that name; attribute names have no case (RFC 7643 2.1)."""
    return next((held for held in definitions if str(held.get("name", "")).lower() == name.lower()), None)


def parts_of(definition: Definition) -> list[Definition]:
    """The sub-attributes of a complex attribute; those of RFC 7643 8.7.1 where the target declares none."""
    declared = [part for part in definition.get("subAttributes") or () if isinstance(part, dict) and "name" in part]
    return declared or undeclared_parts(definition)


def type_of(definition: Definition) -> str:
    """The type in lower case; string where none is declared (RFC 7643 2.2)."""
    return str(definition.get("type", "string")).lower()


def points_at_a_resource(definition: Definition) -> bool:
    """Whether a value would have to name a resource that exists: the attribute refers to a resource type, or holds one."""
    if type_of(definition) == "reference":
        kinds = {str(kind).lower() for kind in definition.get("referenceTypes") or ()}
        return not kinds <= {"external", "uri"}
    if str(definition["name"]).lower() in ("members", "manager", "groups"):  # also where /Schemas leaves $ref out
        return True
    return any(points_at_a_resource(part) for part in parts_of(definition))


def is_writable(definition: Definition) -> bool:
    """Whether a client may set it when the resource is created."""
    return str(definition.get("mutability", "readWrite")) != "readOnly"


def definitions_of(target: Target, name: str) -> Definitions:
    """The definitions of a resource type (`User`); raises NotOffered when the target has no such type or schema."""
    target.need_type(name)
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
