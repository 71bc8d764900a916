"""The security of the connection to a target: URL, TLS handshake, and cookies (RFC 7644 section 7)."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from urllib.parse import urlsplit

WAIT_S = 5.0
LOCAL_NAMES = ("localhost", ".localhost", ".local", ".internal", ".test", ".example")


def is_local(url: str) -> bool:
    """Whether the host is this machine or in a private network, such as localhost, 127.0.0.1, or 10.0.0.7."""
    host = urlsplit(url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(LOCAL_NAMES)
    return address.is_private or address.is_loopback or address.is_link_local


def speaks_tls_1_2(url: str) -> bool | None:
    """Whether a handshake limited to TLS 1.2 succeeds; None without a connection. The certificate is not verified."""
    parts = urlsplit(url)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    try:
        line = socket.create_connection((parts.hostname or "", parts.port or 443), WAIT_S)
        with line, context.wrap_socket(line, server_hostname=parts.hostname):
            return True
    except ssl.SSLError:
        return False
    except OSError:
        return None


def is_secure_cookie(header: str) -> bool:
    """Whether a Set-Cookie header has the attribute Secure."""
    return "secure" in [part.strip().lower() for part in header.split(";")[1:]]
