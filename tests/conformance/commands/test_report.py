"""`scimulator report` rejects a stream that was cut off."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.stream.run_stream import UnreadableStream, read_stream
from tests.conformance.made_up_runs import header


def test_stream_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonl"
    path.write_text(json.dumps(header()) + "\n")
    with pytest.raises(UnreadableStream, match="cut off"):
        list(read_stream(path))
