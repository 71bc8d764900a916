"""Compare two values by the declared type: equality, containment, and order (RFC 7644 table 3).

Results are True, False, or None if the RFC or the collation of strings leaves the result open.
"""

from __future__ import annotations

import operator
import unicodedata
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from conformance.model.definitions import Definition, points_at_a_resource, type_of

Opinion = bool | None

ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
TEXTS: dict[str, Callable[[str, str], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "co": lambda held, asked: asked in held,
    "sw": lambda held, asked: held.startswith(asked),
    "ew": lambda held, asked: held.endswith(asked),
}
EQUALITIES: dict[str, Callable[[Any, Any], bool]] = {"eq": operator.eq, "ne": operator.ne}


def compare(definition: Definition, op: str, held: Any, asked: Any) -> Opinion:
    """The result of `held op asked` for one value of a simple attribute."""
    if held == "" or asked == "":
        return None  # a server may store an empty string or treat it as unassigned
    kind = type_of(definition)
    if kind == "boolean":
        return _plain(EQUALITIES, op, held, asked, bool)
    if kind in ("integer", "decimal"):
        return _plain({**EQUALITIES, **ORDERS}, op, held, asked, int | float)
    if not isinstance(held, str) or not isinstance(asked, str):
        return None
    if kind == "datetime":
        return _moments(op, held, asked)
    return _texts(definition, op, held, asked)


def unanimous(opinions: Iterable[Opinion]) -> Opinion:
    """The common result; None if the results differ."""
    distinct = set(opinions)
    return distinct.pop() if len(distinct) == 1 else None


def moment(text: Any) -> datetime | None:
    """The instant of an xsd:dateTime; None if it is invalid, has no offset, or is at the limits of Python's calendar."""
    try:
        parsed = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    is_whole = parsed.tzinfo is not None and "T" in str(text)
    return parsed if is_whole and 1 < parsed.year < 9999 else None


def _plain(known: dict[str, Callable[[Any, Any], bool]], op: str, held: Any, asked: Any, kind: Any) -> Opinion:
    fits = isinstance(held, kind) and isinstance(asked, kind) and isinstance(held, bool) is isinstance(asked, bool)
    return known[op](held, asked) if op in known and fits else None


def _moments(op: str, held: str, asked: str) -> Opinion:
    left, right = moment(held), moment(asked)
    if left is None or right is None or op not in {**EQUALITIES, **ORDERS}:
        return None
    if abs((left - right).total_seconds()) < 1:
        return None  # the server may store more digits than it shows, or fewer than it received
    return {**EQUALITIES, **ORDERS}[op](left, right)


def _texts(definition: Definition, op: str, held: str, asked: str) -> Opinion:
    if op in ORDERS:
        return unanimous(ORDERS[op](read(held), read(asked)) for read in _alphabets(definition))
    if op not in TEXTS:
        return None
    if type_of(definition) == "reference" and points_at_a_resource(definition) and held != asked:
        return None  # a reference may be relative or absolute and still identify the same resource
    return unanimous(TEXTS[op](read(held), read(asked)) for read in _readings(definition))


def _readings(definition: Definition) -> list[Callable[[str], str]]:
    """The ways in which a server may normalize a string before it compares it; for plain ASCII they all agree."""
    if case_is_open(definition):
        return [str, _folded]
    if definition.get("caseExact") is True:
        return [str, lambda text: unicodedata.normalize("NFC", text)]
    return [str.lower, str.casefold, _folded]


def _alphabets(definition: Definition) -> list[Callable[[str], str]]:
    """The ways in which a server may normalize a string before it sorts it; they differ for punctuation and marks."""
    if definition.get("caseExact") is True or case_is_open(definition):
        return [str, _letters]
    return [str.lower, str.upper, _letters]


def case_is_open(definition: Definition) -> bool:
    """Whether case is not judged: for references, binaries, and ids, RFC 7643 prints caseExact values that do not fit."""
    return type_of(definition) in ("reference", "binary") or definition.get("holdsId") is True


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if letter.isalnum()).casefold()
