"""Collects from a run's events what happened to each person, and how long leavers kept access (exposure)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from simulator.stream.events import (
    AccountEvent,
    ChangeEvent,
    DifferenceEvent,
    ExchangeEvent,
    SimulateEvent,
    SimulateVerifiedEvent,
)


@dataclass(slots=True)
class Mark:
    """An event in the directory lane or the provisioning lane of a timeline. `exchange` is its request number in the stream."""

    at: datetime
    label: str
    kind: str
    exchange: int | None = None


@dataclass(slots=True)
class Spell:
    """A period in which a state lasted (`until` None: to the end of the run)."""

    since: datetime
    until: datetime | None = None


@dataclass(slots=True)
class Life:
    """The history of one person during the run."""

    id: str
    name: str
    user_name: str
    department: str | None
    changes: list[Mark] = field(default_factory=list)
    requests: list[Mark] = field(default_factory=list)
    shadow: list[Spell] = field(default_factory=list)
    account: list[Spell] = field(default_factory=list)
    sessions: list[Spell] = field(default_factory=list)
    left_at: datetime | None = None
    off_at: datetime | None = None
    seen_active_at: datetime | None = None  # when the target last showed this person as active after a deactivation
    kinds: set[str] = field(default_factory=set)
    exposures: list[Exposure] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Exposure:
    """Access after leaving: from the change in the directory to the end of access, with the steps in between."""

    person: str
    name: str
    left_at: datetime
    ended_at: datetime | None
    steps: tuple[str, ...]

    @property
    def minutes(self) -> float | None:
        """The length in minutes; None if access has not ended."""
        return None if self.ended_at is None else (self.ended_at - self.left_at).total_seconds() / 60


WRITES = frozenset(["create user", "update user", "disable user", "enable user", "delete user", "set manager"])


def collect_lives(events: Iterable[SimulateEvent]) -> dict[str, Life]:
    """The people of the run by id, in the order of the stream."""
    lives: dict[str, Life] = {}
    on: dict[int, DifferenceEvent] = {}
    for event in events:
        if event["event"] == "person":
            lives[event["id"]] = Life(event["id"], event["name"], event["user_name"], event["department"])
        elif event["event"] == "change":
            if life := lives.get(event["person"] or ""):
                _note_change(life, event)
        elif event["event"] == "exchange":
            if life := lives.get(event["cause"].get("person", "")):
                _note_exchange(life, event)
        elif event["event"] == "account" and (life := lives.get(event["person"] or "")):
            _note_account(life, event)
        elif event["event"] == "difference":
            if event["kind"] in ("active", "unreadable", "unexpected"):
                on[event["number"]] = event
        elif event["event"] == "verified":
            _note_verified(lives, event, on)
    for life in [life for life in lives.values() if life.left_at is not None]:
        _close_exposure(life, None)
    return lives


def _note_change(life: Life, event: ChangeEvent) -> None:
    at = _moment(event["at"])
    life.kinds.add(event["kind"])
    life.changes.append(Mark(at, event["what"].replace("_", " "), event["kind"]))
    if event["kind"] == "leaver" and life.left_at is None:
        life.left_at, life.off_at, life.seen_active_at = at, None, None
    elif event["what"] in ("rehired", "restored") and life.left_at is not None:
        _close_exposure(life, None)


def _note_exchange(life: Life, event: ExchangeEvent) -> None:
    operation, status, virtual_at = event["cause"]["operation"], event["status"], event["virtual_at"]
    if virtual_at is None or operation not in WRITES or event["cause"].get("group"):
        return
    at = _moment(virtual_at)
    life.requests.append(Mark(at, f"{operation} → {status or 'no response'}", operation, event["number"]))
    if status is None or status >= 300:
        return
    if operation in ("create user", "enable user") and (not life.shadow or life.shadow[-1].until):
        life.shadow.append(Spell(at))
    elif operation in ("disable user", "delete user") and life.shadow and life.shadow[-1].until is None:
        life.shadow[-1].until = at
        if life.left_at is not None:
            life.off_at = at  # unless a later comparison finds the person active


def _note_verified(lives: dict[str, Life], event: SimulateVerifiedEvent, on: dict[int, DifferenceEvent]) -> None:
    """Correct the end of access by the state that was read back, because a 2xx status does not prove a deactivation.

    `on` holds, by number, the differences about active users and about resources that could not be read.
    """
    at = _moment(event["at"])
    still = [one for number, one in on.items() if any(first <= number <= last for first, last in event["found"])]
    ids = {one.get("object_id", "") for one in still}
    names = {one["person"] for one in still if not one.get("object_id")}
    was_read = not event["unlisted"] and all(one["kind"] != "unreadable" for one in still)
    is_complete = event["extent"] == "whole" and was_read
    for life in lives.values():
        if life.left_at is None:
            continue
        if life.id in ids or life.name in names:
            if life.off_at is not None or life.seen_active_at is not None:
                life.off_at, life.seen_active_at = None, at
                if life.shadow:
                    life.shadow[-1].until = None
        elif life.seen_active_at is not None and is_complete:
            life.off_at, life.seen_active_at = at, None
            if life.shadow:
                life.shadow[-1].until = at


def _note_account(life: Life, event: AccountEvent) -> None:
    at = _moment(event["at"])
    active = event["status"] == "active"
    revoked = event["access_revoked_at"]
    if active and event["access"] and (not life.account or life.account[-1].until):
        life.account.append(Spell(at))
        life.sessions.append(Spell(at))
    if event["session_ended_at"] and life.sessions and life.sessions[-1].until is None and not event["access"]:
        life.sessions[-1].until = _moment(event["session_ended_at"])
    deactivated_at = event["deactivated_at"]
    if not active and deactivated_at and life.account and life.account[-1].until is None:
        life.account[-1].until = _moment(deactivated_at)
    if revoked and life.left_at is not None:
        _close_exposure(life, _moment(revoked))


def _close_exposure(life: Life, ended_at: datetime | None) -> None:
    """Record one exposure with its steps. Without accounts to observe, the state of the target determines the end."""
    left_at = life.left_at
    assert left_at is not None
    steps = [f"{_short(left_at)} left in the directory"]
    if life.off_at:
        steps.append(f"{_short(life.off_at)} deactivated in the target")
    if life.seen_active_at and not ended_at:
        steps.append(f"{_short(life.seen_active_at)} still active in the target, although it accepted the deactivation")
    if ended_at:
        steps.append(f"{_short(ended_at)} access revoked, sessions ended")
    end = ended_at or life.off_at
    life.exposures.append(Exposure(life.id, life.name, left_at, end, tuple(steps)))
    life.left_at = None


def duration_text(minutes: float) -> str:
    """`60 h 8 min`, `8 min`, `2 d 3 h`."""
    whole = round(minutes)
    if whole < 60:
        return f"{whole} min"
    if whole < 72 * 60:
        return f"{whole // 60} h {whole % 60} min"
    return f"{whole // 1440} d {whole % 1440 // 60} h"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _short(moment: datetime) -> str:
    return moment.strftime("%a %d %b %H:%M")
