"""The ids and timestamps that the server assigns to resources."""

from __future__ import annotations

import random
from datetime import datetime


def timestamp(moment: datetime) -> str:
    """A time in UTC with milliseconds in RFC 3339 format, as RFC 7643 section 2.3.5 requires."""
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def random_uuid() -> str:
    """A version 4 UUID (RFC 9562 section 5.4). Ids are not secret, so a fast generator without system calls is enough."""
    digits = f"{random.getrandbits(128):032x}"
    return (
        f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89ab'[int(digits[16], 16) & 3]}{digits[17:20]}-{digits[20:]}"
    )
