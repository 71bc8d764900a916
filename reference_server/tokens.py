"""Bearer tokens: random, shown once, stored only as a SHA-256 digest, and compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import lru_cache

# The prefixes let secret scanners find leaked tokens.
SCIM_PREFIX = "scim_tok_"
ADMIN_PREFIX = "scim_adm_"
CONTROL_PREFIX = "scim_ctl_"


def new_token(prefix: str = SCIM_PREFIX) -> str:
    """A bearer token with 256 bits of randomness."""
    return prefix + secrets.token_urlsafe(32)


def what_is_wrong(token: str) -> str | None:
    """Why clients cannot send this token, or None if they can. Spaces at its ends are not part of a header."""
    if not token.strip():
        return "the token is empty"
    return None if token == token.strip() else "the token begins or ends with a space"


def digest_of(token: str) -> bytes:
    """The SHA-256 digest of a token (32 bytes), which is stored instead of the token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def is_token(token: bytes, digest: bytes) -> bool:
    """Whether a received token has this digest."""
    return hmac.compare_digest(_digest_of_received(token), digest)


@lru_cache(maxsize=256)
def _digest_of_received(token: bytes) -> bytes:
    """Remembered, because a client sends the same token with each request."""
    return hashlib.sha256(token).digest()


def cursor_key(digest: bytes) -> bytes:
    """The key that signs the cursors of a token's connection; it changes with the token (RFC 9865 section 5.2)."""
    return hmac.digest(digest, b"cursor", hashlib.sha256)
