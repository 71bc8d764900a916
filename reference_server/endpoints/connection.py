"""Who asks: the connection id of the URL and the bearer token become a connection, or 401 (RFC 6750, RFC 7644 2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from reference_server.scim.errors import InvalidValue, Unauthorized
from reference_server.service.connections import Connection, Connections

CHALLENGE = (b"www-authenticate", b'Bearer realm="SCIM"')
CHALLENGE_BAD_TOKEN = (b"www-authenticate", b'Bearer realm="SCIM", error="invalid_token"')
MAX_HEADER_BYTES = 8_192


def collect_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers by lower-case name; raises InvalidValue when Authorization is given twice (which one would count?)."""
    headers: dict[bytes, bytes] = {}
    for name, value in raw:
        if name == b"authorization" and name in headers:
            raise InvalidValue("the Authorization header is given twice")
        headers[name] = value
    return headers


def authenticate(
    connections: Connections, connection_id: str, headers: dict[bytes, bytes], now: datetime
) -> Connection:
    """The connection, or Unauthorized; an unknown connection, a wrong token and one that has ended answer alike."""
    value = headers.get(b"authorization")
    if value is None or value[:7].lower() != b"bearer " or len(value) > MAX_HEADER_BYTES:
        raise Unauthorized("this endpoint needs a bearer token")
    connection = connections.authenticate(connection_id, value[7:].strip())
    ends = connection.token_expires_at if connection is not None else None
    if connection is None or (ends is not None and datetime.fromisoformat(ends) <= now):
        raise Unauthorized("the bearer token is not valid for this connection")
    return connection
