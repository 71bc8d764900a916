"""The functions of mapping expressions, one table; semantics and edge cases as documented (entra.md 5.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Arguments = list[Any]


class ExpressionError(Exception):
    """The expression cannot be read or evaluated; the message says where and why."""


def _append(arguments: Arguments) -> Any:
    source, suffix = arguments
    return None if source is None else f"{source}{suffix}"


def _coalesce(arguments: Arguments) -> Any:
    return next((argument for argument in arguments if argument is not None), None)


def _join(arguments: Arguments) -> Any:
    """Empty and missing parts are skipped, multi-valued ones flattened."""
    separator, *parts = arguments
    flat = [item for part in parts for item in (part if isinstance(part, list) else [part])]
    return str(separator).join(str(item) for item in flat if item not in (None, "")) or None


def _switch(arguments: Arguments) -> Any:
    """Case-sensitive; the default comes second, and omitted it is null."""
    source, default, *pairs = arguments
    text = "" if source is None else _text(source)
    for key, value in zip(pairs[::2], pairs[1::2], strict=True):
        if text == _text(key):
            return value
    return default


def _left(arguments: Arguments) -> Any:
    source, length = arguments
    if source is None:
        return ""
    return str(source)[:length] if length >= 0 else source


def _mid(arguments: Arguments) -> Any:
    source, start, length = arguments
    return None if source is None else str(source)[start - 1 : start - 1 + length]


def _replace(arguments: Arguments) -> Any:
    """The first of the five documented modes: replace every occurrence, case-sensitive."""
    source, old = arguments[0], arguments[1]
    new = arguments[4] if len(arguments) > 4 else None
    return None if None in (source, old, new) else str(source).replace(str(old), str(new))


def _on_text(change: Callable[[str], str]) -> Callable[[Arguments], Any]:
    return lambda arguments: None if arguments[0] is None else change(str(arguments[0]))


def _text(value: Any) -> str:
    return str(value)


FUNCTIONS: dict[str, Callable[[Arguments], Any]] = {
    "Append": _append,
    "Coalesce": _coalesce,
    "IsNull": lambda arguments: str(arguments[0] is None),
    "IsNullOrEmpty": lambda arguments: str(arguments[0] in (None, "")),
    "IsPresent": lambda arguments: str(arguments[0] not in (None, "")),
    "Join": _join,
    "Left": _left,
    "Mid": _mid,
    "Not": lambda arguments: str(_text(arguments[0]) != "True"),
    "Replace": _replace,
    "StripSpaces": _on_text(lambda text: text.replace(" ", "")),
    "Switch": _switch,
    "ToLower": _on_text(str.lower),
    "ToUpper": _on_text(str.upper),
}
