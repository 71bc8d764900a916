"""PATCH paths: `attr`, `attr.sub`, `attr[filter]`, `attr[filter].sub`, optionally with a URN (RFC 7644 section 3.5.2)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from reference_server.scim.errors import InvalidFilter, InvalidPath
from reference_server.scim.filter import parse_value_filter
from reference_server.scim.limits import PATH_CHARACTERS
from reference_server.scim.resource_type import ResourceType
from reference_server.scim.schema import Attribute


class Path(NamedTuple):
    """The target of an operation. If `attribute` is None, the target is the complete extension `urn`.

    `terms` is the number of comparisons of the value filter, 0 without one. `value` is the one that `[value eq "…"]` asks
    for, None for any other filter. `selects` is the compiled filter; the elements of a relation are found by `value` without
    it. `template` contains the equalities of the filter (`type eq "work"` → {"type": "work"}), from which a missing element
    can be created, or None for other filters.
    """

    urn: str | None
    attribute: Attribute | None
    sub: Attribute | None = None
    selects: Callable[[dict[str, Any]], bool] | None = None
    terms: int = 0
    template: dict[str, str] | None = None
    value: str | None = None
    text: str = ""


def parse_path(text: str, rtype: ResourceType) -> Path:
    """Parse a path for resources of one type; raises InvalidPath, or InvalidFilter for the part in brackets."""
    return (_one_element(text, rtype) if text[-2:] == '"]' else None) or _parsed(text, rtype)


def _one_element(text: str, rtype: ResourceType) -> Path | None:
    """Parse `members[value eq "id"]`, whose id differs in each request; None for other paths with a filter."""
    name, bracket, rest = text.partition('[value eq "')
    if not bracket or len(text) > PATH_CHARACTERS.most:
        return None
    asked, attribute = rest[:-2], rtype.by_spelling.get(name)
    if attribute not in rtype.relations or not asked.isascii() or not asked.replace("-", "").isalnum():
        return None
    value = attribute.sub_attributes["value"]
    if value.plain is not str or value.returned == "never":
        return None
    return Path(None, attribute, terms=1, value=asked, text=text)


@lru_cache(maxsize=2_048)
def _parsed(text: str, rtype: ResourceType) -> Path:
    if len(text) > PATH_CHARACTERS.most:
        raise InvalidPath(f"the path has {len(text)} characters; the maximum is {PATH_CHARACTERS.most}")
    head, bracket, rest = text.partition("[")
    if not bracket:
        return _plain(text, rtype)
    found = rtype.find(head)
    if found is None or found.sub is not None:
        raise InvalidPath(f'"{head}" is not an attribute of this resource type')
    if not found.attribute.multi_valued:
        raise InvalidPath(f"{head} is single-valued and cannot be followed by a filter")
    condition, closing, tail = rest.rpartition("]")
    if not closing:
        raise InvalidPath(f'{text}: expected "]"')
    sub = None
    if tail:
        sub = found.attribute.sub(tail[1:]) if tail.startswith(".") else None
        if sub is None:
            raise InvalidPath(f'{text}: "{tail}" is not a sub-attribute of {found.attribute.name}')
    try:
        selects, terms = parse_value_filter(condition, found.attribute)
    except InvalidFilter as error:
        raise InvalidFilter(f"{head}[…]: {error}") from None
    template = _template(condition, found.attribute)
    value = template["value"] if template is not None and template.keys() == {"value"} else None
    return Path(found.urn, found.attribute, sub, selects, terms, template, value, text)


def _plain(text: str, rtype: ResourceType) -> Path:
    extension = rtype.extension(text)
    if extension is not None:
        return Path(extension.id, None, text=text)
    found = rtype.find(text)
    if found is None:
        raise InvalidPath(f'"{text}" is not an attribute of this resource type')
    return Path(found.urn, found.attribute, found.sub, text=text)


def _template(condition: str, attribute: Attribute) -> dict[str, str] | None:
    """The element that a filter consisting of equalities describes, with declared names; None for any other filter."""
    template: dict[str, str] = {}
    rest = condition.strip()
    while rest:
        name, _, rest = rest.partition(" ")
        operator, _, rest = rest.lstrip().partition(" ")
        sub = attribute.sub(name)
        rest = rest.lstrip()
        if sub is None or operator.lower() != "eq":
            return None
        if rest.startswith('"'):
            value, closing, rest = rest[1:].partition('"')
            if not closing or "\\" in value:
                return None
        else:
            value, _, rest = rest.partition(" ")
        template[sub.name] = value
        rest = rest.strip()
        if not rest:
            return template
        word, _, rest = rest.partition(" ")
        if word.lower() != "and":
            return None
        rest = rest.lstrip()
    return template or None
