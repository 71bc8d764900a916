"""Virtual time: what the buttons of the clock do, and the week around now as a drawing needs it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from typing import Any

from live_page.session.playthrough import Playthrough
from live_page.session.problem import Problem
from live_page.session.session import Session, iso

SPEEDS = (60, 600)
FRIDAY = 4
OPENS = time(6)  # the first sync of a working day in the server's default schedule
LONGEST_ADVANCE = timedelta(days=366)


async def move(session: Session, action: str, amount: Any = None) -> None:
    """Carry out a button of the clock. Cycles may take long, so they are only started. Raises Problem."""
    play = session.playing()
    simulation = play.simulation
    if action == "cycle":
        session.start(f"Running cycle {simulation.outcome.cycles + 1}", simulation.run_cycle)
    elif action == "advance":
        minutes = float(amount) if isinstance(amount, int | float) else 60.0
        if not 0 < minutes <= LONGEST_ADVANCE.total_seconds() / 60:
            raise Problem("Expected a number of minutes of at most a year.")
        _advance(session, lambda: simulation.now + timedelta(minutes=minutes))
    elif action == "working day":
        _advance(session, lambda: next_working_day(simulation.now))
    elif action == "to":
        moment = _read(simulation.now, amount)
        _advance(session, lambda: moment)
    elif action == "event":
        _next_event(play)
        _advance(session, lambda: _next_event(play))
    elif action == "play":
        if amount not in SPEEDS:
            raise Problem(f"Expected one of the speeds {' and '.join(map(str, SPEEDS))}.")
        session.set_speed(amount)
    elif action == "pause":
        session.set_speed(0)
    elif action == "compare":
        session.start("Comparing the target with the directory", simulation.compare)
    else:
        raise Problem(f'The clock has no action "{action[:40]}".')


def _advance(session: Session, until: Callable[[], datetime]) -> None:
    simulation = session.playing().simulation

    def work() -> Awaitable[None]:
        return simulation.advance(until())

    session.start("Letting time pass", work)


def next_working_day(now: datetime) -> datetime:
    """06:00 UTC of the next day from Monday to Friday."""
    day = now.date() + timedelta(days=1)
    while day.weekday() > FRIDAY:
        day += timedelta(days=1)
    return datetime.combine(day, OPENS, tzinfo=now.tzinfo)


def _next_event(play: Playthrough) -> datetime:
    waiting = play.simulation.waiting
    if not waiting:
        raise Problem("All events of the scenario have happened.", "Open another scenario on the page Keep.")
    return waiting[0].at


def _read(now: datetime, amount: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(str(amount))
    except ValueError:
        raise Problem("Expected a date and time.") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)
    if not now <= moment <= now + LONGEST_ADVANCE:
        raise Problem("Virtual time cannot go back, and one step can be at most a year.", "Choose a later time.")
    return moment


async def schedule(play: Playthrough) -> dict[str, Any]:
    """The week from Monday: sync times of the embedded server, cycles, and changes."""
    simulation = play.simulation
    now = simulation.now
    monday = datetime.combine(now.date() - timedelta(days=now.weekday()), time(0), tzinfo=now.tzinfo)
    connection = await simulation.schedule()
    recording = play.recording
    since = (monday - timedelta(days=7)).isoformat()
    return {
        "now": iso(now),
        "monday": iso(monday),
        "sync": None if connection is None else _sync(connection),
        "next_cycle": iso(simulation.next_cycle_at),
        "cycle_minutes": simulation.job.settings.cycle_minutes,
        "cycles": [_cycle(event) for event in list(recording.cycles) if event["at"] >= since],
        "changes": [_change(play, event) for event in list(recording.changes)[-200:] if event["at"] >= since],
        "syncs": [dict(event) for event in list(recording.syncs)[-200:] if event["at"] >= since],
        "waiting": [
            {"at": iso(event.at), "what": event.what, "who": _who(play, event.person, event.group)}
            for event in simulation.waiting[:200]
        ],
        "waiting_total": len(simulation.waiting),
        "expectations": [dict(event) for event in list(recording.expectations)[-100:]],
    }


def _sync(connection: dict[str, Any]) -> dict[str, Any]:
    settings = connection["settings"]
    names = ("sync_every_minutes", "deactivate_every_minutes", "window_start_hour", "window_end_hour", "deprovisioning")
    return {**{name: settings.get(name) for name in names}, "next": connection["next_ticks"]}


def _cycle(event: Any) -> dict[str, Any]:
    names = ("number", "kind", "at", "ended_at", "imported", "exported", "skipped", "failed", "escrowed", "staged")
    return {**{name: event[name] for name in names}, "quarantine": event["quarantine"]}


def _change(play: Playthrough, event: Any) -> dict[str, Any]:
    who = play.name_of(event["person"]) if event["person"] else event["group"]
    return {"at": event["at"], "what": event["what"], "who": who, "person": event["person"], "detail": event["detail"]}


def _who(play: Playthrough, person: int | None, group: str | None) -> str:
    if person is None:
        return group or ""
    return play.simulation.company.person(person).display_name
