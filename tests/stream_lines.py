"""The events of a finished run as plain JSON: what tests that look at many kinds of events share."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from simulator.stream.run_stream import read_stream


def stream_lines(path: Path) -> list[dict[str, Any]]:
    """Every event of the stream; raises UnreadableStream like every reader of it."""
    return [cast("dict[str, Any]", event) for event in read_stream(path)]
