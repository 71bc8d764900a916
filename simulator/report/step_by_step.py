"""Implements `--step`: after each processed person, show what happened and wait for a key."""

from __future__ import annotations

import sys
from typing import TextIO

from simulator.report.console import ConsoleReport
from simulator.report.log_view import entry_lines
from simulator.report.provisioning_log import LogReader
from simulator.stream.events import SimulateEvent

QUESTION = "Enter: next entry   c: run to the end of this cycle   r: run to the end   q: quit  "


class StepReader:
    """Pauses the run after every turn that sent requests, until the input ends."""

    def __init__(
        self, questions: TextIO | None = None, out: TextIO | None = None, around: ConsoleReport | None = None
    ) -> None:
        self._around = around  # prints remarks before the run and the cleanup after it
        self._in = questions or sys.stdin
        self._out = out or sys.stdout
        self._reader = LogReader()
        self._mode = "step"

    def __call__(self, event: SimulateEvent) -> None:
        """Process one event. Raises KeyboardInterrupt when the user quits."""
        if event["event"] == "cycle" and self._mode == "cycle":
            self._mode = "step"
        if self._around and event["event"] in (
            "run",
            "remark",
            "leftovers",
            "notice",
            "cleanup",
            "difference",
            "verified",
            "end",
        ):
            self._around(event)
        entry = self._reader.entry(event)
        if entry is None or not entry["exchanges"] or self._mode != "step":
            return
        for line in entry_lines(entry, details=True):
            self._out.write(line + "\n")
        self._out.write(QUESTION)
        self._out.flush()
        answer = self._in.readline()
        if not answer:  # the input has ended
            self._mode = "run"
            self._out.write("\n")
            return
        self._mode = {"c": "cycle", "r": "run"}.get(answer.strip().lower(), "step")
        if answer.strip().lower() == "q":
            raise KeyboardInterrupt
