"""Long strings: exactly as long as asked for, different from each other, and read back from where they were sent."""

from __future__ import annotations

import pytest

from conformance.topics.provider_limits import LONG_STRINGS, LongString, text


@pytest.mark.parametrize("string", LONG_STRINGS, ids=lambda string: string.path)
def test_a_value_has_its_length_and_is_read_back(string: LongString) -> None:
    for length in (string.short, string.characters, string.characters + 1):
        sent = string.sent(length, "scimulator-check-1234abcd-5678abcd-1")
        assert len(string.shown(sent)) == length
        assert string.shown({}) is None
    assert string.source


def test_texts_differ_in_their_beginning_and_addresses_end_as_such() -> None:
    assert text(100, "a") != text(100, "b")
    assert text(65, "a")[:64] == text(64, "a")
    assert text(100, "a", address=True).endswith("@check.example")
    assert len(text(100, "a", address=True)) == 100
