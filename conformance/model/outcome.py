"""The possible outcomes of a PATCH: a new state, a rejection, or anything if the RFC does not define the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Holds:
    """The server returns 2xx and the resource has this state. `remark` explains an acceptable but unusual outcome."""

    resource: dict[str, Any]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The server returns 400 with one of these scimTypes and does not change the resource."""

    scim_types: frozenset[str]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Open:
    """The RFC does not define the outcome; `why` names the reason."""

    why: str


Outcome = Holds | Refused | Open
