"""Runs that never were: events as a check run writes them, with whatever a test wants in them."""

from __future__ import annotations

import ast
import io
import itertools
import json
import re
from collections.abc import Iterable
from typing import Any

from conformance.report.console import ConsoleReport
from conformance.requirements.catalogue import catalogue

Event = Any  # tests give events any shape; test_run_events.py validates an unchanged run
BASE = "http://127.0.0.1:8080/scim/v2"
HOSTILE = "</script><img src=x onerror=alert(1)>\x1b[31m\x1b]0;owned\x07‮\"'|`@everyone` \u0000\u2028ünïcode 日本"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def header(profiles: Iterable[str] = ("rfc",), **settings: Any) -> Event:
    told = {"profiles": list(profiles), "expression": "", "level": "must", "fuzz": False, "read_only": False}
    told |= {"parallel": 4, "insecure": False, "resource_types": [], **settings}
    target = {"url": BASE, "embedded": False}
    return {
        "event": "run",
        "format": 1,
        "tool": "check",
        "seed": 4711,
        "version": "0.1.0",
        "target": target,
        "settings": told,
    }


def exchange(number: int, method: str = "GET", path: str = "/Users", status: int | None = 200, **changes: Any) -> Event:
    body = changes.pop("sent", None)
    return {
        "event": "exchange",
        "number": number,
        "method": method,
        "url": BASE + path,
        "request_headers": {"accept": "application/scim+json", "authorization": "Bearer [redacted]"}
        | ({"content-type": "application/scim+json"} if body is not None else {}),
        "request_body": body if body is None or isinstance(body, str) else json.dumps(body),
        "status": status,
        "response_headers": {"content-type": "application/scim+json"},
        "response_body": changes.pop("answered", "{}"),
        "started_at": f"2026-11-25T01:{number // 3600 % 60:02}:{number // 60 % 60:02}.{number % 60:02}0000+00:00",
        "duration_ms": 4.2,
        "virtual_at": None,
        "cause": {"check": "x"},
        "failure": None if status else "ReadTimeoutError: timed out",
        **changes,
    }


def check(name: str = "test_x", verdict: str = "PASS", **changes: Any) -> Event:
    requirement = changes.pop("requirement", "RFC7644-3.5.2.2-04")
    document, section = requirement.split("-")[0], requirement.split("-")[-2]
    function = name.partition("[")[0]
    file = changes.pop("file", f"{document.lower()}/test_{section.replace('.', '_')}_x.py")
    return {
        "event": "check",
        "id": f"{file.removesuffix('.py')}::{name}",
        "name": name,
        "function": function,
        "file": file,
        "profile": "rfc",
        "document": document,
        "section": section,
        "requirements": [requirement],
        "title": f"{name} does what it says.",
        "verdict": verdict,
        "level": "refusal" if verdict in ("FAIL", "WARN") else None,
        "message": "" if verdict == "PASS" else "something is not right",
        "expected": "",
        "got": "",
        "consequence": "",
        "fix": "",
        "exchanges": [],
        "duration_ms": 12.5,
        "attempts": 1,
        "remarks": [],
        "traceback": "",
        "waiver": "",
        **changes,
    }


def run(*events: Event, code: int | None = None, profiles: Iterable[str] = ("rfc",), **settings: Any) -> list[Event]:
    """A whole run around these events; the exit code follows from the verdicts unless it is given."""
    verdicts: dict[str, int] = {}
    for event in events:
        if event["event"] == "check":
            verdicts[event["verdict"]] = verdicts.get(event["verdict"], 0) + 1
    bad = verdicts.get("FAIL", 0) + verdicts.get("UNDECIDED", 0)
    told = f"{verdicts.get('FAIL', 0)} of {sum(verdicts.values())} checks failed." if bad else "No check failed."
    code = (1 if bad else 0) if code is None else code
    return [
        header(profiles, **settings),
        {"event": "preflight", "probe": "reachable", "ok": True, "sentence": "reachable", "advice": ""},
        {"event": "plan", "checks": sum(verdicts.values())},
        *events,
        {"event": "network_faults", "throttled": 12, "retried": 0, "no_answers": 0},
        {"event": "cleanup", "left": []},
        {"event": "end", "verdict": told, "exit_code": code, "summary": {"verdicts": verdicts, "left": 0}},
    ]


def broken_patch(number: int = 1) -> list[Event]:
    """A PATCH remove with a filter that removes too much: four exchanges and the failure."""
    id_ = "2819c223-7f76-453a-919d-413861904646"
    operation = {"op": "remove", "path": 'emails[type eq "home"]'}
    body = {"schemas": [PATCH], "Operations": [operation]}
    return [
        exchange(number, "POST", "/Users", 201, sent={"userName": "a"}, answered=json.dumps({"id": id_})),
        exchange(number + 1, "PATCH", f"/Users/{id_}", 204, sent=body, answered=""),
        exchange(number + 2, "GET", f"/Users/{id_}", 200, answered='{"emails":[]}'),
        exchange(number + 3, "DELETE", f"/Users/{id_}", 204),
        check(
            "test_remove_with_filter_keeps_the_others",
            "FAIL",
            title="PATCH `remove` with a value filter must remove only the matching values.",
            level="lie",
            message="emails: unexpected value",
            expected="['work@check.example']",
            got="[]",
            consequence="Removing one value or member removes all of them.",
            fix="Apply the filter of the path before removing.",
            exchanges=[number, number + 1, number + 2, number + 3],
        ),
    ]


def is_python(words: str) -> bool:
    """Whether a value of a finding is written in the notation of Python and not as JSON."""
    try:
        ast.literal_eval(words)
        json.loads(words)
    except json.JSONDecodeError:
        return True
    except (ValueError, SyntaxError):
        pass
    return re.search(r"[{\[]'|: (None|True|False)\b", words) is not None


def big_run(checks: int = 1200, exchanges: int = 15_000, body: int = 1_500, failed: int = 40) -> list[Event]:
    """A run of full size: every answer long, some checks failed, some refused as they should."""

    rows = [row for row in catalogue().values() if row.counts]
    events: list[Event] = []
    numbers = itertools.count(1)
    answer = json.dumps(
        {"Resources": [{"userName": f"user{n}@example.com", "active": True} for n in range(body // 50)]}
    )
    for at in range(checks):
        row = rows[at % len(rows)]
        mine = [next(numbers) for _ in range(exchanges * (at + 1) // checks - exchanges * at // checks)]
        events += [
            exchange(
                number,
                "POST",
                "/Users",
                400 if at % 3 == 0 else 201,
                sent={"userName": f"user{number}"},
                answered=answer,
            )
            for number in mine
        ]
        verdict = "FAIL" if at < failed else "WARN" if at < failed + 20 else "PASS"
        told = {"expected": "201", "got": f"400 (no {at})"} if verdict != "PASS" else {}
        events.append(
            check(
                f"test_number_{at}[case]",
                verdict,
                requirement=row.id,
                exchanges=mine,
                level=None if verdict == "PASS" else "lie",
                **told,
            )
        )
    return run(*events)


ID = "2819c223-7f76-453a-919d-413861904646"


def shown(events: list[Event], out: io.StringIO | None = None, **options: Any) -> str:
    target = out or io.StringIO()
    report = ConsoleReport(target, **options)
    for event in events:
        report(event)
    return target.getvalue()


def hostile_run() -> list[Event]:
    """Every text that a target or a file could have a hand in is an attack."""
    told: dict[str, Any] = {
        "title": HOSTILE,
        "message": HOSTILE,
        "expected": HOSTILE,
        "got": HOSTILE + "x",
        "consequence": HOSTILE,
        "fix": HOSTILE,
    }
    told |= {"traceback": HOSTILE, "remarks": [{"verdict": "NOTE", "message": HOSTILE, "expected": "", "got": ""}]}
    sent = exchange(
        1, "PATCH", f"/Users/{ID}?x={HOSTILE}", 200, sent=HOSTILE, answered=HOSTILE, response_headers={"x": HOSTILE}
    )
    events = run(
        sent,
        check(f"test_a[{HOSTILE}]", "FAIL", exchanges=[1], level="lie", **told),
        check("test_b", "UNDECIDED", **told),
        check("test_c", "WARN", **told),
        check("test_d", "WAIVED", waiver=HOSTILE, **told),
        expression=HOSTILE,
    )
    events[0]["target"]["url"] = f"{BASE}/{HOSTILE}"
    events[1]["sentence"] = HOSTILE
    events[-2]["left"] = [f"{BASE}/{HOSTILE}"]
    return events
