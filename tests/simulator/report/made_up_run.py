"""The event stream of a made-up run: what the tests of reports share."""

from __future__ import annotations

from typing import Any, cast

from simulator.stream.events import SimulateEvent

PERSON = "p-1"


def stream(name: str = "Łucja Wójcik") -> list[SimulateEvent]:
    """Łucja leaves on Friday at 17:52, is provisioned as inactive at 18:12, and loses access on Monday at 06:00."""

    def exchange(number: int, at: str, operation: str, status: int) -> dict[str, Any]:
        return {
            "event": "exchange", "number": number, "method": "POST", "url": f"http://x/Users/{name}", "request_headers": {"authorization": "Bearer [redacted]"},
            "request_body": '{"displayName": "' + name.replace('"', "'") + '"}', "status": status, "response_headers": {}, "response_body": "<b>",
            "started_at": "2026-03-02T00:00:00+00:00", "duration_ms": 1.0, "virtual_at": at, "failure": None,
            "cause": {"cycle": "1", "person": PERSON, "operation": operation},
        }  # fmt: skip

    def account(at: str, **values: Any) -> dict[str, Any]:
        base = {
            "status": "active",
            "access": True,
            "access_revoked_at": None,
            "deactivated_at": None,
            "session_ended_at": None,
        }
        return {"event": "account", "at": at, "person": PERSON, **base, **values}

    monday = "2026-03-16T06:00:00+00:00"
    summary = {
        "people": 1, "groups": 0, "joiners": 0, "movers": 0, "leavers": 1, "group_changes": 0, "cycles": 2, "cycles_converged": 1,
        "differences": 1, "requests": 2, "requests_by_operation": {"create user": 1}, "requests_hash": "x", "sync": {}, "read_backs": 2, "failed": 0, "expectations": 0, "expectations_held": 0, "judge": "every cycle", "equal_at_the_end": False, "stopped": "", "wall_seconds": 1.0, "converged": False, "partial_read_backs": 0,
    }  # fmt: skip
    totals = {
        "kind": "incremental", "ended_at": monday, "imported": 1, "exported": 1, "skipped": 0, "failed": 0, "escrowed": 0, "staged": 0,
        "quarantine": "", "requests": {},
    }  # fmt: skip
    difference = {"kind": "value", "person": name, "attribute": "title", "expected": "'A'", "found": f"'{name}'"}
    events = [
        {"event": "run", "format": 1, "tool": "simulate", "seed": 1, "target": {"url": "http://x", "embedded": True}, "settings": {"scenario": "s", "users": 1, "days": 1, "idp": "entra", "dialect": "default", "cycle_minutes": 40}},
        {"event": "person", "id": PERSON, "name": name, "user_name": "lucja@x", "department": name, "title": "T"},
        {"event": "cycle", "number": 1, "at": "2026-03-09T00:00:00+00:00", **totals},
        exchange(1, "2026-03-09T00:00:00+00:00", "create user", 201),
        account("2026-03-09T06:00:00+00:00"),
        {"event": "change", "at": "2026-03-13T17:52:00+00:00", "kind": "leaver", "what": "blocked", "person": PERSON, "group": None, "detail": {}},
        exchange(2, "2026-03-13T18:12:00+00:00", "disable user", 204),
        account(monday, status="inactive", access=False, access_revoked_at=monday, deactivated_at=monday, session_ended_at=monday),
        {"event": "verified", "extent": "whole", "cycle": 1, "at": monday, "converged": True, "people": 1, "groups": 0, "differences": 0, "found": [], "unlisted": 0},
        {"event": "difference", "number": 1, "cycle": 2, "at": monday, **difference},
        {"event": "verified", "extent": "whole", "cycle": 2, "at": monday, "converged": False, "people": 1, "groups": 0, "differences": 1, "found": [[1, 1]], "unlisted": 0},
        {"event": "cycle", "number": 2, "at": monday, **totals},
        {"event": "end", "verdict": f"About {name}.", "exit_code": 1, "summary": summary},
    ]  # fmt: skip
    return cast("list[SimulateEvent]", events)  # whose fields are those that the reports read
