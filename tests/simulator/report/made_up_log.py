"""The events of a made-up run, for the tests of logs, consoles, and reports."""

from __future__ import annotations

from typing import Any

from tests.stream_schema import fits

AT = "2026-03-02T09:05:00+00:00"
HEADER = {
    "event": "run", "format": 1, "tool": "simulate", "seed": 7, "target": {"url": "http://x", "embedded": False},
    "settings": {"scenario": "s", "users": 3, "days": 1, "idp": "entra", "dialect": "default", "cycle_minutes": 40},
}  # fmt: skip
SUMMARY: Any = {
    "people": 3, "groups": 1, "requests": 4, "requests_by_operation": {"create user": 1, "match user": 3}, "joiners": 1,
    "movers": 2, "leavers": 3, "group_changes": 4, "cycles": 2, "cycles_converged": 2, "read_backs": 1,
    "partial_read_backs": 1, "differences": 0, "failed": 0, "expectations": 0, "expectations_held": 0,
    "judge": "every cycle", "equal_at_the_end": True, "stopped": "", "requests_hash": "abcd", "wall_seconds": 0.1,
    "sync": {}, "converged": True,
}  # fmt: skip


def exchange(number: int, **changed: Any) -> dict[str, Any]:
    made = {
        "event": "exchange", "number": number, "method": "POST", "url": "http://x/Users", "request_headers": {},
        "request_body": '{"userName":"anna"}', "status": 201, "response_headers": {}, "response_body": '{"id":"u1"}',
        "started_at": "2026-11-30T12:00:00+00:00", "duration_ms": 2.5, "virtual_at": AT,
        "cause": {"operation": "create user", "person": "p-1"}, "failure": None,
    }  # fmt: skip
    return {**made, **changed}


def entry(**changed: Any) -> dict[str, Any]:
    made = {
        "event": "entry", "cycle": 1, "at": AT, "kind": "user", "name": "Anna Smith", "person": "p-1", "group": None,
        "target_id": "u1", "action": "Create", "status": "Success", "error_code": None, "reason": "", "tries": 0,
        "next_attempt": None, "modified": [["title", None, "Clerk"]],
        "steps": [["EntryImport", "import", "Success", {}], ["EntryExportAdd", "export", "Success", {}]], "exchanges": [],
    }  # fmt: skip
    return {**made, **changed}


def failure(**changed: Any) -> dict[str, Any]:
    code = "SystemForCrossDomainIdentityManagementBadRequest"
    steps = [["EntryExportAdd", "export", "Failure", {"ErrorCode": code}]]
    told = {"status": "Failure", "error_code": code, "reason": "create user: answered 400 (no)", "target_id": ""}
    return entry(**{**told, "modified": [], "steps": steps, "next_attempt": "2026-03-02T15:05:00+00:00", **changed})


def cycle(number: int = 1, **changed: Any) -> dict[str, Any]:
    made = {
        "event": "cycle", "number": number, "kind": "incremental", "at": AT, "ended_at": "2026-03-02T09:06:30+00:00",
        "imported": 2, "exported": 1, "skipped": 0, "failed": 1, "escrowed": 1, "staged": 0, "quarantine": "", "requests": {},
    }  # fmt: skip
    return {**made, **changed}


def end(verdict: str = "All good.", exit_code: int = 0, **summary: Any) -> dict[str, Any]:
    return {"event": "end", "verdict": verdict, "exit_code": exit_code, "summary": {**SUMMARY, **summary}}


def run(*events: dict[str, Any], ended: dict[str, Any] | None = None) -> list[Any]:
    """A whole stream with these events; every event fits the published schema."""
    stream = [HEADER, *events, ended or end()]
    assert [event for event in stream if not fits(event, "simulate")] == []
    return stream
