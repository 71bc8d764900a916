"""`scimulator replay` replays recorded, scrubbed, and converted tapes alike, and reports errors in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.tape.tape import write_tape
from tests.fake_target import fake_target
from tests.simulator.command_line import TOKEN, at, run
from tests.simulator.tape.made_up_tape import BASE, TAPE
from tests.stream_schema import assert_valid


@pytest.mark.slow
def test_recorded_scrubbed_and_converted_tapes_replay_alike(tmp_path: Path) -> None:
    assert run("simulate", "leaver", "--days", "2", "--record", str(tmp_path / "a.har")).returncode == 0
    assert run("replay", str(tmp_path / "a.har"), "--scrub", str(tmp_path / "b.tape")).returncode == 0
    assert run("replay", str(tmp_path / "b.tape"), "--convert", str(tmp_path / "c.har")).returncode == 0
    for name in ("a.har", "b.tape", "c.har"):
        shown = run("replay", str(tmp_path / name), "--stream", str(tmp_path / "run.jsonl"))
        assert shown.returncode == 0, shown.stdout
        assert "responses have the recorded meaning" in shown.stdout
        assert_valid(tmp_path / "run.jsonl", "exchange")
    assert "contoso" not in (tmp_path / "c.har").read_text("utf-8")


def test_responses_that_differ_are_events_of_the_stream(tmp_path: Path) -> None:
    write_tape(tmp_path / "t.tape", BASE, TAPE)
    with fake_target(lambda request: "well") as target:
        shown = run("replay", str(tmp_path / "t.tape"), *at(target), "--stream", str(tmp_path / "run.jsonl"))
    assert shown.returncode == 1, shown.stderr
    assert_valid(tmp_path / "run.jsonl", "exchange", "departure", "cleanup")
    assert "  kept       1 resource that this run created: /Users/id-of-lucja" in shown.stdout


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ((401, {}), 3, "rejects the token (401)"),
        ((403, {}), 3, "rejects the token (403)"),
        (None, 3, "cannot be reached"),
        ((500, {}), 1, ""),  # an answer that differs is a departure
    ],
)
def test_a_target_that_cannot_be_used_ends_the_replay_in_one_line(
    tmp_path: Path, answer: Any, code: int, words: str
) -> None:
    write_tape(tmp_path / "t.tape", BASE, TAPE)
    with fake_target(lambda request: answer) as target:
        shown = run("replay", str(tmp_path / "t.tape"), *at(target))
    assert shown.returncode == code
    assert words in shown.stderr
    assert shown.stderr.count("\n") == (1 if words else 0)
    assert TOKEN not in shown.stdout + shown.stderr


def test_only_the_first_departures_are_shown_and_all_are_in_the_json(tmp_path: Path) -> None:
    write_tape(tmp_path / "t.tape", BASE, TAPE)
    with fake_target(lambda request: (418, {})) as target:
        shown = run("replay", str(tmp_path / "t.tape"), *at(target), "--json", str(tmp_path / "d.json"))
    departures = json.loads((tmp_path / "d.json").read_text("utf-8"))
    assert [departure["place"] for departure in departures] == ["status"] * len(TAPE)
    assert shown.stdout.count("✘") == 5
    assert f"    and {len(TAPE) - 5} more\n" in shown.stdout
    assert shown.stdout.endswith(f"  0 of {len(TAPE)} responses have the recorded meaning.     exit 1\n")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file"),
        ("{", "t.tape:1: not JSON"),
        ('{"event": "tape", "format": 1, "base_url": "http://x"}', "the file contains no requests"),
        ('{"event": "end"}', "t.tape:1: expected a tape or a run stream"),
    ],
)
def test_a_file_that_is_not_a_tape_is_rejected_in_one_line(tmp_path: Path, content: str | None, words: str) -> None:
    if content is not None:
        (tmp_path / "t.tape").write_text(content)
    shown = run("replay", str(tmp_path / "t.tape"), "--url", "http://127.0.0.1:1", "--token", TOKEN)
    assert shown.returncode == 2
    assert words in shown.stderr
    assert shown.stderr.count("\n") == 1
