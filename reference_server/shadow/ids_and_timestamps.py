"""What every resource gets from the server: its id and its time stamps."""

from __future__ import annotations

import random
from datetime import datetime


def timestamp(moment: datetime) -> str:
    """An RFC 3339 instant in UTC with milliseconds, as RFC 7643 2.3.5 wants it."""
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def random_uuid() -> str:
    """A version 4 UUID (RFC 9562 5.4). Ids are no secrets, so the fast generator will do: no system call for each."""
    digits = f"{random.getrandbits(128):032x}"
    return (
        f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89ab'[int(digits[16], 16) & 3]}{digits[17:20]}-{digits[20:]}"
    )
