"""Resource types: where a kind of resource lives, which schemas it has, and what follows from them (RFC 7643 section 6)."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Any, NamedTuple

from reference_server.scim.schema import COMMON_ATTRIBUTES, Attribute, InvalidSchema, Schema, compile_schema
from reference_server.scim.text import exact, folded

BUILT_IN_SCHEMAS = ("user", "group", "enterprise_user")
RESERVED = ("Me", "Bulk", "ServiceProviderConfig", "ResourceTypes", "Schemas")
DISCOVERY_SCHEMAS = ("service_provider_config", "resource_type", "schema")


RESOURCE_TYPE_URN = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"


class Found(NamedTuple):
    """Where an attribute text leads: the extension's URN (None: main schema), the attribute, its sub-attribute."""

    urn: str | None
    attribute: Attribute
    sub: Attribute | None


class ResourceType:
    """One resource type with everything that can be worked out before the first request."""

    def __init__(self, document: dict[str, Any], schemas: Mapping[str, Schema]) -> None:
        try:
            self.name: str = document["name"]
            self.endpoint: str = "/" + document["endpoint"].strip("/")
            self.schema = schemas[document["schema"]]
            self.extensions = tuple(
                (schemas[extension["schema"]], bool(extension.get("required", False)))
                for extension in document.get("schemaExtensions", ())
            )
        except KeyError as error:
            raise InvalidSchema(f"resource type {document.get('name', '?')}: {error} is missing or unknown") from None
        self.description: str = document.get("description", "")
        self.schemas = (self.schema.id, *(extension.id for extension, _ in self.extensions))
        # The common attributes are the same everywhere, whatever a schema document says of them (RFC 7643 section 3.1).
        self.attributes: dict[str, Attribute] = {**self.schema.attributes, **COMMON_ATTRIBUTES}
        self.by_spelling = {**self.attributes, **{found.name: found for found in self.attributes.values()}}
        self.extension_of: dict[str, Schema] = {extension.id.lower(): extension for extension, _ in self.extensions}
        self.required = tuple(
            attribute.name
            for attribute in self.schema.attributes.values()
            if attribute.required and attribute.mutability != "readOnly"
        )
        self.required_extensions = tuple(extension for extension, required in self.extensions if required)
        self._document = document
        self._found: dict[str, Found | None] = {}

        every = [(None, attribute) for attribute in self.attributes.values()] + [
            (extension.id, attribute) for extension, _ in self.extensions for attribute in extension.attributes.values()
        ]
        self.unique = tuple(
            f"{urn}:{attribute.name}" if urn else attribute.name
            for urn, attribute in every
            if attribute.uniqueness != "none" and attribute.mutability != "readOnly"
        )
        self.relations = tuple(
            attribute
            for urn, attribute in every
            if urn is None and attribute.multi_valued and attribute.mutability == "readWrite" and _points(attribute)
        )
        self.inverse = tuple(
            attribute
            for urn, attribute in every
            if urn is None and attribute.multi_valued and attribute.mutability == "readOnly" and _points(attribute)
        )
        self.references = tuple(
            (urn, attribute)
            for urn, attribute in every
            if not attribute.multi_valued and attribute.mutability == "readWrite" and _points(attribute)
        )
        self.index_keys: dict[str, Callable[[dict[str, Any]], tuple[Hashable, ...]]] = {
            name: self._keys_of(name) for name in dict.fromkeys([*self.unique, *document.get("indexes", ())])
        }

    def find(self, text: str) -> Found | None:
        """An attribute by any spelling: `userName`, `USERNAME`, `name.givenName`, `<URN>:attribute.sub`, a bare URN is None."""
        if text not in self._found:
            if len(self._found) > 10_000:  # hostile names must not grow the process
                self._found.clear()
            self._found[text] = self._look_up(text)
        return self._found[text]

    def extension(self, text: str) -> Schema | None:
        """The extension whose URN this is, in any case."""
        return self.extension_of.get(text.lower())

    def to_json(self) -> dict[str, Any]:
        """The resource type as /ResourceTypes shows it, without `meta`."""
        shown = {name: value for name, value in self._document.items() if name != "indexes"}
        return {"schemas": [RESOURCE_TYPE_URN], **shown}

    def _look_up(self, text: str) -> Found | None:
        urn, home, rest = None, self.attributes, text
        lowered = text.lower()
        if lowered.startswith("urn:"):
            for schema in (self.schema, *(extension for extension, _ in self.extensions)):
                if lowered.startswith(schema.id.lower() + ":"):
                    rest = text[len(schema.id) + 1 :]
                    if schema is not self.schema:
                        urn, home = schema.id, schema.attributes
                    break
            else:
                return None
        name, dot, sub_name = rest.partition(".")
        attribute = home.get(name.lower())
        if attribute is None or (dot and not sub_name):
            return None
        if not sub_name:
            return Found(urn, attribute, None)
        sub = attribute.sub(sub_name)
        return Found(urn, attribute, sub) if sub else None

    def _keys_of(self, text: str) -> Callable[[dict[str, Any]], tuple[Hashable, ...]]:
        found = self.find(text)
        if found is None:
            raise InvalidSchema(f"resource type {self.name}: index {text} names no attribute")
        urn, attribute, sub = found
        name, leaf = attribute.name, sub or attribute
        convert = exact if leaf.case_exact else folded
        if urn is None and sub is None and not attribute.multi_valued and leaf.type == "string":
            # userName, externalId, displayName: asked for on every write
            return lambda resource: (convert(value),) if (value := resource.get(name)) is not None else ()

        def keys(resource: dict[str, Any]) -> tuple[Hashable, ...]:
            home = resource.get(urn) if urn else resource
            value = home.get(name) if home else None
            if value is None:
                return ()
            if sub is None:
                values = value if attribute.multi_valued else (value,)
            else:
                elements = value if attribute.multi_valued else (value,)
                values = [element[sub.name] for element in elements if sub.name in element]
            return tuple([convert(item) if isinstance(item, str) else item for item in values])

        return keys


def _points(attribute: Attribute) -> bool:
    """Whether a complex attribute refers to resources: it has a value and a `$ref` to resource types."""
    ref = attribute.sub_attributes.get("$ref")
    targets = [name for name in ref.reference_types if name not in ("external", "uri")] if ref else []
    return bool(targets) and "value" in attribute.sub_attributes


class ResourceTypes:
    """The resource types of a server, by name and by endpoint."""

    def __init__(self, types: list[ResourceType], discovery_schemas: tuple[Schema, ...] = ()) -> None:
        self.by_name = {rtype.name: rtype for rtype in types}
        self.by_endpoint = {rtype.endpoint: rtype for rtype in types}
        self.discovery_schemas = discovery_schemas

    def __iter__(self) -> Iterator[ResourceType]:
        return iter(self.by_name.values())


def resource_types(custom: Iterable[tuple[str, Any]] = (), *, secrets: bool = True) -> ResourceTypes:
    """Users with the enterprise extension, groups (RFC 7643 section 4), and what `custom` documents add or replace.

    `custom` holds (where it is from, document): schemas and resource types as /Schemas and /ResourceTypes show them, one,
    a list or a ListResponse of them. A resource type of a known name replaces that one, so that an extension can be added
    to User. Without `secrets` no schema has what is written and never shown (a password): this server keeps none of it.
    Raises InvalidSchema, naming the place.
    """
    schemas = {schema.id: schema for schema in map(_read, BUILT_IN_SCHEMAS)}
    types: dict[str, tuple[str, Any]] = {document["name"]: ("", document) for document in _json("resource_types")}
    for where, document in custom:
        for item in _items(document):
            try:
                kind = _kind(item)
                if kind == "schema":
                    schema = compile_schema(item)
                    schemas[schema.id] = schema
                else:
                    types[item["name"]] = (f"{where}: ", item)
            except InvalidSchema as error:
                raise InvalidSchema(f"{where}: {error}") from None
    if not secrets:
        schemas = {urn: compile_schema(_without_secrets(schema.document)) for urn, schema in schemas.items()}
    made: list[ResourceType] = []
    for where, document in types.values():
        try:
            made.append(ResourceType(document, schemas))
            _check_endpoint(made)
        except InvalidSchema as error:
            raise InvalidSchema(f"{where}{error}") from None
    for rtype in made:
        _check_targets(rtype, made)
    return ResourceTypes(made, tuple(map(_read, DISCOVERY_SCHEMAS)))


def _without_secrets(document: dict[str, Any]) -> dict[str, Any]:
    def shown(held: dict[str, Any]) -> bool:
        return (held.get("mutability"), held.get("returned")) != ("writeOnly", "never")

    return {**document, "attributes": [held for held in document["attributes"] if shown(held)]}


def _items(document: Any) -> list[Any]:
    if isinstance(document, dict) and isinstance(document.get("Resources"), list):
        return list(document["Resources"])
    return document if isinstance(document, list) else [document]


def _kind(item: Any) -> str:
    if isinstance(item, dict):
        if isinstance(item.get("attributes"), list) and isinstance(item.get("id"), str):
            return "schema"
        if all(isinstance(item.get(name), str) for name in ("name", "endpoint", "schema")):
            return "type"
    raise InvalidSchema("expected a schema (id, attributes) or a resource type (name, endpoint, schema)")


def _check_endpoint(made: list[ResourceType]) -> None:
    *others, newest = made
    name = newest.endpoint[1:]
    if name in RESERVED or not name.replace("-", "").replace("_", "").isalnum():
        raise InvalidSchema(f"resource type {newest.name}: endpoint: expected one path segment that is not reserved")
    for other in others:
        if other.endpoint.lower() == newest.endpoint.lower():
            raise InvalidSchema(f"resource type {newest.name}: endpoint {newest.endpoint} belongs to {other.name}")


def _check_targets(rtype: ResourceType, made: list[ResourceType]) -> None:
    known = {other.name for other in made}
    for attribute in (*rtype.relations, *rtype.inverse, *(attribute for _, attribute in rtype.references)):
        unknown = set(attribute.sub_attributes["$ref"].reference_types) - known - {"external", "uri"}
        if unknown:
            raise InvalidSchema(f"resource type {rtype.name}: {attribute.name} refers to {', '.join(sorted(unknown))}")


def _read(name: str) -> Schema:
    return compile_schema(_json(name))


def _json(name: str) -> Any:
    return json.loads((files(__package__) / "schemas" / f"{name}.json").read_text("utf-8"))
