"""A written resource (POST, PUT): types, required, mutability, primary, `schemas` upkeep (RFC 7643 2, 7644 3.3, 3.5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reference_server.scim.errors import InvalidSyntax, InvalidValue, Mutability
from reference_server.scim.resource_type import Found, ResourceType
from reference_server.scim.schema import Attribute, Schema
from reference_server.scim.tolerance import KEPT_BY_PUT, Rules
from reference_server.scim.values import is_unassigned, names_nobody, read_value
from reference_server.turns import count


def read_resource(
    body: Any, rtype: ResourceType, rules: Rules, *, current: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The resource that a POST (`current` None) or a PUT (`current` the stored one) leaves, without id and meta.

    Declared names only; readOnly values, nulls and empty lists are gone; a writeOnly value that is never returned is
    checked and dropped. Raises InvalidSyntax, InvalidValue or Mutability; nothing is changed then.
    """
    if not isinstance(body, dict):
        raise InvalidSyntax("expected a JSON object")
    check_schemas(body, rtype, rules)
    resource: dict[str, Any] = {"schemas": [], **({"id": current["id"]} if current else {})}
    attributes = rtype.by_spelling
    count(len(body))
    for name, value in body.items():
        attribute = attributes.get(name) or attributes.get(name.lower())
        if attribute is not None and type(value) is attribute.plain and value != "" and attribute.name not in resource:
            resource[attribute.name] = value  # as it should be: nothing to read
            continue
        extension = rtype.extension(name) if attribute is None else None
        if extension is not None:
            _read_extension(resource, extension, name, value, rules)
        elif attribute is None:
            count(5)
            _assign(resource, find_written(rtype, name, rules), name, value, rules)
        elif attribute.key not in ("schemas", "id", "meta"):
            _assign(resource, Found(None, attribute, None), name, value, rules)
    if current is not None:
        _keep(resource, current, rtype)
    check_required(resource, rtype)
    resource["schemas"] = schemas_in_use(resource, rtype)
    return resource


def _read_extension(resource: dict[str, Any], extension: Schema, name: str, value: Any, rules: Rules) -> None:
    """The object that a body has under an extension's URN (`name`, as written)."""
    if value is None:
        return
    if not isinstance(value, dict):
        raise InvalidValue(f"{name}: expected an object")
    for inner, item in value.items():
        count()
        attribute = extension.attributes.get(inner.lower())
        if attribute is not None and type(item) is attribute.plain and item != "":
            home = resource.setdefault(extension.id, {})
            if attribute.name not in home:
                home[attribute.name] = item
                continue
        _assign(resource, Found(extension.id, attribute, None) if attribute else None, inner, item, rules)


def check_schemas(body: Mapping[str, Any], rtype: ResourceType, rules: Rules) -> None:
    """Refuse a `schemas` that is no list of texts or lacks the resource's main schema (RFC 7643 section 3)."""
    declared = body.get("schemas")
    if declared is None:
        declared = next((value for name, value in body.items() if name.lower() == "schemas"), None)
    if declared is None:
        if not rules.allows("schemas-missing"):
            raise InvalidSyntax(f'schemas: expected a list with "{rtype.schema.id}"')
        return
    try:
        written = [urn.lower() for urn in declared]
    except (TypeError, AttributeError):
        raise InvalidSyntax("schemas: expected a list of URNs") from None
    if rtype.schema.id.lower() not in written or not isinstance(declared, list):
        raise InvalidSyntax(f'schemas: expected a list with "{rtype.schema.id}" in it')
    if not rules.allows("unknown-schemas"):
        known = {urn.lower() for urn in rtype.schemas}
        for urn in declared:
            if urn.lower() not in known:
                raise InvalidSyntax(f'schemas: "{urn}" is no schema of {rtype.name}')


def check_message(declared: Any, urn: str) -> None:
    """Refuse the `schemas` of a message (PATCH, search, bulk) that is not a list with the URN of the message."""
    if not isinstance(declared, list) or urn not in declared:
        raise InvalidSyntax(f'schemas: expected ["{urn}"]')


def find_written(rtype: ResourceType, name: str, rules: Rules) -> Found | None:
    """An attribute by the name a client wrote; tolerated: an extension's attribute without its URN. Unknown: None or 400."""
    found = rtype.find(name)
    if found is None and rules.allows("extension-without-urn"):
        for extension, _ in rtype.extensions:
            found = rtype.find(f"{extension.id}:{name}")
            if found:
                break
    if found is None and not rules.allows("unknown-attributes"):
        raise InvalidSyntax(f'"{name[:100]}" is no attribute of {rtype.name}')
    return found


def check_required(resource: Mapping[str, Any], rtype: ResourceType) -> None:
    """Reject a resource that lacks a required attribute or a required extension; raises InvalidValue."""
    for name in missing(resource, rtype):
        raise InvalidValue(f"{name} is required")


def check_nothing_removed(resource: Mapping[str, Any], before: Mapping[str, Any], rtype: ResourceType) -> None:
    """Reject a PATCH that takes away what is required (RFC 7644 3.5.2.2); raises Mutability.

    What the stored resource lacked already is not the PATCH's fault: a schema can require more than it did when the
    resource was stored, and a leaver must be deactivated all the same.
    """
    lacking = missing(resource, rtype)
    if lacking:
        lacked = missing(before, rtype)
        for name in lacking:
            if name not in lacked:
                raise Mutability(f"{name} is required")


def missing(resource: Mapping[str, Any], rtype: ResourceType) -> list[str]:
    """The names of required attributes and extensions that the resource lacks."""
    names = [name for name in rtype.required if resource.get(name, "") == ""]  # nor empty (RFC 7643 4.1.1)
    names += [
        f"the extension {extension.id}" for extension in rtype.required_extensions if extension.id not in resource
    ]
    for extension, _ in rtype.extensions:
        held = resource.get(extension.id) or {}
        for attribute in extension.attributes.values() if held else ():
            if attribute.required and attribute.mutability != "readOnly" and attribute.name not in held:
                names.append(f"{extension.id}:{attribute.name}")
    for urn, attribute in rtype.partly_required:
        home = resource if urn is None else resource.get(urn) or {}
        names += _missing_parts(attribute, home.get(attribute.name), f"{urn}:" if urn else "")
    return names


def _missing_parts(attribute: Attribute, value: Any, prefix: str) -> list[str]:
    """The names of required sub-attributes that a complex value, or any element of a list, lacks."""
    listed = value if isinstance(value, list) else [value]
    count(len(listed))
    held = [one for one in listed if isinstance(one, dict)]
    lacking = [name for name in attribute.required_subs if any(name not in one for one in held)]
    return [f"{prefix}{attribute.name}.{name}" for name in lacking]


def schemas_in_use(resource: Mapping[str, Any], rtype: ResourceType) -> list[str]:
    """The main schema and the extensions that have data (RFC 7644 section 3.3)."""
    return [rtype.schema.id, *(urn for urn in rtype.schemas[1:] if urn in resource)]


def is_kept(attribute: Attribute) -> bool:
    """Whether a written value is stored at all: not what is written once and never shown (a password).

    Strict mode has no such attribute in its schemas; a provider must not believe that it set one.
    """
    return not (attribute.mutability == "writeOnly" and attribute.returned == "never")


def _assign(resource: dict[str, Any], found: Found | None, name: str, value: Any, rules: Rules) -> None:
    if found is None:
        if not rules.allows("unknown-attributes"):
            raise InvalidSyntax(f'"{name[:100]}" is no attribute of this resource type')
        return
    urn, attribute, sub = found
    if attribute.mutability == "readOnly" or is_unassigned(value, rules):
        return
    if sub is None and names_nobody(attribute, value, rules):
        return
    if sub is not None:
        raise InvalidSyntax(f'"{name[:100]}": expected an object {attribute.name}, not a dotted name')
    read = read_value(attribute, value, attribute.name, rules)
    if not is_kept(attribute) or read in ([], {}):
        return
    home = resource if urn is None else resource.setdefault(urn, {})
    if attribute.name in home:
        raise InvalidSyntax(f"{attribute.name} is given twice")
    home[attribute.name] = read


def _keep(resource: dict[str, Any], current: Mapping[str, Any], rtype: ResourceType) -> None:
    """What a PUT may not change or, left out, does not clear: immutable values, and those that must not come back alone."""
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
    """The immutable sub-attributes of a complex value stay as they are stored."""
    written = home.get(attribute.name) or {}
    kept = {name: stored[name] for name in attribute.immutable_subs if name in stored}
    for name, value in kept.items():
        if written.get(name, value) != value:
            raise Mutability(f"{attribute.name}.{name} is immutable")
    if kept:
        home[attribute.name] = {**written, **kept}
