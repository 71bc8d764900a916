"""Tests stored records against a filter. Parsing a record takes ten times as long as comparing it, so it is avoided."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import orjson

from reference_server.scim.filter import Filter
from reference_server.scim.resource_type import ResourceType
from reference_server.scim.text import ASCII, folded
from reference_server.shadow.scope import Scope
from reference_server.shadow.splice import USUAL_END
from reference_server.shadow.view import Views

Matches = Callable[[bytes], bool]

META = b'"meta":'
SHARP_S = "ß".encode()  # the most frequent letter that is equal to ASCII letters without case


def matches(views: Views, scope: Scope, rtype: ResourceType, base_url: str, condition: Filter | None) -> Matches:
    """Whether a filter selects a stored record."""
    if condition is None:
        return lambda stored: True
    if condition.attributes & views.computed_names[rtype.name]:
        return lambda stored: condition.matches(views.show(scope, rtype, orjson.loads(stored), base_url))
    if condition.attributes == {"meta"}:
        return _in_meta(condition)
    return _after_search(condition, condition.text.encode()) if condition.text else _parsed(condition)


def _parsed(condition: Filter) -> Matches:
    return lambda stored: condition.matches(orjson.loads(stored)["resource"])


def _after_search(condition: Filter, text: bytes) -> Matches:
    return lambda stored: may_contain(stored, text) and condition.matches(orjson.loads(stored)["resource"])


def may_contain(stored: bytes, text: bytes) -> bool:
    """Whether a string in this JSON can contain ASCII text in lower case, if case and width are ignored."""
    if stored.isascii():
        return stored.lower().rfind(text) >= 0  # searching forward takes five times as long
    return stored.replace(SHARP_S, b"ss").lower().rfind(text) >= 0 or _has_odd(stored)


def _has_odd(stored: bytes) -> bool:
    """Whether JSON has other characters than ß that can be equal to ASCII characters."""
    return any(map(_is_odd, stored.translate(None, ASCII).decode()))


@lru_cache(maxsize=4_096)
def _is_odd(character: str) -> bool:
    return character != "ß" and any(part.isascii() for part in folded(character) + character.casefold())


def _in_meta(condition: Filter) -> Matches:
    """Parses only `meta`, which is the last attribute of a resource in the usual form."""
    whole = _parsed(condition)

    def test(stored: bytes) -> bool:
        if not stored.endswith(USUAL_END):
            return whole(stored)
        return condition.matches(orjson.loads(b"{%b" % stored[stored.rfind(META) : -1]))

    return test
