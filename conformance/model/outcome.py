"""What may come of a PATCH: a new resource, a refusal, or anything, where the RFC says nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Holds:
    """2xx, and the resource is this. `remark` says why it is acceptable but worth a warning."""

    resource: dict[str, Any]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """400 with one of these scimTypes, and the resource is as it was."""

    scim_types: frozenset[str]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Open:
    """The RFC has no answer; `why` is the sentence for it."""

    why: str


Outcome = Holds | Refused | Open
