"""Run streams: what is written is read again, listeners get every event, and an unusable file is rejected with a reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.stream.events import CheckEndEvent, CheckEvent, CheckRunEvent, CheckSummary, PlanEvent
from simulator.stream.run_stream import RunStream, UnreadableStream, read_stream

END = '{"event":"end"}\n'
RUN: list[CheckEvent] = [
    CheckRunEvent(
        event="run",
        format=1,
        tool="check",
        seed=4711,
        version="0.1.0",
        target={"url": "http://t", "embedded": False},
        settings={
            "profiles": ["rfc"],
            "expression": "",
            "level": "must",
            "fuzz": False,
            "read_only": False,
            "parallel": 1,
            "insecure": False,
            "resource_types": [],
        },
    ),
    PlanEvent(event="plan", checks=1),
    CheckEndEvent(event="end", verdict="Fine.", exit_code=0, summary=CheckSummary(verdicts={"PASS": 1}, left=0)),
]
HEADER = json.dumps(RUN[0], separators=(",", ":")) + "\n"


def test_events_that_are_written_are_read_and_passed_to_every_listener(tmp_path: Path) -> None:
    first: list[CheckEvent] = []
    second: list[CheckEvent] = []
    with RunStream(tmp_path / "run.jsonl", (first.append, second.append)) as stream:
        for event in RUN:
            stream.write(event)
    assert list(read_stream(tmp_path / "run.jsonl", "check")) == first == second == RUN


def test_a_stream_without_a_file_only_has_listeners() -> None:
    heard: list[CheckEvent] = []
    with RunStream(None, (heard.append,)) as stream:
        stream.write(RUN[1])
    assert heard == [RUN[1]]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "no such file"),
        ("", "the file is empty"),
        ("{}\n", r':1: expected \{"event": "run", "format": 1\}'),
        (HEADER.replace("1", "2"), ":1: expected"),
        (HEADER + "{\n", ":2: not JSON"),
        (HEADER, "the run was interrupted"),
        (HEADER + END, ":2: the event 'end' of 'check' has an unexpected value or a missing field: verdict"),
        (HEADER + "[]\n", ":2: expected a JSON object"),
        (HEADER + "[" * 5_000 + "\n", ":2: not JSON"),
        (HEADER + "[" * 300 + "]" * 300 + "\n", ":2: not usable JSON: too many nesting levels"),
        (HEADER + '{"event": NaN}\n', ":2: not JSON"),
        (HEADER + '{"event": "\\ud800"}\n', ":2: not JSON"),
        (HEADER.replace('"target":', '"other":'), ":1: .* has an unexpected value or a missing field: target"),
        (
            HEADER.replace('"url":"http://t"', '"url":7'),
            ":1: .* has an unexpected value or a missing field: target.url",
        ),
        (HEADER.replace("4711", "1" + "0" * 5_000), ":1: "),
        (HEADER.replace("check", "simulate") + END, "expected a stream of check, got a stream of simulate"),
    ],
)
def test_a_file_that_is_not_the_stream_of_a_finished_run_is_rejected(
    tmp_path: Path, text: str | None, reason: str
) -> None:
    path = tmp_path / "run.jsonl"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UnreadableStream, match=reason):
        list(read_stream(path, "check"))
