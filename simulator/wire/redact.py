"""Redaction: what must never leave a process (tokens, passwords, cookies), replaced before it is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})
WITH_SCHEME = frozenset({"authorization", "proxy-authorization"})
SECRET_KEYS = frozenset({"password", "token", "client_secret", "client_assertion", "access_token", "refresh_token"})
REDACTED = "[redacted]"


def redact_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers with secret values replaced; a scheme word like `Bearer` is kept since it helps the reader."""
    return {name: _redact_value(name, value) for name, value in headers.items()}


def redact_body(value: Any) -> Any:
    """A copy of parsed JSON with the values of secret keys replaced, at any depth."""
    if isinstance(value, dict):
        return {key: REDACTED if key.lower() in SECRET_KEYS else redact_body(item) for key, item in value.items()}
    if isinstance(value, list):
        return [redact_body(item) for item in value]
    return value


def _redact_value(name: str, value: str) -> str:
    if name.lower() not in SECRET_HEADERS or value == REDACTED:
        return value
    scheme, _, rest = value.partition(" ")
    return f"{scheme} {REDACTED}" if rest and name.lower() in WITH_SCHEME else REDACTED
