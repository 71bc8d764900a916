"""Builds the stream events of a turn and of a cycle (docs/stream.md)."""

from __future__ import annotations

from datetime import datetime

from simulator.provisioning.cycle_report import CycleReport
from simulator.provisioning.job import Job
from simulator.provisioning.quarantine import Quarantine
from simulator.provisioning.turn import Turn
from simulator.stream.events import CycleEvent, EntryEvent, NoticeEvent


def entry_event(turn: Turn, numbers: list[int]) -> EntryEvent:
    """The `entry` event of one object's turn. `numbers` refer to its `exchange` events, which precede it in the stream."""
    is_group = turn.what == "group"
    return {
        "event": "entry",
        "cycle": turn.cycle,
        "at": turn.at.isoformat(),
        "kind": turn.kind,
        "name": turn.name,
        "person": None if is_group or not turn.object_id else turn.object_id,
        "group": turn.object_id if is_group else None,
        "target_id": turn.target_id,
        "action": turn.action,
        "status": turn.status,
        "error_code": turn.error_code,
        "reason": turn.reason,
        "tries": turn.tries,
        "next_attempt": turn.next_attempt.isoformat() if turn.next_attempt else None,
        "modified": [list(change) for change in turn.modified],
        "steps": [[step.name, step.kind, step.status, step.details] for step in turn.steps],
        "exchanges": numbers,
    }


def cycle_event(report: CycleReport) -> CycleEvent:
    """The `cycle` event with the totals of one cycle."""
    return {
        "event": "cycle",
        "number": report.number,
        "kind": report.kind,
        "at": report.at.isoformat(),
        "ended_at": report.ended_at.isoformat(),
        "imported": report.imported,
        "exported": report.exported,
        "skipped": report.skipped,
        "failed": report.failed,
        "escrowed": report.escrowed,
        "staged": report.staged,
        "quarantine": report.quarantine,
        "requests": report.requests,
    }


def notice_events(job: Job, before: Quarantine | None, at: datetime) -> list[NoticeEvent]:
    """What an administrator hears when a cycle has changed the job's quarantine, which was `before`."""
    return [
        {"event": "notice", "at": at.isoformat(), "channel": notice.channel, "text": notice.text}
        for notice in job.provider.notices(before, job.state.quarantine)
    ]
