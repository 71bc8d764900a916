"""The line of a key in a TOML file."""

from __future__ import annotations

import pytest

from conformance.settings.toml_lines import line_of

TEXT = """\
title = "x"
[target]
url = "https://host"
note = '''
url = "not a key"
'''
"timeout" = 3

[[waiver]]
check = "a"
[[waiver]] # the second
check = "b"
"""


@pytest.mark.parametrize(
    ("table", "at", "key", "line"),
    [
        ("", 0, "title", 1),
        ("", 0, "target", 2),
        ("target", 0, "url", 3),
        ("target", 0, "timeout", 7),
        ("target", 0, "missing", 2),
        ("waiver", 0, "check", 10),
        ("waiver", 1, "check", 12),
        ("waiver", 1, "reason", 11),
        ("nothing", 0, "x", 1),
    ],
)
def test_a_key_is_found_in_its_own_table(table: str, at: int, key: str, line: int) -> None:
    assert line_of(TEXT, table, at, key) == line


def test_a_table_that_is_written_as_a_value_is_found() -> None:
    assert line_of('\n\ntarget = {url = "x"}', "target", 0, "url") == 3
