"""Recorded, scrubbed, and converted tapes replay alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.tape.tape import write_tape
from tests.fake_target import fake_target
from tests.simulator.command_line import at, run
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
        assert "answers meant the same" in shown.stdout
        assert_valid(tmp_path / "run.jsonl", "exchange")
    assert "contoso" not in (tmp_path / "c.har").read_text("utf-8")


def test_responses_that_differ_are_events_of_the_stream(tmp_path: Path) -> None:
    write_tape(tmp_path / "t.tape", BASE, TAPE)
    with fake_target(lambda request: "well") as target:
        shown = run("replay", str(tmp_path / "t.tape"), *at(target), "--stream", str(tmp_path / "run.jsonl"))
    assert shown.returncode == 1, shown.stderr
    assert_valid(tmp_path / "run.jsonl", "exchange", "departure")
