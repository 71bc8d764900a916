"""Tests stored records against a filter. Parsing a record takes ten times as long as comparing it, so it is avoided."""

from __future__ import annotations

from collections.abc import Callable

import orjson

from reference_server.scim.filter import Filter
from reference_server.scim.resource_type import ResourceType
from reference_server.shadow.scope import Scope
from reference_server.shadow.splice import USUAL_END
from reference_server.shadow.view import Views

Matches = Callable[[bytes], bool]

META = b'"meta":'


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
    """Parses only records that contain the text, and records with other characters, which can be equal to ASCII letters."""

    def test(stored: bytes) -> bool:
        # Searching forward takes five times as long.
        if stored.isascii() and stored.lower().rfind(text) < 0:
            return False
        return condition.matches(orjson.loads(stored)["resource"])

    return test


def _in_meta(condition: Filter) -> Matches:
    """Parses only `meta`, which is the last attribute of a resource in the usual form."""
    whole = _parsed(condition)

    def test(stored: bytes) -> bool:
        if not stored.endswith(USUAL_END):
            return whole(stored)
        return condition.matches(orjson.loads(b"{%b" % stored[stored.rfind(META) : -1]))

    return test
