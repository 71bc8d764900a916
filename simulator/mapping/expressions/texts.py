"""String functions of mapping expressions with more than one line: diacritics, proper case, regular expressions."""

from __future__ import annotations

import random
import string
import unicodedata
from typing import Any

import regex

from simulator.mapping.expressions.evaluation import ExpressionError, shown, text_of
from simulator.wording import counted

REGEX_SECONDS = 1.0  # a regular expression that takes too long is an error

# FUNC, NormalizeDiacritics: plain letter → the characters that are replaced by it, in either case.
DIACRITICS = {
    "a": "ä à â ã å á ą ă ā ā́ ā̀ ā̂ ā̃ ǟ ā̈ ǡ a̱ å̄",
    "ae": "æ ǣ",
    "c": "ç č ć c̄ c̱",
    "d": "ď d̄ ḏ",
    "e": "ë è é ê ę ě ė ē ḗ ḕ ē̂ ē̃ ê̄ e̱ ë̄ e̊̄",
    "g": "ğ ḡ g̱",
    "i": "ï î ì í ī ī́ ī̀ ī̂ ī̃ i̱",
    "l": "ľ ł l̄ ḹ ḻ",
    "n": "ñ ń ň n̄ ṉ",
    "o": "ö ò ő õ ô ó ō ṓ ṑ ō̂ ō̃ ȫ ō̈ ǭ ȭ ȱ o̱",
    "oe": "ø ø̄ œ̄",
    "r": "ř r̄ ṟ ṝ",
    "s": "š ś ș ş s̄ s̱",
    "t": "ť ț t̄ ṯ",
    "u": "ü ù û ú ů ű ū ū́ ū̀ ū̂ ū̃ u̇̄ ǖ ṻ ṳ̄ u̱",
    "y": "ÿ ý ȳ ȳ́ ȳ̀ ȳ̃ y̱",
    "z": "ź ž ż z̄ ẕ",
}


def _plain_letters() -> dict[str, str]:
    table = {"ı": "i", "İ": "I", "ß": "ss"}
    for plain, accented in DIACRITICS.items():
        for letter in accented.split():
            table[unicodedata.normalize("NFC", letter)] = plain
            table[unicodedata.normalize("NFC", letter.upper())] = plain.upper()
    return table


_PLAIN = _plain_letters()
_ACCENTED = regex.compile("|".join(regex.escape(key) for key in sorted(_PLAIN, key=len, reverse=True)))


def normalize_diacritics(text: str) -> str:
    """Replace diacritics as in Microsoft's table. Note that ä, ö, and ü become a, o, and u."""
    return str(_ACCENTED.sub(lambda found: _PLAIN[found.group()], unicodedata.normalize("NFC", text)))


def proper_case(text: str, separators: str | None) -> str:
    """With separators, only these begin a word; otherwise, .NET's ToTitleCase of the lower-case string."""
    if separators is not None:
        starts = [index == 0 or text[index - 1] in separators for index in range(len(text))]
        return "".join(char.upper() if first else char.lower() for char, first in zip(text, starts, strict=True))
    result, in_word = [], False
    for char in text.lower():
        kind = unicodedata.category(char)
        letter = kind[0] == "L"
        result.append(char.upper() if letter and not in_word else char)
        if letter:
            in_word = True
        elif kind[0] in "ZCPS" and char != "'":  # an apostrophe, digits, and marks do not end a word
            in_word = False
    return "".join(result)


def changed_case(text: str, culture: str | None, *, upper: bool) -> str:
    """Change the case by the rules of a culture; here, only Turkish and Azeri differ from the invariant culture."""
    if culture and culture.split("-")[0].lower() in ("tr", "az"):
        text = text.replace("i", "İ") if upper else text.replace("I", "ı").replace("İ", "i")
    return text.upper() if upper else text.lower()


def replaced(arguments: list[Any]) -> Any:
    """The function Replace in its five documented modes, which depend on the arguments that are present."""
    source, old, pattern, group, new, other, template = arguments + [None] * (7 - len(arguments))
    if pattern is None:
        if template is not None and old is not None:
            return None if source is None else text_of(template).replace(text_of(old), text_of(source))
        if old is None or new is None:
            raise ExpressionError("expected oldValue or regexPattern together with replacementValue or template")
        if source is None:
            return None
        return text_of(source).replace(text_of(old), text_of(new)) if old else text_of(source)
    compiled = _compiled(pattern)
    if group is None:
        if source is None:
            return None
        return _timed(lambda: compiled.sub(_python_template(text_of(new)), text_of(source), timeout=REGEX_SECONDS))
    if text_of(group) not in compiled.groupindex:
        raise ExpressionError(f"the regular expression has no group {shown(group)}")
    if new is not None:
        if source is None:
            return None
        return _timed(lambda: compiled.sub(_in_group(group, text_of(new)), text_of(source), timeout=REGEX_SECONDS))
    if source not in (None, ""):
        return source
    found = _timed(lambda: compiled.search(text_of(other), timeout=REGEX_SECONDS))
    return found.group(text_of(group)) if found else None


def matches(pattern: str, text: str, *, whole: bool) -> bool:
    """Whether a .NET pattern matches a string, as a whole or anywhere in it. Raises ExpressionError."""
    compiled = _compiled(pattern)
    find = compiled.fullmatch if whole else compiled.search
    return _timed(lambda: find(text, timeout=REGEX_SECONDS)) is not None


def random_string(
    dice: random.Random, length: int, numbers: int, special: int, capitals: int, lower: int, avoid: str
) -> str:
    """Random characters with at least the given number of each of the four kinds. Raises ExpressionError."""
    if length > 256:
        raise ExpressionError(f"expected at most 256 characters, got {length}")
    if numbers + special + capitals + lower > length:
        raise ExpressionError(
            f"expected at least {counted(numbers + special + capitals + lower, 'character')} for the required kinds, got {length}"
        )
    kinds = [string.digits, "~!@#$%^&*_-+=`|\\(){}[]:;\"'<>,.?/", string.ascii_uppercase, string.ascii_lowercase]
    kinds = ["".join(char for char in kind if char not in avoid) for kind in kinds]
    wanted = [numbers, special, capitals, lower]
    chosen = [dice.choice(kind) for kind, count in zip(kinds, wanted, strict=True) for _ in range(count) if kind]
    rest = "".join(kind for kind, count in zip(kinds, wanted, strict=True) if count) or kinds[3]
    chosen += [dice.choice(rest) for _ in range(length - len(chosen))]
    dice.shuffle(chosen)
    return "".join(chosen)


def _compiled(pattern: Any) -> regex.Pattern[str]:
    try:
        return regex.compile(text_of(pattern))
    except regex.error as error:
        raise ExpressionError(f"the regular expression {shown(pattern)} is not valid: {error}") from None


def _timed(work: Any) -> Any:
    try:
        return work()
    except TimeoutError:
        raise ExpressionError(f"the regular expression takes longer than {REGEX_SECONDS:g} s") from None


def _python_template(template: str) -> str:
    """Convert a .NET replacement (`${name}`, `$1`, `$$`) to Python's syntax."""
    escaped = template.replace("\\", "\\\\")
    return str(regex.sub(r"\$(?:\{(\w+)\}|(\d+)|(\$))", lambda f: "$" if f[3] else rf"\g<{f[1] or f[2]}>", escaped))


def _in_group(group: Any, new: str) -> Any:
    def put(found: Any) -> str:
        start, end = (place - found.start() for place in found.span(text_of(group)))
        whole = str(found.group())
        return whole if start < 0 else whole[:start] + new + whole[end:]

    return put
