"""Text for a terminal: nothing in it moves the cursor, and it takes the columns that it may."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from conformance.report.terminal_text import cut, padded, painted, plain


def test_what_could_move_the_cursor_is_shown() -> None:
    assert plain("a\x1b[31m\nb\u202ec\u2028") == "a\\x1b[31m b\\u202ec\\u2028"


@pytest.mark.parametrize("words", ["", "short", "x" * 50, "日本" * 20, "a日" * 20])
def test_text_is_cut_and_padded_by_columns(words: str) -> None:
    assert cell_len(cut(words, 11)) <= 11
    assert cell_len(padded(words, 11)) == 11


def test_paint_is_left_out_without_a_style() -> None:
    assert painted("x", "1", "31") == "\x1b[1;31mx\x1b[0m"
    assert painted("x") == "x"
