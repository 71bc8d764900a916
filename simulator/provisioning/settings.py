"""The settings that the provisioning engine reads for every provider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class JobSettings:
    """A subset of the knobs in `simulator/entra/settings.py`, which describes them."""

    cycle_minutes: int
    lanes: int
    pace: Literal["target", "entra"]
    deletion_threshold: int | None
    provision_groups: bool
    retry_from: Literal["latest_attempt", "first_failure"]
    transient_retry: Literal["next_cycle", "escrow"]
    honor_retry_after: bool
    quarantine_backoff: Literal["gradual", "doubling", "daily"]
    regex_scope: Literal["unanchored", "whole"]
    switch_forgets: bool
    iif_needs_values: bool
