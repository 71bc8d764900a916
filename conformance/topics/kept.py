"""Find values that a change affected although the request did not name them and the server does not derive them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conformance.check_api.session import Session
from conformance.model.likeness import COMPUTED
from conformance.target.discovery import GROUP_URN

Json = dict[str, Any]


def read_only(scim: Session, resource: Mapping[str, Any]) -> set[str]:
    """The attributes of this resource that only the server sets."""
    meta = resource.get("meta")
    named = meta.get("resourceType") if isinstance(meta, dict) else None
    type_name = str(named or ("Group" if GROUP_URN in (resource.get("schemas") or ()) else "User"))
    known = scim.target.attributes(type_name) if type_name in scim.target.type_names() else []
    own = {one.path for one in known if one.parent is None and one.mutability == "readOnly"}
    return {"id", "meta", "groups", *own}


def also_changed(scim: Session, before: Mapping[str, Any], after: Mapping[str, Any], *named: str) -> list[str]:
    """The attributes that differ although the request did not name them.

    A server may derive values (RFC 7644 3.3 lets it set what a client does not): `name.formatted`, the groups of a user,
    readOnly attributes, and any value that repeats a changed one, such as a displayName that is the formatted name.
    """
    own = {*read_only(scim, before), *named}
    moved = list(_moved([before.get(name) for name in named], [after.get(name) for name in named]))
    first, second = (_without(resource, own) for resource in (before, after))
    return [
        name
        for name in sorted({*first, *second})
        if first.get(name) != second.get(name) and _replaced(first.get(name), moved) != second.get(name)
    ]


def _without(resource: Mapping[str, Any], names: Iterable[str]) -> Json:
    """The resource without these attributes and without values that servers compute from other sub-attributes."""
    kept = {}
    for name, value in resource.items():
        if name in names:
            continue
        inner = [path[len(name) + 1 :] for path in names if path.startswith(f"{name}:")]
        kept[name] = _settled({part: one for part, one in value.items() if part not in inner} if inner else value)
    return kept


def _settled(value: Any) -> Any:
    if isinstance(value, list):
        return [_settled(one) for one in value]
    if isinstance(value, dict):
        return {name: _settled(one) for name, one in value.items() if name not in COMPUTED} or None
    return value


def _moved(before: Any, after: Any) -> Iterator[tuple[str, str]]:
    """(old, new) of each string that changed, at any depth."""
    if isinstance(before, str) and isinstance(after, str):
        yield from [(before, after)] if before and before != after else []
    elif isinstance(before, dict) and isinstance(after, dict):
        for name in before.keys() & after.keys():
            yield from _moved(before[name], after[name])
    elif isinstance(before, list) and isinstance(after, list):
        for old, new in zip(before, after, strict=False):
            yield from _moved(old, new)


def _replaced(value: Any, moved: Iterable[tuple[str, str]]) -> Any:
    """The value, in which each old string is replaced by the new one."""
    if isinstance(value, str):
        for old, new in moved:
            value = value.replace(old, new)
        return value
    if isinstance(value, list):
        return [_replaced(one, moved) for one in value]
    if isinstance(value, dict):
        return {name: _replaced(one, moved) for name, one in value.items()}
    return value
