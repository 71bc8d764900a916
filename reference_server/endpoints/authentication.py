"""Authentication: maps the connection id in the URL and the bearer token to a caller (RFC 6750, RFC 7644 section 2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from reference_server.scim.errors import InvalidValue, Unauthorized

CHALLENGE = ("www-authenticate", 'Bearer realm="SCIM"')
CHALLENGE_BAD_TOKEN = ("www-authenticate", 'Bearer realm="SCIM", error="invalid_token"')
MAX_HEADER_BYTES = 8_192
LISTS = frozenset([b"if-match", b"if-none-match"])  # may be split over several lines (RFC 9110 section 5.3)


class Caller(Protocol):
    """The connection and the tenant that a token belongs to. They determine the Scope that the request can access."""

    @property
    def tenant_id(self) -> str: ...

    @property
    def me(self) -> str | None:
        """The userName that /Me stands for, or None."""
        ...


class Access(Protocol):
    """Resolves tokens. This is all that the endpoints know about connections."""

    def caller(self, connection_id: str, token: bytes, now: datetime) -> Caller | None:
        """The caller if the token is valid for this connection at `now`; None for a wrong token or an unknown connection."""
        ...

    def cursor_key(self, connection_id: str) -> bytes:
        """The key that signs the cursors of a connection. It changes with the token (RFC 9865 section 5.2)."""
        ...


def collect_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers by lower-case name. Raises InvalidValue for a repeated Authorization header, which would be ambiguous."""
    headers: dict[bytes, bytes] = {}
    for name, value in raw:
        if name in headers:
            if name == b"authorization":
                raise InvalidValue("the request has more than one Authorization header")
            if name in LISTS:
                value = headers[name] + b", " + value
        headers[name] = value
    return headers


def authenticate(access: Access, connection_id: str, headers: Mapping[bytes, bytes], now: datetime) -> Caller:
    """The caller of a request. Raises Unauthorized with the same message for an unknown connection and a wrong token."""
    value = headers.get(b"authorization")
    if value is None or value[:7].lower() != b"bearer " or len(value) > MAX_HEADER_BYTES:
        raise Unauthorized("this endpoint requires a bearer token")
    caller = access.caller(connection_id, value[7:].strip(), now)
    if caller is None:
        raise Unauthorized("the bearer token is not valid for this connection")
    return caller
