"""Selects the attributes of a response by attributes, excludedAttributes, and `returned` (RFC 7644 section 3.9)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from reference_server.scim.errors import InvalidValue
from reference_server.scim.limits import NAMES
from reference_server.scim.resource_type import ResourceType
from reference_server.scim.schema import Attribute

# The selected part of an attribute: all of it, or these sub-attributes (declared names).
Part = frozenset[str] | None


class Projection:
    """A compiled selection of attributes for one resource type."""

    __slots__ = ("_shown", "whole")

    def __init__(self, shown: dict[str | None, dict[str, Part]] | None, *, whole: bool = False) -> None:
        self._shown = shown  # URN of the extension or None → declared name → part; None: all attributes
        self.whole = whole or shown is None  # it excludes only attributes that stored resources never contain

    def wants(self, attribute: str) -> bool:
        """Whether a top-level attribute of the main schema is shown. If not, it does not have to be computed."""
        return self._shown is None or attribute in self._shown[None]

    def apply(self, resource: dict[str, Any]) -> dict[str, Any]:
        """The selected part of a resource; unchanged values are shared with it."""
        if self._shown is None:
            return resource
        chosen = _choose(resource, self._shown[None])
        for urn, names in self._shown.items():
            if urn is not None and urn in resource:
                inner = _choose(resource[urn], names)
                if inner:
                    chosen[urn] = inner
        return chosen


@lru_cache(maxsize=1_024)
def compile_projection(rtype: ResourceType, attributes: str | None, excluded: str | None) -> Projection:
    """The projection for the two comma-separated parameters; raises InvalidValue for too many names.

    Unknown names are ignored. If both parameters are present, which RFC 7644 section 3.9 does not allow, `attributes` wins.
    """
    if attributes is not None and attributes.strip():
        return Projection(_requested(rtype, _names(attributes)))
    if excluded is not None and excluded.strip():
        names = _names(excluded)
        computed = {attribute.key for attribute in (*rtype.relations, *rtype.inverse)}
        whole = computed.issuperset(name.lower() for name in names) and not _has_restricted(rtype)
        return Projection(_without(rtype, names), whole=whole)
    return Projection(_everything(rtype) if _has_restricted(rtype) else None)


def with_written(projection: Projection, rtype: ResourceType, body: Any) -> Projection:
    """The projection for the response to a write, with `returned: request` attributes that it set (RFC 7643 section 7)."""
    if projection._shown is None:
        return projection
    shown = {urn: dict(names) for urn, names in projection._shown.items()}
    for name in _names_written(body, rtype):
        found = rtype.find(name)
        if found is None:
            continue
        attribute, part = found.attribute, found.sub
        if "request" in (attribute.returned, part.returned if part else "") or (attribute.requested_subs and not part):
            shown[found.urn][found.attribute.name] = _requested_part(found.attribute)
    return Projection(shown)


def _names_written(body: Any, rtype: ResourceType) -> Iterator[str]:
    """The attributes that a resource or the operations of a PATCH name; unreadable names are skipped."""
    if not isinstance(body, dict):
        return
    operations = next((value for name, value in body.items() if name.lower() == "operations"), None)
    for operation in operations if isinstance(operations, list) else ():
        path = operation.get("path") if isinstance(operation, dict) else None
        if isinstance(path, str):
            yield path.partition("[")[0]
        elif isinstance(operation, dict):
            yield from _names_written(operation.get("value"), rtype)
    for name, value in body.items():
        extension = rtype.extension(name)
        if extension is None:
            yield name
        elif isinstance(value, dict):
            yield from (f"{extension.id}:{inner}" for inner in value)


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if len(names) > NAMES.most:
        raise InvalidValue(f"attributes: {len(names)} names; the maximum is {NAMES.most}")
    return names


def _homes(rtype: ResourceType) -> list[tuple[str | None, dict[str, Attribute]]]:
    return [(None, rtype.attributes), *((extension.id, extension.attributes) for extension, _ in rtype.extensions)]


def _everything(rtype: ResourceType) -> dict[str | None, dict[str, Part]]:
    return {
        urn: {a.name: _default_part(a) for a in attributes.values() if a.returned in ("always", "default")}
        for urn, attributes in _homes(rtype)
    }


def _default_part(attribute: Attribute) -> Part:
    subs = attribute.sub_attributes.values()
    if all(sub.returned in ("always", "default") for sub in subs):
        return None
    return frozenset(sub.name for sub in subs if sub.returned in ("always", "default"))


def _has_restricted(rtype: ResourceType) -> bool:
    """Whether any stored attribute can be hidden by default. Attributes that are never stored do not count."""
    return any(
        attribute.returned == "request"
        or (attribute.returned == "never" and attribute.mutability != "writeOnly")
        or _default_part(attribute) is not None
        for _, attributes in _homes(rtype)
        for attribute in attributes.values()
    )


def _always(rtype: ResourceType) -> dict[str | None, dict[str, Part]]:
    return {
        urn: {attribute.name: None for attribute in attributes.values() if attribute.returned == "always"}
        for urn, attributes in _homes(rtype)
    }


def _requested(rtype: ResourceType, names: list[str]) -> dict[str | None, dict[str, Part]]:
    shown = _always(rtype)
    everything = _everything(rtype)
    for name in names:
        extension = rtype.extension(name)
        if extension is not None:
            shown[extension.id].update(everything[extension.id])
            continue
        if name.lower() == rtype.schema.id.lower():
            shown[None].update({n: p for n, p in everything[None].items() if n.lower() in rtype.schema.attributes})
            continue
        found = rtype.find(name)
        if found is None or found.attribute.returned == "never" or (found.sub and found.sub.returned == "never"):
            continue
        chosen = shown[found.urn]
        if found.sub is None:
            chosen[found.attribute.name] = _requested_part(found.attribute)
        elif chosen.get(found.attribute.name, frozenset()) is not None:
            always = {sub.name for sub in found.attribute.sub_attributes.values() if sub.returned == "always"}
            held = chosen.get(found.attribute.name) or frozenset()
            chosen[found.attribute.name] = held | always | {found.sub.name}
    return shown


def _requested_part(attribute: Attribute) -> Part:
    subs = attribute.sub_attributes.values()
    if all(sub.returned != "never" for sub in subs):
        return None
    return frozenset(sub.name for sub in subs if sub.returned != "never")


def _without(rtype: ResourceType, names: list[str]) -> dict[str | None, dict[str, Part]]:
    shown = _everything(rtype)
    for name in names:
        extension = rtype.extension(name)
        if extension is not None:
            shown[extension.id] = {a: p for a, p in shown[extension.id].items() if _is_always(extension.attributes, a)}
            continue
        found = rtype.find(name)
        if found is None or found.attribute.returned == "always":
            continue
        chosen = shown[found.urn]
        if found.sub is None:
            chosen.pop(found.attribute.name, None)
        elif found.sub.returned != "always" and found.attribute.name in chosen:
            held = chosen[found.attribute.name]
            every = frozenset(sub.name for sub in found.attribute.sub_attributes.values()) if held is None else held
            chosen[found.attribute.name] = every - {found.sub.name}
    return shown


def _is_always(attributes: dict[str, Attribute], name: str) -> bool:
    return attributes[name.lower()].returned == "always"


def _choose(home: dict[str, Any], names: dict[str, Part]) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    for name, value in home.items():
        if name in names:
            part = names[name]
            shown = value if part is None else _parts(value, part)
            if shown not in ({}, []):
                chosen[name] = shown
    return chosen


def _parts(value: Any, part: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [kept for kept in (_parts(item, part) for item in value) if kept]
    return {name: item for name, item in value.items() if name in part} if isinstance(value, dict) else {}
