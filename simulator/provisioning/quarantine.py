"""Quarantine of a job: reasons, intervals, and end (Quarantine status; docs/notes/entra.md 6.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

EVALUATED_FROM = 5_000  # failures
MOST_FAILURES = 40_000  # references not counted
MOST_FAILURES_WITH_REFERENCES = 60_000
MOST_SHARE = 0.40
SAMPLE_BACKOFF = timedelta(minutes=5)  # GRAPH's sample of a quarantined job
LONGEST_BACKOFF = timedelta(hours=24)
DISABLED_AFTER = timedelta(weeks=4)


@dataclass(frozen=True, slots=True)
class Quarantine:
    """The quarantine of a job, as in Graph's synchronizationQuarantine."""

    reason: str
    message: str
    current_began: datetime
    series_began: datetime
    series_count: int
    next_attempt: datetime

    def again(self, reason: str, message: str, now: datetime, *, first: timedelta) -> Quarantine:
        """The quarantine after another failed attempt, with a longer interval."""
        count = self.series_count + 1
        began = self.current_began if reason == self.reason else now
        return Quarantine(reason, message, began, self.series_began, count, now + backoff(count, first=first))

    def is_over(self, now: datetime) -> bool:
        """Whether four weeks have passed, after which the job must be disabled."""
        return now - self.series_began >= DISABLED_AFTER

    def to_json(self) -> dict[str, object]:
        """In Graph's names, for logs and reports."""
        return {
            "currentBegan": self.current_began.isoformat(),
            "nextAttempt": self.next_attempt.isoformat(),
            "reason": self.reason,
            "seriesBegan": self.series_began.isoformat(),
            "seriesCount": self.series_count,
            "error": {"code": self.reason, "message": self.message, "tenantActionable": True},
        }


def begun(reason: str, message: str, now: datetime, *, first: timedelta) -> Quarantine:
    """A quarantine that starts now."""
    return Quarantine(reason, message, now, now, 1, now + backoff(1, first=first))


def first_backoff(kind: str, interval: timedelta) -> timedelta:
    """How long after its first bad attempt a job is tried again; `interval` is that of a healthy job.

    `gradual`: never more often than a healthy job, then reduced to once a day (QUAR). `doubling`: as in Graph's sample.
    """
    return {"daily": LONGEST_BACKOFF, "doubling": SAMPLE_BACKOFF}.get(kind, interval)


def backoff(count: int, *, first: timedelta) -> timedelta:
    """The interval after the `count`-th failed attempt, which doubles each time up to one day."""
    return min(first * (1 << min(count - 1, 20)), LONGEST_BACKOFF)


def reason_of(failures: int, reference_failures: int, events: int) -> str | None:
    """The quarantine reason that follows from the numbers of failures and provisioning events, if any.

    `failures` are those of objects, `events` all provisioning events of users and groups.
    """
    if failures + reference_failures < EVALUATED_FROM:
        return None
    if failures > MOST_FAILURES:
        return "EncounteredBaseEscrowThreshold"
    if failures + reference_failures > MOST_FAILURES_WITH_REFERENCES:
        return "EncounteredTotalEscrowThreshold"
    if failures >= EVALUATED_FROM and failures > MOST_SHARE * events:
        return "EncounteredEscrowProportionThreshold"
    return None
