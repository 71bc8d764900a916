"""Recorded, scrubbed, and converted tapes replay alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulator.command_line import run


@pytest.mark.slow
def test_recorded_scrubbed_and_converted_tapes_replay_alike(tmp_path: Path) -> None:
    assert run("simulate", "leaver", "--days", "2", "--record", str(tmp_path / "a.har")).returncode == 0
    assert run("replay", str(tmp_path / "a.har"), "--scrub", str(tmp_path / "b.tape")).returncode == 0
    assert run("replay", str(tmp_path / "b.tape"), "--convert", str(tmp_path / "c.har")).returncode == 0
    for name in ("a.har", "b.tape", "c.har"):
        shown = run("replay", str(tmp_path / name))
        assert shown.returncode == 0, shown.stdout
        assert "answers meant the same" in shown.stdout
    assert "contoso" not in (tmp_path / "c.har").read_text("utf-8")
