"""Runs a command of Scimulator as a child process, and reads its event stream and its output while it runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from reference_server.lifeline import Lifeline
from secrecy.redaction import redacted

ROOT = Path(__file__).parents[2]
LOOK_SECONDS = 0.1
STOP_SECONDS = 20.0  # for a clean end, which deletes what the run created
MOST_LINES = 200
OWN = ("SCIM_URL", "SCIM_TOKEN", "SCIM_ADMIN_TOKEN")


class Child:
    """One run. `on_event` is called with every event of its stream, and `on_change` after every line of output."""

    def __init__(
        self,
        command: Sequence[str],
        stream: Path,
        *,
        token: str | None,
        on_event: Callable[[Any], None],
        on_change: Callable[[], None],
        environment: dict[str, str] | None = None,
    ) -> None:
        self.stream = stream
        self.lines: deque[str] = deque(maxlen=MOST_LINES)
        self.code: int | None = None
        self.stopped = False
        self.began = time.time()
        self._on_event, self._on_change = on_event, on_change
        held = {name: value for name, value in os.environ.items() if name not in OWN}
        paths = [str(ROOT), *filter(None, [held.get("PYTHONPATH")])]
        own = {"PYTHONPATH": os.pathsep.join(paths), "NO_COLOR": "1", "COLUMNS": "120", "PYTHONUNBUFFERED": "1"}
        if token:
            own["SCIM_TOKEN"] = token
        self._line = Lifeline()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "scimulator", *command, "--stream", str(stream)],
            cwd=stream.parent,
            env={**held, **own, **(environment or {}), **self._line.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C reaches only this process, which then stops the run
            pass_fds=self._line.descriptors,
        )
        self._line.handed_over()
        self._output = threading.Thread(target=self._read_output, name="output of a run", daemon=True)
        self._events = threading.Thread(target=self._read_events, name="events of a run", daemon=True)
        self._output.start()
        self._events.start()

    @property
    def running(self) -> bool:
        """Whether the run has not ended, or its last events are not read yet."""
        return self._events.is_alive()

    def stop(self) -> None:
        """Ask the run to end as Ctrl-C does; it cleans up first."""
        self.stopped = True
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)

    def end(self) -> None:
        """Stop the run, and wait until it has ended."""
        self.stop()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._events.join(5)
        self._line.let_go()

    def _read_output(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self.lines.append(redacted(line.rstrip()))
                self._on_change()

    def _read_events(self) -> None:
        """Follow the stream to its end; a line counts once it is complete."""
        rest, place = b"", 0
        while True:
            ended = self._process.poll() is not None
            with suppress(OSError), self.stream.open("rb") as file:
                file.seek(place)
                rest += file.read()
                place = file.tell()
            *whole, rest = rest.split(b"\n")
            for line in whole:
                self._on_event(orjson.loads(line))
            if whole:
                self._on_change()
            if ended:
                break
            time.sleep(LOOK_SECONDS)
        self._output.join(5)
        self.code = self._process.returncode
        self._line.let_go()
        self._on_change()
