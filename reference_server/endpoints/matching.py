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
ODD = 0  # does not occur in JSON
LETTERS = 0xC3  # the first byte of the letters U+00C0 to U+00FF in UTF-8; the second byte is never an ASCII character
SHARP_S = "ß".encode()  # the only one of these letters that is equal to ASCII characters without case


def _searched_as(byte: int) -> int:
    """ASCII in lower case; ODD for characters that can be equal to ASCII characters."""
    if byte < 0x80:
        return bytes([byte]).lower()[0]
    return byte if byte < 0xC0 or byte == LETTERS else ODD


FOLDED = bytes(map(_searched_as, range(256)))
ANY_ODD = bytes([ODD])


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
    """Parses only records that contain the text, and records with characters that can be equal to ASCII characters."""

    def test(stored: bytes) -> bool:
        folded = stored.replace(SHARP_S, b"ss").translate(FOLDED)
        if folded.rfind(text) < 0 and folded.rfind(ANY_ODD) < 0:  # searching forward takes five times as long
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
