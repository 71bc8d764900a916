"""Exposure: the time that leavers keep access after the provider removed them, measured and as the longest possible time.

ASVS 8.3.2 requires that changes of permissions apply immediately, or that a delay is mitigated and visible. This module makes
it visible.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from reference_server.clock import read_moment
from reference_server.service.accounts import Account
from reference_server.service.connection_settings import ConnectionSettings
from reference_server.sync.schedule import ticks_between
from reference_server.turns import count, in_order

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Gap:
    """A user who leaves at `left_at` keeps access until `ends_at`."""

    left_at: datetime
    ends_at: datetime

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.left_at) / MINUTE)


@dataclass(frozen=True, slots=True)
class Leaver:
    """One leaver of a connection. While access continues, `ended_at` is None and `minutes` counts up to now."""

    account_id: str
    name: str
    left_at: datetime
    ended_at: datetime | None
    minutes: int


def longest_possible(settings: ConnectionSettings, now: datetime) -> Gap | None:
    """The longest gap between syncs in the next week; None if the SCIM write revokes access."""
    if settings.deprovisioning == "immediate":
        return None
    ticks = [tick.at for tick in ticks_between(settings, now, now + timedelta(days=15))]
    gaps = [Gap(before + MINUTE, after) for before, after in pairwise(ticks)]
    return max(gaps, key=lambda gap: gap.minutes)


def leavers(accounts: Iterable[Account], now: datetime) -> list[Leaver]:
    """The leavers among these accounts, longest exposure first."""
    found = []
    for account in accounts:
        count(8)
        if account.left_at is None:
            continue
        left = read_moment(account.left_at, UTC)
        revoked = account.access_revoked_at
        ended = read_moment(revoked, UTC) if revoked else None
        minutes = int(((ended or now) - left) / MINUTE)
        found.append(Leaver(account.id, account.display_name, left, ended, minutes))
    keyed = [((-leaver.minutes, leaver.left_at, leaver.account_id), leaver) for leaver in found]
    return [leaver for _, leaver in in_order(keyed)]
