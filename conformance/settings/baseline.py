"""A baseline: the failures of a run that an earlier run of the same target did not have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from conformance.report.json_report import verdicts_of_json
from conformance.report.run_events import BAD, checks_of, header_of
from conformance.report.saved_runs import read_run
from conformance.settings.bad_input import BadInput
from simulator.guard.json_text import read_json
from simulator.stream.events import CheckEvent, CheckResultEvent
from simulator.stream.run_stream import UnreadableStream


def read_baseline(path: Path) -> dict[str, str]:
    """The verdicts of an earlier run by check id: from its stream, its JSON report or its HTML report; raises BadInput."""
    if path.suffix.lower() != ".json":
        try:
            return verdicts_of(read_run(path))
        except UnreadableStream as error:
            raise BadInput(str(error)) from None
    try:
        return verdicts_of_json(read_json(path.read_bytes()))
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{path}: not a report of a check run: {error}") from None


def verdicts_of(events: Iterable[CheckEvent]) -> dict[str, str]:
    """The verdicts of a run by check id."""
    return {event["id"]: event["verdict"] for event in events if event["event"] == "check"}


def new_failures(baseline: Mapping[str, str], events: Iterable[CheckEvent]) -> list[CheckResultEvent]:
    """The checks that fail or are undecided now and had another verdict in the baseline, or were not in it.

    A WARN counts as well if the run counts every SHOULD. A failure that is undecided now is not new.
    """
    known = list(events)
    strict = header_of(known)["settings"]["level"] == "should"
    counted = (*BAD, "WARN") if strict else BAD
    return [
        check
        for check in checks_of(known)
        if check["verdict"] in counted and not _was_so(baseline.get(check["id"]), check["verdict"])
    ]


def _was_so(before: str | None, now: str) -> bool:
    return before == now or (before == "FAIL" and now in ("UNDECIDED", "WARN"))
