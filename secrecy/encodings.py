"""Finds a secret in every encoding: percent-encoding, escapes, character references, base64, and combinations of these."""

from __future__ import annotations

import base64
import html
import re
import string
from functools import cached_property
from urllib.parse import unquote

REDACTED = "[redacted]"
SHORTEST_NEEDLE = 4
SHORTEST_CORE = 6  # of a base64 string
_PLAIN_RUN = re.compile(r"[A-Za-z0-9_.~-]+")  # characters that no encoding needs to change
# A letter or digit that is encoded although it does not have to be: by percent, backslash, or character reference.
_NEEDLESS_PERCENT = re.compile(r"%(?:25)*(?:3[0-9]|[46][1-9a-fA-F]|[57][0-9aA])")
_NEEDLESS_ESCAPE = re.compile(r"\\(?:u00|x)[3-7]")
_NEEDLESS_REFERENCE = re.compile(r"&(?:amp;)*#")
_ESCAPED = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")
_NAMED = {'"': "quot", "&": "amp", "<": "lt", ">": "gt", "'": "apos"}
_SHORT = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f"}
_BASE64 = string.ascii_letters + string.digits + "+/_=-"
_ESCAPE = r"\\\\{0,30}"  # one backslash, or several if escapes are escaped again
_REFERENCE = "&(?:amp;){0,4}"
_URL_SAFE = str.maketrans("+/", "-_")
_DEPTH = 3  # maximum depth of nested encodings


class Secret:
    """A secret with needles: a string with the secret in any form contains a needle, unless letters are encoded, too."""

    def __init__(self, text: str) -> None:
        self.text = text
        run = max(_PLAIN_RUN.findall(text), key=len, default="")
        self.core = run if len(run) >= SHORTEST_NEEDLE else ""  # "": only the pattern can find the secret
        self.base64_cores = _base64_cores(text)

    @property
    def needles(self) -> tuple[str, ...]:
        return (self.core, *self.base64_cores) if self.core else self.base64_cores

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile("".join(map(_any_encoding, self.text)))

    @cached_property
    def base64_pattern(self) -> re.Pattern[str]:
        return re.compile("|".join("".join(map(_any_encoding, core)) for core in self.base64_cores))

    def removed_from(self, text: str, plain: str) -> str:
        """The string without the secret; `plain` is the decoded string, which shows whether letters were encoded, too."""
        if self.core and self.core in text and "\\" + self.text not in text:
            text = text.replace(self.text, REDACTED)
        if not self.core or self.core in text or self.core in plain:
            text = _cut(text, self.pattern)
        if any(core in text or core in plain for core in self.base64_cores):
            text = _cut(text, self.base64_pattern, around=_BASE64)
        return text


def _cut(text: str, pattern: re.Pattern[str], around: str = "") -> str:
    """The string with the matches replaced, including the characters `around` them that belong to the same encoding."""
    parts, done = [], 0
    for found in pattern.finditer(text):
        start, end = found.span()
        if start < done:
            continue
        while start > done and text[start - 1] in around:
            start -= 1
        while end < len(text) and text[end] in around:
            end += 1
        # Backslashes before the match belong to an escape that ends with its first character. Keeping them would break JSON.
        while start > done and text[start - 1] == "\\":
            start -= 1
        parts += [text[done:start], REDACTED]
        done = end
    return "".join([*parts, text[done:]])


def has_encoded_letters(text: str) -> bool:
    """Whether a letter or a digit is encoded, which encoders do not have to do."""
    # A pattern is only tried after a fast search for how it begins, because this runs for every event.
    return bool(
        ("%" in text and _NEEDLESS_PERCENT.search(text))
        or (("\\u00" in text or "\\x" in text) and _NEEDLESS_ESCAPE.search(text))
        or ("&" in text and _NEEDLESS_REFERENCE.search(text))
    )


def decoded(text: str) -> str:
    """The string without percent-encoding, escapes, and character references."""
    for _ in range(_DEPTH):
        plain = _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), html.unescape(unquote(text)))
        if plain == text:
            break
        text = plain
    return text


def _any_encoding(character: str) -> str:
    """A pattern for a character in any encoding, including nested ones. Each form begins with a literal, which is fast."""
    plain, code = re.escape(character), ord(character)
    percent = "".join(f"%(?:25){{0,4}}(?i:{byte:02x})" for byte in character.encode("utf-8", "surrogatepass"))
    units = character.encode("utf-16-be", "surrogatepass").hex()
    escaped = "".join(rf"{_ESCAPE}u(?i:{units[at : at + 4]})" for at in range(0, len(units), 4))
    forms = [plain, percent, escaped, rf"{_REFERENCE}#0{{0,6}}{code};", rf"{_REFERENCE}#[xX]0{{0,6}}(?i:{code:x});"]
    if code < 256:
        forms.append(rf"{_ESCAPE}x(?i:{code:02x})")
    if character in _NAMED:
        forms += [f"{_REFERENCE}{_NAMED[character]};", f"{_ESCAPE}{_REFERENCE}{_NAMED[character]};"]
    if character in _SHORT:
        forms.append(_ESCAPE + _SHORT[character])
    if character in "\"'/\\":
        forms.insert(0, _ESCAPE + plain)
    if character == " ":
        forms.append(r"\+")
    return f"(?:{'|'.join(forms)})"


def _base64_cores(text: str) -> tuple[str, ...]:
    """The substrings of the base64 of any data with the secret, for the three alignments and both alphabets."""
    data = text.encode("utf-8", "surrogatepass")
    cores: set[str] = set()
    for before, first in enumerate((0, 2, 3)):  # characters that also depend on the bytes before the secret
        whole = base64.b64encode(b"\0" * before + data).decode()
        core = whole[first : (before + len(data)) * 8 // 6]
        if len(core) >= SHORTEST_CORE:
            cores |= {core, core.translate(_URL_SAFE)}
    return tuple(sorted(cores))
