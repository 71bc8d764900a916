"""JSON from files: whatever is read can be written again."""

from __future__ import annotations

import pytest

from simulator.guard.json_text import BadJson, read_json


@pytest.mark.parametrize(("text", "value"), [(b'{"a": [1, null]}', {"a": [1, None]}), ('"\u00e9"', "\u00e9")])
def test_json_is_read(text: bytes | str, value: object) -> None:
    assert read_json(text) == value


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[" * 100_000, b"[" * 300 + b"]" * 300, b"NaN", b'"\\ud800"', '"\ud800"', b"\xff"]
)
def test_other_text_is_one_error(text: bytes | str) -> None:
    with pytest.raises(BadJson) as error:
        read_json(text)
    assert "\n" not in str(error.value)
