"""What the header of every page shows, as one JSON message: virtual time, progress, counts, runs, and problems."""

from __future__ import annotations

from typing import Any

from live_page.runs.checks import Checks
from live_page.runs.load import Load
from live_page.session.people import counts
from live_page.session.playthrough import Playthrough
from live_page.session.provider import job_of
from live_page.session.session import Session, iso


def state_of_session(session: Session, checks: Checks, load: Load) -> dict[str, Any]:
    """The message for every tab."""
    play = session.play
    return {
        "versions": dict(session.versions),
        "problem": None if session.problem is None else session.problem.to_json(),
        "checks_running": checks.running,
        "load_running": load.running,
        "play": None if play is None else _of_play(session, play),
    }


def _of_play(session: Session, play: Playthrough) -> dict[str, Any]:
    simulation, recording = play.simulation, play.recording
    quarantine = simulation.job.state.quarantine
    verified = recording.verified
    return {
        "now": iso(simulation.now),
        "next_cycle": iso(simulation.next_cycle_at),
        "cycles": simulation.outcome.cycles,
        "speed": session.speed,
        "busy": _busy(session, play),
        "target": {"url": play.target.url, "embedded": play.access.embedded},
        "provider": job_of(play.scenario.provider),
        "counts": counts(play),
        "requests": recording.exchanges,
        "quarantine": None if quarantine is None else quarantine.message,
        "stopped": simulation.job.state.is_paused or simulation.job.state.is_disabled,
        "faults": list(simulation.faults),
        "differences": None if verified is None else verified["differences"],
        "done": len(simulation.done),
        "waiting": len(simulation.waiting),
        "scenario": play.scenario.name,
        "story": play.scenario.story,
        "remarks": recording.remarks,
    }


def _busy(session: Session, play: Playthrough) -> dict[str, Any] | None:
    busy = session.busy
    if busy is None:
        return None
    return {
        "what": busy.what,
        "entries": play.recording.progress.entries,
        "failed": play.recording.progress.failed,
        "of": play.simulation.job.report.imported,
    }
