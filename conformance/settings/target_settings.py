"""The settings of a target in `scimulator.toml`: types, `${NAME}` from the environment, and no secrets."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from conformance.requirements.profiles import PROFILES
from simulator.wire.urls import BadUrl, http_url

SETTINGS = ("url", "timeout", "profiles", "resource_types", "headers", "insecure", "level")
LEVELS = ("must", "should")
SECRETS = re.compile(r"(?i)token|secret|password|bearer|credential|authorization|api[-_]?key|cookie")
HOW = "must not be in a file; use the environment instead: export SCIM_TOKEN=…"
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_BEARER = re.compile(r"(?i)^\s*(bearer|basic)\s+\S|^ey[\w-]+\.[\w-]+\.[\w-]*$")


class Refused(Exception):
    """An invalid setting; `words` says what was expected."""

    def __init__(self, key: str, words: str) -> None:
        super().__init__(f"{key}: {words}")
        self.key = key
        self.words = words


def read_settings(content: Any, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The validated settings; headers become a tuple of "Name: value". Raises Refused."""
    if not isinstance(content, dict):
        raise Refused("target", "expected a table, [target]")
    surroundings = os.environ if environment is None else environment
    settings: dict[str, Any] = {}
    for key, value in content.items():
        if key not in SETTINGS:
            raise Refused(key, _unknown(key))
        settings[key] = _READERS[key](key, value, surroundings)
    return settings


def _unknown(key: str) -> str:
    if SECRETS.search(key):
        return HOW
    near = get_close_matches(key, SETTINGS, 1)
    return f"unknown; did you mean {near[0]}?" if near else f"unknown; expected one of {', '.join(SETTINGS)}"


def _filled(key: str, value: Any, surroundings: Mapping[str, str]) -> str:
    """A string with its variables replaced; raises Refused for a variable that is not set."""
    if not isinstance(value, str) or not value.strip():
        raise Refused(key, f"expected a non-empty string, got {_shown(value)}")
    for name in _VARIABLE.findall(value):
        if name not in surroundings:
            raise Refused(key, f"${{{name}}} is not set in the environment")
    return _VARIABLE.sub(lambda found: surroundings[found[1]], value)


def _url(key: str, value: Any, surroundings: Mapping[str, str]) -> str:
    filled = _filled(key, value, surroundings)
    try:
        parts = http_url(filled)
    except BadUrl as error:
        raise Refused(key, str(error)) from None
    if parts.password is not None:
        raise Refused(key, f"a password {HOW}")
    return filled.rstrip("/")


def _timeout(key: str, value: Any, _: Mapping[str, str]) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise Refused(key, f"expected a number of seconds above 0, got {_shown(value)}")
    return float(value)


def _words(key: str, value: Any, surroundings: Mapping[str, str]) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise Refused(key, f'expected a list like ["User"], got {_shown(value)}')
    return tuple(_filled(key, item, surroundings) for item in value)


def _profiles(key: str, value: Any, surroundings: Mapping[str, str]) -> tuple[str, ...]:
    names = _words(key, value, surroundings)
    for name in names:
        if name not in PROFILES:
            raise Refused(key, f'expected profiles among {", ".join(PROFILES)}; got "{name}"')
    return names


def _headers(key: str, value: Any, surroundings: Mapping[str, str]) -> tuple[str, ...]:
    if not isinstance(value, dict):
        raise Refused(key, f'expected a table like {{X-Tenant = "a"}}, got {_shown(value)}')
    lines = []
    for name, words in value.items():
        if name.lower() == "authorization":
            raise Refused(key, f"Authorization {HOW}")
        filled = _filled(key, words, surroundings)
        if (SECRETS.search(name) and not _VARIABLE.fullmatch(words)) or _BEARER.search(words):
            raise Refused(
                key,
                f"{name} is a secret and must not be in a file; write ${{NAME}} and set the environment variable NAME",
            )
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or not filled.isprintable():
            raise Refused(key, f"expected a header name and a value without line breaks, got {_shown(name)}")
        lines.append(f"{name}: {filled}")
    return tuple(lines)


def _insecure(key: str, value: Any, _: Mapping[str, str]) -> bool:
    if not isinstance(value, bool):
        raise Refused(key, f"expected true or false, got {_shown(value)}")
    return value


def _level(key: str, value: Any, _: Mapping[str, str]) -> str:
    if value not in LEVELS:
        raise Refused(key, f"expected must or should, got {_shown(value)}")
    return str(value)


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


_READERS: dict[str, Callable[[str, Any, Mapping[str, str]], Any]] = {
    "url": _url,
    "timeout": _timeout,
    "profiles": _profiles,
    "resource_types": _words,
    "headers": _headers,
    "insecure": _insecure,
    "level": _level,
}
