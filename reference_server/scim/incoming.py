"""Validates the resource in a POST or PUT (RFC 7643 section 2, RFC 7644 sections 3.3 and 3.5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reference_server.scim.errors import InvalidSyntax, InvalidValue, Mutability
from reference_server.scim.resource_type import Found, ResourceType
from reference_server.scim.schema import Attribute, Schema
from reference_server.scim.tolerance import KEPT_BY_PUT, Rules
from reference_server.scim.values import is_unassigned, names_nobody, needs_no_reading, read_value
from reference_server.turns import count

MAINTAINED = frozenset(["schemas", "id", "meta"])  # the server determines these values


def read_resource(
    body: Any, rtype: ResourceType, rules: Rules, *, current: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The resource after a POST (`current` is None) or a PUT (`current` is the stored resource), without id and meta.

    The result contains only declared names and no readOnly values, nulls, or empty lists. A writeOnly value that is never
    returned is validated and dropped. Raises InvalidSyntax, InvalidValue, or Mutability.
    """
    if not isinstance(body, dict):
        raise InvalidSyntax("the body must be a JSON object")
    check_schemas(body, rtype, rules)
    resource: dict[str, Any] = {"schemas": []}
    if current:
        resource["id"] = current["id"]
    attributes, plain = rtype.by_spelling, rtype.plain
    count(len(body))
    for name, value in body.items():
        if type(value) is plain.get(name) and value != "" and name not in resource:
            resource[name] = value  # in its final form, as most values are
            continue
        attribute = attributes.get(name)
        if attribute is None:
            _read_other(resource, rtype, name, value, rules)
        elif attribute.name not in resource and needs_no_reading(attribute, value):
            resource[attribute.name] = value
        elif attribute.key not in MAINTAINED:
            _assign(resource, None, attribute, value, rules)
    if current is not None:
        _keep(resource, current, rtype)
    check_required(resource, rtype)
    resource["schemas"] = schemas_in_use(resource, rtype)
    return resource


def _read_other(resource: dict[str, Any], rtype: ResourceType, name: str, value: Any, rules: Rules) -> None:
    """An extension, an attribute in an unusual spelling, or an unknown name."""
    extension = rtype.extension(name)
    if extension is not None:
        _read_extension(resource, extension, name, value, rules)
        return
    attribute = rtype.attributes.get(name.lower())
    if attribute is None:
        count(5)
        _assign_found(resource, find_written(rtype, name, rules), name, value, rules)
    elif attribute.key not in MAINTAINED:
        _assign(resource, None, attribute, value, rules)


def _read_extension(resource: dict[str, Any], extension: Schema, name: str, value: Any, rules: Rules) -> None:
    """The object of an extension in the body; `name` is its key as the client wrote it."""
    if value is None:
        return
    if not isinstance(value, dict):
        raise InvalidValue(f"{name}: expected an object")
    count(len(value))
    plain, home = extension.plain, resource.get(extension.id)
    for inner, item in value.items():
        if type(item) is plain.get(inner) and item != "":
            if home is None:
                home = resource.setdefault(extension.id, {})
            if inner not in home:
                home[inner] = item
                continue
        attribute = extension.attributes.get(inner.lower())
        if attribute is None:
            _assign_found(resource, None, inner, item, rules)
        else:
            _assign(resource, extension.id, attribute, item, rules)


def check_schemas(body: Mapping[str, Any], rtype: ResourceType, rules: Rules) -> None:
    """Reject a `schemas` that is not a list of strings or lacks the main schema of the resource (RFC 7643 section 3)."""
    declared = body.get("schemas")
    if declared in rtype.usual_schemas:
        return
    if declared is None:
        declared = next((value for name, value in body.items() if name.lower() == "schemas"), None)
    if declared is None:
        if not rules.allows("schemas-missing"):
            raise InvalidSyntax(f'schemas: expected a list that contains "{rtype.schema.id}"')
        return
    try:
        written = [urn.lower() for urn in declared]
    except (TypeError, AttributeError):
        raise InvalidSyntax("schemas: expected a list of URNs") from None
    if rtype.schema.id.lower() not in written or not isinstance(declared, list):
        raise InvalidSyntax(f'schemas: expected a list that contains "{rtype.schema.id}"')
    if not rules.allows("unknown-schemas"):
        known = {urn.lower() for urn in rtype.schemas}
        for urn in declared:
            if urn.lower() not in known:
                raise InvalidSyntax(f'schemas: "{urn}" is not a schema of {rtype.name}')


def check_message(declared: Any, urn: str) -> None:
    """Reject the `schemas` of a message (PATCH, search, bulk) unless it is a list with the URN of the message."""
    if not isinstance(declared, list) or urn not in declared:
        raise InvalidSyntax(f'schemas: expected ["{urn}"]')


def find_written(rtype: ResourceType, name: str, rules: Rules) -> Found | None:
    """The attribute with this name. In tolerant mode, the URN of an extension is optional, and unknown names give None."""
    found = rtype.find(name)
    if found is None and rules.allows("extension-without-urn"):
        for extension, _ in rtype.extensions:
            found = rtype.find(f"{extension.id}:{name}")
            if found:
                break
    if found is None and not rules.allows("unknown-attributes"):
        raise InvalidSyntax(f'"{name[:100]}" is not an attribute of {rtype.name}')
    return found


def check_required(resource: Mapping[str, Any], rtype: ResourceType) -> None:
    """Raise InvalidValue if a resource lacks a required attribute or a required extension."""
    lacking = missing(resource, rtype)
    if lacking:
        raise InvalidValue(f"{lacking[0]} is required")


def check_nothing_removed(resource: Mapping[str, Any], before: Mapping[str, Any], rtype: ResourceType) -> None:
    """Raise Mutability if a PATCH removes a required attribute (RFC 7644 section 3.5.2.2).

    Attributes that the stored resource already lacked do not count. A schema can require more than it did when the resource
    was stored, and deactivating a leaver must still succeed.
    """
    lacking = missing(resource, rtype)
    if lacking:
        lacked = missing(before, rtype)
        for name in lacking:
            if name not in lacked:
                raise Mutability(f"{name} is required")


def missing(resource: Mapping[str, Any], rtype: ResourceType) -> list[str]:
    """The required attributes and extensions that the resource lacks."""
    names: list[str] = []
    for name in rtype.required:
        if resource.get(name, "") == "":  # it must not be empty either (RFC 7643 section 4.1.1)
            names.append(name)
    if rtype.required_extensions:
        lacking = [extension.id for extension in rtype.required_extensions if extension.id not in resource]
        names += [f"the extension {urn}" for urn in lacking]
    for extension in rtype.demanding_extensions:
        held = resource.get(extension.id)
        if held:
            names += [f"{extension.id}:{name}" for name in extension.required if name not in held]
    for urn, attribute in rtype.partly_required:
        home = resource if urn is None else resource.get(urn) or {}
        names += _missing_parts(attribute, home.get(attribute.name), f"{urn}:" if urn else "")
    return names


def _missing_parts(attribute: Attribute, value: Any, prefix: str) -> list[str]:
    """The required sub-attributes that a complex value, or any element of a list, lacks."""
    listed = value if isinstance(value, list) else [value]
    count(len(listed))
    held = [one for one in listed if isinstance(one, dict)]
    lacking = [name for name in attribute.required_subs if any(name not in one for one in held)]
    return [f"{prefix}{attribute.name}.{name}" for name in lacking]


def schemas_in_use(resource: Mapping[str, Any], rtype: ResourceType) -> list[str]:
    """The URNs of the main schema and of the extensions that have values (RFC 7644 section 3.3)."""
    return [rtype.schema.id, *filter(resource.__contains__, rtype.extension_urns)]


def _assign_found(resource: dict[str, Any], found: Found | None, name: str, value: Any, rules: Rules) -> None:
    """Assign a value under a name that had to be looked up; `found` is None if it is unknown."""
    if found is None:
        if not rules.allows("unknown-attributes"):
            raise InvalidSyntax(f'"{name[:100]}" is not an attribute of this resource type')
        return
    if found.sub is None:
        _assign(resource, found.urn, found.attribute, value, rules)
    elif found.attribute.mutability != "readOnly" and not is_unassigned(value, rules):
        message = f'"{name[:100]}": dotted names are not allowed; send an object {found.attribute.name}'
        raise InvalidSyntax(message)


def _assign(resource: dict[str, Any], urn: str | None, attribute: Attribute, value: Any, rules: Rules) -> None:
    if attribute.mutability == "readOnly" or is_unassigned(value, rules) or names_nobody(attribute, value, rules):
        return
    read = read_value(attribute, value, attribute.name, rules)
    if not attribute.is_kept or read in ([], {}):
        return
    home = resource if urn is None else resource.setdefault(urn, {})
    if attribute.name in home:
        raise InvalidSyntax(f"{attribute.name} is given more than once")
    home[attribute.name] = read


def _keep(resource: dict[str, Any], current: Mapping[str, Any], rtype: ResourceType) -> None:
    """Keep values that a PUT must not change (immutable) or does not clear if it omits them (such as `active`)."""
    for urn, attributes in [(None, rtype.attributes)] + [(e.id, e.attributes) for e, _ in rtype.extensions]:
        stored = current if urn is None else current.get(urn, {})
        written = resource if urn is None else resource.get(urn, {})
        for attribute in attributes.values():
            name = attribute.name
            if name not in stored:
                continue
            if attribute.mutability == "immutable":
                if name in written and written[name] != stored[name]:
                    raise Mutability(f"{name} is immutable")
                (resource if urn is None else resource.setdefault(urn, {}))[name] = stored[name]
            elif attribute.immutable_subs:
                _keep_parts(resource if urn is None else resource.setdefault(urn, {}), stored[name], attribute)
            elif urn is None and name in KEPT_BY_PUT and name not in written:
                resource[name] = stored[name]


def _keep_parts(home: dict[str, Any], stored: Mapping[str, Any], attribute: Attribute) -> None:
    """Keep the stored values of the immutable sub-attributes of a complex value."""
    written = home.get(attribute.name) or {}
    kept = {name: stored[name] for name in attribute.immutable_subs if name in stored}
    for name, value in kept.items():
        if written.get(name, value) != value:
            raise Mutability(f"{attribute.name}.{name} is immutable")
    if kept:
        home[attribute.name] = {**written, **kept}
