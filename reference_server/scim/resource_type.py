"""Resource types: the endpoint and the schemas of a kind of resource, and values derived from them (RFC 7643 section 6)."""

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
CONTAINERS = (dict, list)
RESOURCE_TYPE_URN = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"

At = tuple[str | None, Attribute]  # an attribute and the URN of its extension, None for the main schema
IndexKeys = Callable[[dict[str, Any]], tuple[Hashable, ...]]  # a resource → the keys that an index lists it under


class Found(NamedTuple):
    """A resolved attribute name: the URN of the extension (None: main schema), the attribute, and the sub-attribute."""

    urn: str | None
    attribute: Attribute
    sub: Attribute | None


class ResourceType:
    """One resource type, with values that are derived from its schemas once."""

    def __init__(self, document: dict[str, Any], schemas: Mapping[str, Schema]) -> None:
        try:
            self.name: str = document["name"]
            self.endpoint: str = "/" + document["endpoint"].strip("/")
            self.schema = schemas[document["schema"]]
            self.extensions = _extensions(document, schemas)
        except KeyError as error:
            raise InvalidSchema(
                f"resource type {document.get('name', '?')}: {error.args[0]} is missing or unknown"
            ) from None
        self.extension_urns = tuple(extension.id for extension, _ in self.extensions)
        self.schemas = (self.schema.id, *self.extension_urns)
        self.usual_schemas = ([self.schema.id], list(self.schemas))  # what most clients send
        # The common attributes have fixed definitions, which a schema document cannot change (RFC 7643 section 3.1).
        self.attributes: dict[str, Attribute] = {**self.schema.attributes, **COMMON_ATTRIBUTES}
        self.by_spelling = {**self.attributes, **{found.name: found for found in self.attributes.values()}}
        extensions = [extension for extension, _ in self.extensions]
        self.extension_of: dict[str, Schema] = {
            **{extension.id.lower(): extension for extension in extensions},
            **{extension.id: extension for extension in extensions},
        }
        self.plain = {found.name: found.plain for found in self.attributes.values() if found.plain is not None}
        self.required = self.schema.required
        self.required_extensions = tuple(extension for extension, required in self.extensions if required)
        self.demanding_extensions = tuple(extension for extension, _ in self.extensions if extension.required)
        self._document = document
        self._found: dict[str, Found | None] = {}

        every = [
            *_at_home(None, self.attributes),
            *(at for e, _ in self.extensions for at in _at_home(e.id, e.attributes)),
        ]
        self.unique = _unique(every)
        self.partly_required = tuple(at for at in every if at[1].required_subs and at[1].mutability != "readOnly")
        self.relations = _pointing_lists(self.attributes, "readWrite")  # such as group members: stored as edges
        self.required_relations = tuple(attribute.name for attribute in self.relations if attribute.required)
        self.inverse = _pointing_lists(self.attributes, "readOnly")  # such as the groups of a user: computed from edges
        self.references = _single_references(every)  # such as the manager of a user
        self.index_keys: dict[str, IndexKeys] = {
            name: self._keys_of(name) for name in dict.fromkeys([*self.unique, *document.get("indexes", ())])
        }

    def find(self, text: str) -> Found | None:
        """Resolve `userName`, `USERNAME`, `name.givenName`, or `<URN>:attribute.sub`; None for a bare URN or an unknown name."""
        if text not in self._found:
            if len(self._found) > 10_000:  # limits the memory that arbitrary names of clients can occupy
                self._found.clear()
            self._found[text] = self._look_up(text)
        return self._found[text]

    def extension(self, text: str) -> Schema | None:
        """The extension with this URN, compared without case."""
        return self.extension_of.get(text) or self.extension_of.get(text.lower())

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

    def _keys_of(self, text: str) -> IndexKeys:
        found = self.find(text)
        if found is None:
            raise InvalidSchema(f"resource type {self.name}: indexes: {text} is not an attribute")
        urn, attribute, sub = found
        if urn is None and sub is None and not attribute.multi_valued and attribute.type == "string":
            return _keys_of_string(attribute)  # userName, externalId, displayName: looked up on every write
        return _keys_of_any(found)


def _extensions(document: dict[str, Any], schemas: Mapping[str, Schema]) -> tuple[tuple[Schema, bool], ...]:
    """(schema, whether it is required) of each extension; raises KeyError for an unknown schema."""
    return tuple(
        (schemas[extension["schema"]], bool(extension.get("required", False)))
        for extension in document.get("schemaExtensions", ())
    )


def _at_home(urn: str | None, attributes: Mapping[str, Attribute]) -> list[At]:
    return [(urn, attribute) for attribute in attributes.values()]


def _unique(every: Iterable[At]) -> tuple[str, ...]:
    """The names of attributes with unique values; those of an extension include its URN."""
    return tuple(
        f"{urn}:{attribute.name}" if urn else attribute.name
        for urn, attribute in every
        if attribute.uniqueness != "none" and attribute.mutability != "readOnly"
    )


def _pointing_lists(attributes: Mapping[str, Attribute], mutability: str) -> tuple[Attribute, ...]:
    """The multi-valued attributes of the main schema whose elements refer to resources."""
    return tuple(a for a in attributes.values() if a.multi_valued and a.mutability == mutability and _points(a))


def _single_references(every: Iterable[At]) -> tuple[At, ...]:
    """The attributes that refer to one resource."""
    return tuple((urn, a) for urn, a in every if not a.multi_valued and a.mutability == "readWrite" and _points(a))


def _keys_of_string(attribute: Attribute) -> IndexKeys:
    name, convert = attribute.name, exact if attribute.case_exact else folded
    return lambda resource: (convert(value),) if isinstance(value := resource.get(name), str) else ()


def _keys_of_any(found: Found) -> IndexKeys:
    """A value that was stored under another schema has no index keys."""
    urn, attribute, sub = found
    name, convert = attribute.name, exact if (sub or attribute).case_exact else folded
    part = sub.name if sub is not None else None

    def keys(resource: dict[str, Any]) -> tuple[Hashable, ...]:
        home = resource.get(urn) if urn else resource
        value = home.get(name) if home else None
        if value is None:
            return ()
        values = value if attribute.multi_valued and isinstance(value, list) else (value,)
        if part is not None:
            values = [element[part] for element in values if isinstance(element, dict) and part in element]
        return tuple([convert(v) if isinstance(v, str) else v for v in values if not isinstance(v, CONTAINERS)])

    return keys


def _points(attribute: Attribute) -> bool:
    """Whether a complex attribute refers to resources: it has a value and a `$ref` to resource types."""
    ref = attribute.sub_attributes.get("$ref")
    targets = [name for name in ref.reference_types if name not in ("external", "uri")] if ref else []
    return bool(targets) and "value" in attribute.sub_attributes


class ResourceTypes:
    """The resource types of a server, accessible by name and by endpoint."""

    def __init__(self, types: list[ResourceType], discovery_schemas: tuple[Schema, ...] = ()) -> None:
        self.by_name = {rtype.name: rtype for rtype in types}
        self.by_endpoint = {rtype.endpoint: rtype for rtype in types}
        self.discovery_schemas = discovery_schemas

    def __iter__(self) -> Iterator[ResourceType]:
        return iter(self.by_name.values())


def resource_types(custom: Iterable[tuple[str, Any]] = (), *, secrets: bool = True) -> ResourceTypes:
    """Users with the enterprise extension, groups (RFC 7643 section 4), and the types that `custom` adds or replaces.

    `custom` contains (source, document): schemas and resource types in the format of /Schemas and /ResourceTypes, as a single
    object, a list, or a ListResponse. A resource type with an existing name replaces it, for example to add an extension to
    User. Without `secrets`, the schemas contain no writeOnly attributes that are never returned (such as a password), because
    this server does not store them. Raises InvalidSchema with the source.
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
            raise InvalidSchema(
                f"resource type {newest.name}: endpoint {newest.endpoint} is already used by {other.name}"
            )


def _check_targets(rtype: ResourceType, made: list[ResourceType]) -> None:
    known = {other.name for other in made}
    for attribute in (*rtype.relations, *rtype.inverse, *(attribute for _, attribute in rtype.references)):
        unknown = set(attribute.sub_attributes["$ref"].reference_types) - known - {"external", "uri"}
        if unknown:
            raise InvalidSchema(
                f"resource type {rtype.name}: {attribute.name} refers to unknown resource types: {', '.join(sorted(unknown))}"
            )


def _read(name: str) -> Schema:
    return compile_schema(_json(name))


def _json(name: str) -> Any:
    return json.loads((files(__package__) / "schemas" / f"{name}.json").read_text("utf-8"))
