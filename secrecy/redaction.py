"""Redacts the secrets that this process knows, in every encoding and independent of the names of fields.

Code that reads a secret (from an option, the environment, a token endpoint, or a request) calls `learn`. Every output passes
through `redacted`: run streams, from which reports are made, other files, and the console.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

from secrecy.encodings import REDACTED, Secret, decoded, has_encoded_letters

SHORTEST = 6  # characters; anything shorter occurs by chance
SHORTEST_WORD = (
    12  # minimum length of values of only letters or only digits, because `password` and `100000` occur in any report
)
# A run can know hundreds of secrets, and searching each event for each of them would cost more than sending the request. So
# an event is cut into samples at every STRIDE characters: the end of a long needle contains one of them completely. The end,
# because generated passwords begin with words that many events contain. The fixed tokens and passwords of the checks end with
# random letters for the same reason.
SAMPLE, STRIDE = 4, 12  # four bytes are an integer, which is read and hashed faster than bytes
SHORTEST_SAMPLED = SAMPLE + STRIDE - 1


class Redactor:
    """The secrets known so far. Thread-safe."""

    def __init__(self) -> None:
        self._secrets: dict[str, Secret] = {}
        self._all: tuple[Secret, ...] = ()  # longest first, because one secret can be the start of another
        self._needles: tuple[str, ...] = ()  # those that are too short for a sample
        self._sampled: dict[int, tuple[str, ...]] = {}  # sample → the longer needles that contain it
        self._odd: tuple[Secret, ...] = ()  # secrets without a needle, such as those in another script
        self._lock = threading.Lock()

    def learn(self, *secrets: str | None) -> None:
        """Remember secrets. Values that are so short or common that they occur by chance are ignored."""
        for secret in secrets:
            if secret and secret not in self._secrets and _is_telling(secret):
                with self._lock:
                    self._secrets[secret] = Secret(secret)
                    self._all = tuple(sorted(self._secrets.values(), key=lambda known: -len(known.text)))
                    self._add(self._secrets[secret].needles)
                    self._odd = tuple(known for known in self._all if not known.core)

    def redacted(self, text: str) -> str:
        """The string without any known secret."""
        if self.knows_something_in(text):
            plain = decoded(text) if has_encoded_letters(text) else ""
            for secret in self._all:
                text = secret.removed_from(text, plain)
        return text

    def knows_something_in(self, text: str) -> bool:
        """Whether a string or a line of JSON contains a known secret. The check is fast, because most events contain none."""
        if not self._all:
            return False
        return self._shows(text) or (has_encoded_letters(text) and self._shows(decoded(text)))

    def redacted_value(self, value: Any, kept: frozenset[str] = frozenset()) -> Any:
        """A copy of a JSON value without any known secret in keys and values; strings equal to a `kept` word are not changed."""
        if isinstance(value, str):
            return value if value in kept else self.redacted(value)
        if isinstance(value, dict):
            return {self.redacted_value(key, kept): self.redacted_value(item, kept) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.redacted_value(item, kept) for item in value]
        return value

    def _add(self, needles: tuple[str, ...]) -> None:
        short = [needle for needle in needles if len(needle) < SHORTEST_SAMPLED]
        sampled = dict(self._sampled)  # a copy, because other threads read it
        for needle in set(needles) - set(short):
            tail = needle[-SHORTEST_SAMPLED:].encode()  # needles are ASCII
            for sample in {int.from_bytes(tail[at : at + SAMPLE], sys.byteorder) for at in range(STRIDE)}:
                sampled[sample] = (*sampled.get(sample, ()), needle)
        self._needles, self._sampled = (*self._needles, *short), sampled

    def _shows(self, text: str) -> bool:
        for needle in self._needles:  # a loop, because this runs for every event
            if needle in text:
                return True
        data = text.encode("utf-8", "replace")
        data += b" " * (-len(data) % STRIDE)
        samples = memoryview(data).cast("I")[:: STRIDE // SAMPLE]  # an event has about 180
        if not self._sampled.keys().isdisjoint(samples):
            for sample in self._sampled.keys() & set(samples):
                for needle in self._sampled[sample]:
                    if needle in text:
                        return True
        return any(secret.pattern.search(text) for secret in self._odd) if self._odd else False


_KNOWN = Redactor()  # the secrets of this process
learn, redacted = _KNOWN.learn, _KNOWN.redacted
redacted_value, knows_something_in = _KNOWN.redacted_value, _KNOWN.knows_something_in


def _is_telling(secret: str) -> bool:
    """Whether the value is distinctive enough to be a secret wherever it occurs."""
    ordinary = secret.isdigit() or (secret.isascii() and secret.isalpha())
    return (
        len(secret) >= (SHORTEST_WORD if ordinary else SHORTEST) and REDACTED not in secret and secret not in REDACTED
    )
