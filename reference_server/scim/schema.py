"""Schemas compiled from their JSON documents, with the attribute characteristics of RFC 7643 section 7."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from reference_server.scim.text import in_message

SCHEMA_URN = "urn:ietf:params:scim:schemas:core:2.0:Schema"
ATTRIBUTE_NAME = re.compile(r"[A-Za-z$][A-Za-z0-9$_-]*")
TYPES = frozenset(["string", "boolean", "decimal", "integer", "dateTime", "reference", "binary", "complex"])
PLAIN: dict[str, type] = {"string": str, "reference": str, "boolean": bool, "integer": int}
MUTABILITIES = frozenset(["readOnly", "readWrite", "immutable", "writeOnly"])
RETURNED = frozenset(["always", "never", "default", "request"])


class InvalidSchema(Exception):
    """The schema document is invalid; the message names the attribute and what was expected."""


@dataclass(frozen=True, slots=True, eq=False)
class Attribute:
    """One attribute with its characteristics. `sub_attributes` maps lower-case names; it is empty unless complex."""

    name: str
    type: str
    key: str
    multi_valued: bool = False
    required: bool = False
    case_exact: bool = False
    mutability: str = "readWrite"
    returned: str = "default"
    uniqueness: str = "none"
    reference_types: tuple[str, ...] = ()
    sub_attributes: dict[str, Attribute] = field(default_factory=dict)
    subs: dict[str, Attribute] = field(init=False, repr=False)  # the same with declared names
    # Derived once, because every write uses them:
    plain: Any = field(init=False)  # the JSON type whose values need no conversion; None: all values need it
    plain_subs: dict[str, Any] = field(
        init=False, repr=False
    )  # the same for each sub-attribute; empty: see `needs_no_reading`
    required_subs: tuple[str, ...] = field(init=False)
    immutable_subs: tuple[str, ...] = field(init=False)  # only for single values; list elements are replaced
    requested_subs: bool = field(init=False)  # whether a sub-attribute is returned only on request
    has_primary: bool = field(init=False)
    alone: frozenset[str] = field(init=False, repr=False)  # the attributes that a filter on only this attribute reads
    is_kept: bool = field(init=False)  # the server stores no writeOnly values that are never returned
    refers: bool = field(init=False)  # a complex value that refers to a resource: `value` and `$ref`

    def __post_init__(self) -> None:
        subs = self.sub_attributes.values()
        taken = self.mutability in ("readWrite", "immutable")
        refers = "$ref" in self.sub_attributes and "value" in self.sub_attributes
        usual = taken and not refers and not any(sub.required for sub in subs)
        for name, value in (
            ("subs", {**self.sub_attributes, **{sub.name: sub for sub in subs}}),
            ("plain", PLAIN.get(self.type) if taken and not self.multi_valued else None),
            ("plain_subs", {sub.name: sub.plain for sub in subs if sub.plain is not None} if usual else {}),
            ("requested_subs", any(s.returned == "request" for s in subs)),
            ("immutable_subs", () if self.multi_valued else tuple(s.name for s in subs if s.mutability == "immutable")),
            ("required_subs", tuple(s.name for s in subs if s.required and s.mutability != "readOnly")),
            ("alone", frozenset([self.key])),
            ("has_primary", "primary" in self.sub_attributes),
            ("is_kept", (self.mutability, self.returned) != ("writeOnly", "never")),
            ("refers", refers),
        ):
            object.__setattr__(self, name, value)

    @property
    def is_complex(self) -> bool:
        return self.type == "complex"

    def sub(self, name: str) -> Attribute | None:
        """The sub-attribute with this name, compared without case."""
        return self.sub_attributes.get(name.lower())


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """A schema: its URN and its attributes by lower-case name. `document` is the JSON that it was compiled from."""

    id: str
    name: str
    attributes: dict[str, Attribute]
    document: dict[str, Any]
    # Derived once, because every write uses them:
    plain: dict[str, Any] = field(init=False, repr=False)  # declared name → JSON type whose values need no conversion
    required: tuple[str, ...] = field(init=False, repr=False)  # the names of the attributes that must have a value

    def __post_init__(self) -> None:
        held = self.attributes.values()
        object.__setattr__(self, "plain", {a.name: a.plain for a in held if a.plain is not None})
        object.__setattr__(self, "required", tuple(a.name for a in held if a.required and a.mutability != "readOnly"))

    def to_json(self) -> dict[str, Any]:
        """The schema as /Schemas shows it, without `meta`. A missing `schemas` is added."""
        return {"schemas": [SCHEMA_URN], **self.document}


def compile_schema(document: dict[str, Any]) -> Schema:
    """Compile a schema from its JSON representation (RFC 7643 section 7); raises InvalidSchema."""
    try:
        urn, name = document["id"], document.get("name", document["id"])
        attributes = _compile_attributes(document["attributes"], urn)
    except KeyError as error:
        raise InvalidSchema(f"expected a schema with id and named attributes; {error.args[0]} is missing") from None
    except (TypeError, AttributeError):
        raise InvalidSchema("expected a schema with id and named attributes; a value has the wrong type") from None
    return Schema(urn, name, attributes, document)


def _compile_attributes(documents: list[dict[str, Any]], where: str) -> dict[str, Attribute]:
    compiled: dict[str, Attribute] = {}
    for document in documents:
        attribute = _compile_attribute(document, where)
        if attribute.key in compiled:
            raise InvalidSchema(f"{where}: {attribute.name} is declared more than once")
        compiled[attribute.key] = attribute
    return compiled


def _compile_attribute(document: dict[str, Any], where: str) -> Attribute:
    name = document["name"]
    place = f"{where}:{name}"
    if not ATTRIBUTE_NAME.fullmatch(name):
        raise InvalidSchema(f"{place}: a name can contain only letters, digits, - and _ (RFC 7643 section 2.1)")
    type_ = document.get("type", "string")
    for key, allowed in (("type", TYPES), ("mutability", MUTABILITIES), ("returned", RETURNED)):
        if document.get(key, next(iter(allowed))) not in allowed:
            got = in_message(document[key])
            raise InvalidSchema(f"{place}: {key}: expected one of {', '.join(sorted(allowed))}; got {got}")
    return Attribute(
        name=name,
        type=type_,
        key=name.lower(),
        multi_valued=bool(document.get("multiValued", False)),
        required=bool(document.get("required", False)),
        # Binary data and references are caseExact unless declared otherwise (RFC 7643 sections 2.3.6 and 2.3.7).
        case_exact=bool(document.get("caseExact", type_ in ("binary", "reference"))),
        mutability=document.get("mutability", "readWrite"),
        returned=document.get("returned", "default"),
        uniqueness=document.get("uniqueness", "none"),
        reference_types=tuple(document.get("referenceTypes", ())),
        sub_attributes=_compile_attributes(document.get("subAttributes", []), place),
    )


def _common(name: str, type_: str = "string", **characteristics: Any) -> Attribute:
    return Attribute(name=name, type=type_, key=name.lower(), **characteristics)


# Common attributes, which no schema lists (RFC 7643 section 3.1).
COMMON_ATTRIBUTES: dict[str, Attribute] = {
    attribute.key: attribute
    for attribute in (
        _common("schemas", "reference", multi_valued=True, required=True, case_exact=True, returned="always"),
        _common("id", case_exact=True, mutability="readOnly", returned="always", uniqueness="server"),
        _common("externalId", case_exact=True),
        _common(
            "meta",
            "complex",
            mutability="readOnly",
            sub_attributes={
                sub.key: sub
                for sub in (
                    _common("resourceType", case_exact=True, mutability="readOnly"),
                    _common("created", "dateTime", mutability="readOnly"),
                    _common("lastModified", "dateTime", mutability="readOnly"),
                    _common("location", "reference", case_exact=True, mutability="readOnly"),
                    _common("version", case_exact=True, mutability="readOnly"),
                )
            },
        ),
    )
}
