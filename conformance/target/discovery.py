"""The discovery documents of a target, which are read once per run and used by every check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from conformance.requirements.verdict import NotOffered
from conformance.target.client import Answer, Client, NoAnswer

CONFIG_URN = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"
LISTS_OF_OBJECTS = {"attributes", "subAttributes", "schemaExtensions"}
LISTS_OF_STRINGS = {"canonicalValues", "referenceTypes"}
ENTERPRISE_URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of one resource type as /Schemas declares it. `parent` is the enclosing complex attribute, if any.

    Characteristics that the schema omits have the RFC's defaults (RFC 7643 section 2.2).
    """

    resource_type: str
    schema: str
    is_core: bool
    definition: dict[str, Any]
    parent: dict[str, Any] | None = None

    @property
    def name(self) -> str:
        return str(self.definition.get("name"))

    @property
    def path(self) -> str:
        """The path as a client writes it: `name.givenName`, `urn:…:User:department`."""
        own = f"{self.parent['name']}.{self.name}" if self.parent else self.name
        return own if self.is_core else f"{self.schema}:{own}"

    @property
    def type(self) -> str:
        return str(self.definition.get("type", "string"))

    @property
    def multi_valued(self) -> bool:
        return self.definition.get("multiValued") is True

    @property
    def mutability(self) -> str:
        """The attribute's own mutability, or that of the enclosing attribute if it is more restrictive."""
        own = str(self.definition.get("mutability", "readWrite"))
        outer = str((self.parent or {}).get("mutability", "readWrite"))
        return own if outer == "readWrite" or own == "readOnly" else outer

    @property
    def returned(self) -> str:
        """The attribute's own `returned`, or that of the enclosing attribute if it hides the attribute."""
        outer = str((self.parent or {}).get("returned", "default"))
        return outer if outer in ("never", "request") else str(self.definition.get("returned", "default"))

    @property
    def case_exact(self) -> bool:
        return self.definition.get("caseExact") is True

    @property
    def required(self) -> bool:
        return self.definition.get("required") is True

    @property
    def uniqueness(self) -> str:
        return str(self.definition.get("uniqueness", "none"))

    def value_in(self, resource: dict[str, Any]) -> Any:
        """The value in a resource. For a sub-attribute of a list, the list of values; None if unassigned."""
        held: Any = resource if self.is_core else resource.get(self.schema)
        for part in ([self.parent["name"]] if self.parent else []) + [self.name]:
            if isinstance(held, list):
                held = [item.get(part) for item in held if isinstance(item, dict)]
            else:
                held = held.get(part) if isinstance(held, dict) else None
        return held

    def __str__(self) -> str:
        return f"{self.resource_type}.{self.path}"


@dataclass(slots=True, eq=False, weakref_slot=True)
class Target:
    """The discovery documents of one target; a document that the target does not publish is empty."""

    config: dict[str, Any] = field(default_factory=dict)
    resource_types: list[dict[str, Any]] = field(default_factory=list)
    schemas: dict[str, dict[str, Any]] = field(default_factory=dict)
    only_types: tuple[str, ...] = ()  # --resource-type: the other types are not checked
    base_url: str = ""
    _attributes: dict[str, tuple[Attribute, ...]] = field(default_factory=dict, init=False, repr=False)
    _immutable: dict[str, tuple[Attribute, ...]] = field(default_factory=dict, init=False, repr=False)
    _found: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict, init=False, repr=False)
    # types that the target turned out not to support although it does not publish resource types
    absent_types: tuple[str, ...] = ()

    def offers(self, feature: str) -> bool:
        """Whether ServiceProviderConfig has `supported: true` for a feature."""
        held = self.config.get(feature)
        return isinstance(held, dict) and held.get("supported") is True

    def need(self, feature: str) -> None:
        """Raise NotOffered unless the feature is advertised. Without a configuration, PATCH and filters are assumed."""
        if not self.offers(feature) and (self.config or feature not in ("patch", "filter")):
            raise NotOffered(feature)

    def need_type(self, name: str) -> str:
        """The endpoint of a resource type. Raises NotOffered if the target has no type with that name."""
        if self.only_types and name not in self.only_types:
            raise NotOffered(f"resource type {name} (--resource-type)")
        if name in self.absent_types:
            raise NotOffered(f"resource type {name}")
        for rtype in self.resource_types:
            if rtype.get("name") == name and isinstance(rtype.get("endpoint"), str):
                return self.endpoint_of(rtype)
        if not self.resource_types and name in ("User", "Group"):
            return f"/{name}s"
        raise NotOffered(f"resource type {name}")

    def endpoint_of(self, rtype: dict[str, Any]) -> str:
        """The endpoint relative to the base URL, such as `/Users`, even if the target publishes a complete path or URL."""
        base = urlsplit(self.base_url).path.rstrip("/")
        place = "/" + urlsplit(str(rtype.get("endpoint", ""))).path.strip("/")
        return place.removeprefix(base) if base and place.startswith(base + "/") else place

    def type_names(self) -> list[str]:
        """The names of the resource types that this run checks."""
        names = [str(rtype.get("name")) for rtype in self.resource_types] or ["User", "Group"]
        names = [name for name in names if name not in self.absent_types]
        return [name for name in names if not self.only_types or name in self.only_types]

    def need_attribute(self, urn: str, path: str) -> dict[str, Any]:
        """The definition of an attribute such as `name.givenName`. Raises NotOffered if the schema does not have it."""
        schema = self.schemas.get(urn)
        if schema is None:
            if not self.schemas and urn in (USER_URN, GROUP_URN):
                return {}
            raise NotOffered(urn)
        if (urn, path) in self._found:
            return dict(self._found[urn, path])
        if not self.uses(urn):
            raise NotOffered(f"{urn} (no resource type has it)")
        attributes, found = _definitions(schema.get("attributes")), None
        for part in path.split("."):
            found = next((a for a in attributes if str(a.get("name", "")).lower() == part.lower()), None)
            if found is None:
                raise NotOffered(f"{urn}:{path}")
            attributes = _definitions(found.get("subAttributes"))
        assert found is not None
        self._found[urn, path] = found
        return dict(found)

    def uses(self, urn: str) -> bool:
        """Whether a resource type uses this extension; /Schemas may list extensions that no resource type uses."""
        extensions = [e for rtype in self.resource_types for e in rtype.get("schemaExtensions") or ()]
        used = [held.get("schema") for held in (*self.resource_types, *extensions) if isinstance(held, dict)]
        return not self.resource_types or ":core:" in urn or urn in used

    def attributes(self, type_name: str) -> tuple[Attribute, ...]:
        """Every attribute and sub-attribute of a resource type's schema and extensions, in the order of /Schemas."""
        if type_name not in self._attributes:
            self._attributes[type_name] = tuple(self._read_attributes(type_name))
        return self._attributes[type_name]

    def immutable(self, type_name: str) -> tuple[Attribute, ...]:
        """The immutable top-level attributes of a resource type."""
        if type_name not in self._immutable:
            every = self.attributes(type_name)
            self._immutable[type_name] = tuple(a for a in every if a.parent is None and a.mutability == "immutable")
        return self._immutable[type_name]

    def _read_attributes(self, type_name: str) -> Iterator[Attribute]:
        rtype = next((item for item in self.resource_types if item.get("name") == type_name), {})
        core = str(rtype.get("schema"))
        extensions = [str(e.get("schema")) for e in rtype.get("schemaExtensions") or () if isinstance(e, dict)]
        for urn in (core, *extensions):
            for definition in _definitions(self.schemas.get(urn, {}).get("attributes")):
                yield Attribute(type_name, urn, urn == core, definition)
                for sub in _definitions(definition.get("subAttributes")):
                    yield Attribute(type_name, urn, urn == core, sub, definition)


def discover(client: Client, only_types: tuple[str, ...] = ()) -> Target:
    """Read the three discovery endpoints. The part of a missing or invalid document is empty.

    A list that has another type counts as missing, so the run continues; the checks of discovery read it themselves.
    """
    config = _get(client, "/ServiceProviderConfig")
    types = [_with_lists(item) for item in _resources(_get(client, "/ResourceTypes"))]
    schemas = [_with_lists(item) for item in _resources(_get(client, "/Schemas"))]
    return Target(
        config.json if config is not None and is_config(config.json) else {},
        types,
        {str(schema.get("id")): schema for schema in schemas},
        only_types,
        client.base_url,
    )


def is_config(body: Any) -> bool:
    """Whether a body is a ServiceProviderConfig: its `schemas` says so. Some servers answer any path with a list."""
    schemas = body.get("schemas") if isinstance(body, dict) else None
    return isinstance(schemas, list) and CONFIG_URN.lower() in [str(urn).lower() for urn in schemas]


def _definitions(listed: Any) -> list[dict[str, Any]]:
    return [item for item in listed if isinstance(item, dict) and "name" in item] if isinstance(listed, list) else []


def _with_lists(item: dict[str, Any]) -> dict[str, Any]:
    """A schema, attribute, or resource type without lists, and elements of lists, that have another type."""
    found = dict(item)
    for name in LISTS_OF_OBJECTS & found.keys():
        listed = found.pop(name)
        if isinstance(listed, list):
            found[name] = [_with_lists(element) for element in listed if isinstance(element, dict)]
    for name in LISTS_OF_STRINGS & found.keys():
        listed = found.pop(name)
        if isinstance(listed, list):
            found[name] = [element for element in listed if isinstance(element, str)]
    return found


def _get(client: Client, path: str) -> Answer | None:
    try:
        answer = client.send("GET", path)
    except NoAnswer:
        return None
    return answer if answer.status == 200 else None


def _resources(answer: Answer | None) -> list[dict[str, Any]]:
    body = answer.json if answer is not None else None
    listed = body.get("Resources") if isinstance(body, dict) else body
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
