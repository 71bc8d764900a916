"""Normalizes strings for comparison: Unicode form, and case unless caseExact (RFC 7643 section 2.2, RFC 7644 section 7.8).

Normalization takes quadratic time in the length of a run of combining marks. Requests with a longer run than any language
needs are rejected (`check_text`). Stored strings with such a run are not normalized.
"""

from __future__ import annotations

from typing import Any
from unicodedata import combining, normalize

from reference_server.scim.errors import InvalidValue
from reference_server.scim.limits import COMBINING_MARKS, STRING_CHARACTERS
from reference_server.turns import count

MISSING = object()  # stands for a member that a JSON object does not have, which is not the same as null
SHOWN = 60  # characters of a string in a message
KINDS = {bool: "a boolean", str: "a string", int: "a number", float: "a number", dict: "an object", list: "a list"}
ASCII = bytes(range(128))
SEARCHED = 32  # characters; the time of a search grows with them
FIRST_MARK = "\u0300"
# Characters that are not combining marks but decompose into some.
BECOMING_MARKS = frozenset("\u0f73\u0f75\u0f81\uff9e\uff9f")


def folded(text: str) -> str:
    """The form for attributes that are not caseExact: ignores case, composition, and width (RFC 7644 section 5)."""
    if text.isascii():
        return text.lower()
    count(len(text) // 16)
    if has_long_run(text):
        return text.casefold()
    return normalize("NFKC", normalize("NFKC", text).casefold())


def exact(text: str) -> str:
    """The form for caseExact attributes."""
    if text.isascii():
        return text
    count(len(text) // 16)
    return text if has_long_run(text) else normalize("NFC", text)


def searchable(asked: Any) -> str:
    """The beginning of a string as it appears in lower-case JSON; empty if it has another form there."""
    part: str = asked[:SEARCHED].lower() if isinstance(asked, str) else ""
    return "" if not part.isascii() or not part.isprintable() or '"' in part or "\\" in part else part


def has_long_run(text: str) -> bool:
    """Whether the string has a run of combining marks that is too long for normalization."""
    if len(text) <= COMBINING_MARKS.most:
        return False
    run = 0
    for character in text:
        if character >= FIRST_MARK and (combining(character) or character in BECOMING_MARKS):
            run += 1
            if run > COMBINING_MARKS.most:
                return True
        else:
            run = 0
    return False


def in_message(value: Any) -> str:
    """What an error message shows of a JSON value: the beginning of a string, and the kind of any other value."""
    if isinstance(value, str):
        shown = value[:SHOWN].encode("utf-8", "backslashreplace").decode()  # a filter can contain half a surrogate pair
        return f'"{shown}"'
    return "no value" if value is MISSING else KINDS.get(type(value), "null")


def check_text(text: str, where: str) -> None:
    """Raise InvalidValue for a string that is too expensive to compare. ASCII strings never are."""
    if text.isascii():
        return
    if len(text) > STRING_CHARACTERS.most:
        raise InvalidValue(f"{where}: the string has {len(text)} characters; the maximum is {STRING_CHARACTERS.most}")
    if has_long_run(text):
        raise InvalidValue(f"{where}: more than {COMBINING_MARKS.most} combining marks in a row")
