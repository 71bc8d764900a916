"""Runs inside Locust beside the locustfile: notes every request by second, and leaves the series in LOAD_SAMPLES at the end."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from locust import events

from loadtests.series import Series, as_json

_series = Series()
_began = _cpu_began = 0.0


@events.request.add_listener
def _note(name: str, response_time: float, exception: BaseException | None = None, **_: Any) -> None:
    global _began, _cpu_began
    if not _began:
        _began, _cpu_began = time.monotonic(), time.process_time()
    _series.note(int(time.time()), name, response_time, failed=exception is not None)


@events.quitting.add_listener
def _leave(**_: Any) -> None:
    folder = os.environ.get("LOAD_SAMPLES")
    if not folder or not _began:  # a master sends nothing itself
        return
    _series.shares.append((time.process_time() - _cpu_began) / max(time.monotonic() - _began, 0.001))
    (Path(folder) / f"samples-{os.getpid()}.json").write_text(as_json(_series), "utf-8")
