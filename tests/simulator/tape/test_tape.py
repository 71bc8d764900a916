"""A tape that is written is read."""

from __future__ import annotations

from pathlib import Path

from simulator.tape.tape import read_tape, write_tape
from tests.simulator.tape.made_up_tape import BASE, TAPE


def test_tape_that_is_written_is_read(tmp_path: Path) -> None:
    assert write_tape(tmp_path / "t.tape", BASE, TAPE) == len(TAPE)
    base, found = read_tape(tmp_path / "t.tape")
    assert (base, [one.url for one in found]) == (BASE, [one.url for one in TAPE])
