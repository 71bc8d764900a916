"""Events in a page: what was packed is read again; anything else is one error, a decompression bomb included."""

from __future__ import annotations

import base64
import zlib

import pytest

from conformance.report.packed_events import LARGEST, packed, unpacked
from simulator.guard.json_text import BadJson
from tests.conformance.made_up_runs import broken_patch, run


def test_packed_events_are_read_again() -> None:
    events = run(*broken_patch())
    assert unpacked(packed(events)) == events
    assert packed(events) == packed(list(events))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no base64",
        base64.b64encode(b"no zlib").decode(),
        packed([{"event": "run"}])[:-8],
        base64.b64encode(zlib.compress(b"[")).decode(),
    ],
    ids=["empty", "no base64", "no zlib", "cut off", "no JSON"],
)
def test_anything_else_is_rejected(text: str) -> None:
    with pytest.raises(BadJson):
        unpacked(text)


def test_a_bomb_is_rejected() -> None:
    with pytest.raises(BadJson):
        unpacked(base64.b64encode(zlib.compress(b"[" + b" " * LARGEST + b"]", 1)).decode())
