"""The ids and timestamps that the server assigns to resources."""

from __future__ import annotations

import random
from datetime import datetime

import orjson


def iso(moment: datetime) -> str:
    """The same text as `moment.isoformat()`, in a third of the time."""
    return orjson.dumps(moment, default=datetime.isoformat)[1:-1].decode()


def timestamp(text: str) -> str:
    """A time from `iso` in UTC with milliseconds in RFC 3339 format, as RFC 7643 section 2.3.5 requires."""
    return f"{text[:23]}Z" if text[19] == "." else f"{text[:19]}.000Z"  # a whole second has no fraction


def random_uuid() -> str:
    """A version 4 UUID (RFC 9562 section 5.4). Ids are not secret, so a fast generator without system calls is enough."""
    digits = random.getrandbits(128).to_bytes(16).hex()
    return (
        f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89ab'[int(digits[16], 16) & 3]}{digits[17:20]}-{digits[20:]}"
    )
