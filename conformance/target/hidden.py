"""Resources without the attributes that a plain GET does not show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.target.discovery import Target
from conformance.target.fields import Fields

HIDDEN = ("never", "request")


def without_hidden(target: Target, resource: Mapping[str, Any]) -> dict[str, Any]:
    """The resource without every attribute and sub-attribute that its schema declares `never` or `request`.

    A complex value that has no other sub-attributes is left out, too.
    """
    kept = dict(resource)
    for rtype in target.resource_types:
        if rtype.get("schema") not in (resource.get("schemas") or ()):
            continue
        for attribute in target.attributes(str(rtype.get("name"))):
            if attribute.definition.get("returned") not in HIDDEN:
                continue
            home = kept if attribute.is_core else kept.get(attribute.schema)
            if isinstance(home, dict):
                outer = str(attribute.parent["name"]) if attribute.parent else None
                home = _without(home, outer, attribute.name)
                kept = home if attribute.is_core else {**kept, attribute.schema: home}
    return Fields((name, value) for name, value in kept.items() if value not in ({}, []))


def _without(home: dict[str, Any], outer: str | None, name: str) -> dict[str, Any]:
    if outer is None:
        return {key: value for key, value in home.items() if key != name}
    held = home.get(outer)
    if isinstance(held, dict):
        held = _without(held, None, name)
    elif isinstance(held, list):
        held = [_without(one, None, name) if isinstance(one, dict) else one for one in held]
        held = [one for one in held if one != {}]
    else:
        return home
    return {**home, outer: held} if held else _without(home, None, outer)
