"""The totals of one cycle of a job."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from simulator.stream.events import CycleKind


@dataclass(slots=True)
class CycleReport:
    """The totals of a cycle: `imported` objects were processed and `exported` ones written."""

    number: int
    kind: CycleKind
    at: datetime
    ended_at: datetime
    imported: int = 0
    exported: int = 0
    skipped: int = 0
    failed: int = 0
    failed_references: int = 0
    staged: int = 0
    escrowed: int = 0
    escrows_pruned: bool = False
    quarantine: str = ""
    requests: dict[str, int] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)  # object ids whose turn wrote something, or tried to
    leaving: int = 0  # users switched off or deleted
    entitled: int = 0  # users and groups that the job managed when the cycle was over
    escrowed_references: int = 0  # of `escrowed`: managers and members
