"""A baseline: which failures of a run are new, beside an earlier run of the same target."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from conformance.report.json_report import events_of_json
from conformance.report.run_events import BAD, checks_of, of
from conformance.report.saved_runs import read_run
from conformance.settings.bad_input import BadInput
from simulator.wire.stream import UnreadableStream

Event = dict[str, Any]


def read_baseline(path: Path) -> list[Event]:
    """The events of an earlier run: from its stream, its JSON report or its HTML report; raises BadInput."""
    if path.suffix.lower() != ".json":
        try:
            return read_run(path)
        except UnreadableStream as error:
            raise BadInput(str(error)) from None
    try:
        return events_of_json(json.loads(path.read_text("utf-8")))
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{path}: no report of a check run: {error}") from None


def new_failures(baseline: Iterable[Event], events: Iterable[Event]) -> list[Event]:
    """The checks that fail or are undecided now and had another verdict in the baseline, or were not in it.

    A WARN counts as well when the run says that every SHOULD counts. A failure that is undecided now is no new one.
    """
    known = list(events)
    before = {event["id"]: event["verdict"] for event in of(baseline, "check")}
    strict = any(event.get("settings", {}).get("level") == "should" for event in of(known, "run"))
    counted = (*BAD, "WARN") if strict else BAD
    return [
        check
        for check in checks_of(known)
        if check["verdict"] in counted and not _was_so(before.get(check["id"]), check["verdict"])
    ]


def _was_so(before: str | None, now: str) -> bool:
    return before == now or (before == "FAIL" and now in ("UNDECIDED", "WARN"))
