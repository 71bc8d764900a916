"""Fault profiles: YAML files that define which requests fail and how. The seed makes every run reproducible.

    seed: 4711
    max_consecutive: 2            # at most two faults in a row for the same request, so that the third attempt succeeds
    faults:
      - when: {method: POST, path: /Users*, probability: 0.2, after: 10}
        do: {lose_reply: true}

`when` accepts `method`, `path` (below the connection, with the wildcards * and ?), one of `nth`, `every`, and
`probability`, and `after` (the number of matching requests to let through first). `do` accepts one effect; see `EFFECTS`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

PRESETS = Path(__file__).with_name("presets")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
# Effect → the values that it accepts.
EFFECTS: dict[str, str] = {
    "status": "an HTTP status from 400 to 599",
    "delay_ms": "a number of milliseconds from 1 to 600000",
    "cut": "before or within",
    "slow_body_ms": "a number of milliseconds from 1 to 600000",
    "duplicate": "true",
    "lose_reply": "true",
    "stale_read": "true",
}


class UnfitProfile(Exception):
    """The profile is invalid; the message names the file, the line, and what was expected."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The requests that a fault affects, and what it does to them (`effect`, `value`)."""

    effect: str
    value: Any
    method: str | None = None
    path: str | None = None
    nth: int | None = None
    every: int | None = None
    probability: float | None = None
    after: int = 0
    retry_after_s: int | None = None

    def matches(self, method: str, path: str) -> bool:
        """Whether the rule applies to requests with this method and path."""
        return (self.method is None or self.method == method) and (self.path is None or fnmatchcase(path, self.path))

    def strikes(self, number: int, seed: int, place: int) -> bool:
        """Whether the `number`-th matching request (from 1) is affected; `place` is the index of the rule in the profile."""
        number -= self.after
        if number < 1:
            return False
        if self.nth is not None:
            return number == self.nth
        if self.every is not None:
            return number % self.every == 0
        if self.probability is not None:
            drawn = hashlib.blake2b(f"{seed}:{place}:{number}".encode(), digest_size=8).digest()
            return int.from_bytes(drawn) < self.probability * 2**64
        return True


@dataclass(frozen=True, slots=True)
class Profile:
    """All rules, and the maximum number of consecutive faults for the same request."""

    rules: tuple[Rule, ...]
    seed: int
    max_consecutive: int
    document: dict[str, Any]


def load_profile(name: str) -> Profile:
    """Load a preset or a YAML file; raises UnfitProfile."""
    preset = PRESETS / f"{name}.yaml"
    path = preset if name.isascii() and "/" not in name and preset.is_file() else Path(name)
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        presets = ", ".join(sorted(found.stem for found in PRESETS.glob("*.yaml")))
        reason = getattr(error, "strerror", None) or "the file is not UTF-8 text"
        raise UnfitProfile(f"{name}: {reason}; expected a YAML file or one of {presets}") from None
    return parse_profile(text, path.name)


def parse_profile(text: str, name: str) -> Profile:
    """Parse a profile in YAML or JSON; raises UnfitProfile with the file and the line."""
    from reference_server.faults.numbered_yaml import InvalidYaml, read_numbered  # only few servers read YAML

    try:
        document, lines = read_numbered(text)
    except InvalidYaml as error:
        line = f":{error.line}" if error.line else ""
        raise UnfitProfile(f"{name}{line}: invalid YAML: {error}") from None
    if not isinstance(document, dict):
        raise UnfitProfile(f"{name}:1: expected an object with seed, max_consecutive, and faults")
    return _Reader(name, lines).profile(document)


class _Reader:
    """Validates a document and reports errors with their line."""

    def __init__(self, name: str, lines: Mapping[tuple[Any, ...], int]) -> None:
        self._name = name
        self._lines = lines

    def profile(self, document: dict[str, Any]) -> Profile:
        self._only((), document, ("seed", "max_consecutive", "faults"))
        entries = document.get("faults")
        if not isinstance(entries, list):
            raise self._unfit(("faults",), "expected a list")
        rules = tuple(self._rule(("faults", number), entry) for number, entry in enumerate(entries))
        seed = self._whole(("seed",), document.get("seed", 0), 0)
        most = self._whole(("max_consecutive",), document.get("max_consecutive", 2), 1)
        return Profile(rules, seed, most, document)

    def _rule(self, at: tuple[Any, ...], entry: Any) -> Rule:
        if not isinstance(entry, dict):
            raise self._unfit(at, "expected an object with when and do")
        self._only(at, entry, ("when", "do"))
        when, do = entry.get("when") or {}, entry.get("do")
        if not isinstance(when, dict) or not isinstance(do, dict):
            raise self._unfit(at, "expected objects for when and do")
        self._only((*at, "when"), when, ("method", "path", "nth", "every", "probability", "after"))
        self._only((*at, "do"), do, (*EFFECTS, "retry_after_s"))
        effects = [name for name in do if name != "retry_after_s"]
        if len(effects) != 1:
            raise self._unfit((*at, "do"), f"expected one of {', '.join(EFFECTS)}")
        if sum(name in when for name in ("nth", "every", "probability")) > 1:
            raise self._unfit((*at, "when"), "expected only one of nth, every, and probability")
        (effect,) = effects
        self._check_effect((*at, "do", effect), effect, do[effect])
        method = when.get("method")
        if method is not None and method not in METHODS:
            raise self._unfit((*at, "when", "method"), f"expected one of {', '.join(METHODS)}")
        path = when.get("path")
        if path is not None and not isinstance(path, str):
            raise self._unfit((*at, "when", "path"), "expected a path like /Users*")
        numbers = {
            name: self._whole((*at, "when", name), when[name], 0 if name == "after" else 1)
            for name in ("nth", "every", "after")
            if name in when
        }
        probability = when.get("probability")
        if probability is not None and not (isinstance(probability, int | float) and 0 <= probability <= 1):
            raise self._unfit((*at, "when", "probability"), "expected a number from 0 to 1")
        wait = do.get("retry_after_s")
        if wait is not None:
            wait = self._whole((*at, "do", "retry_after_s"), wait, 0)
        return Rule(effect, do[effect], method, path, probability=probability, retry_after_s=wait, **numbers)

    def _check_effect(self, at: tuple[Any, ...], effect: str, value: Any) -> None:
        number = isinstance(value, int) and not isinstance(value, bool)
        fit = {
            "status": number and 400 <= value <= 599,
            "delay_ms": number and 1 <= value <= 600_000,
            "cut": value in ("before", "within"),
            "slow_body_ms": number and 1 <= value <= 600_000,
        }.get(effect, value is True)
        if not fit:
            raise self._unfit(at, f'expected {EFFECTS[effect]}, got "{value}"')

    def _whole(self, at: tuple[Any, ...], value: Any, least: int) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise self._unfit(at, f'expected a whole number of at least {least}, got "{value}"')
        return value

    def _only(self, at: tuple[Any, ...], entry: dict[str, Any], names: tuple[str, ...]) -> None:
        for name in entry:
            if name not in names:
                raise self._unfit((*at, name), f"expected one of {', '.join(names)}")

    def _unfit(self, at: tuple[Any, ...], expected: str) -> UnfitProfile:
        line = next((self._lines[at[:end]] for end in range(len(at), -1, -1) if at[:end] in self._lines), 1)
        place = ".".join(str(part) for part in at)
        return UnfitProfile(f"{self._name}:{line}: {place}: {expected}")
