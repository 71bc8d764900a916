"""Finds the line of a key in a TOML file, which the standard library's parser does not report."""

from __future__ import annotations

import re

_TABLE = re.compile(r"^\s*\[\[?\s*([^\]\[]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*(?:"([^"]+)"|'([^']+)'|([A-Za-z0-9_-]+))[^=]*=""")


def line_of(text: str, table: str, at: int, key: str) -> int:
    """The line of `key` in the `at`-th table of that name ("" is the file's beginning); else of the table; else 1."""
    inside, seen, header, long = table == "", -1, 1, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if long:  # inside a string of several lines nothing is a key
            long = "" if line.count(long) % 2 else long
            continue
        if found := _TABLE.match(line):
            name = found[1].strip("\"'")
            if table == "" and name == key:
                return number
            seen += name == table
            inside = name == table and seen == at
            header = number if inside else header
        elif inside and (named := _KEY.match(line)) and key in named.groups():
            return number
        long = next((quotes for quotes in ('"""', "'''") if line.count(quotes) % 2), "")
    return header if header > 1 else _inline(text, table)


def _inline(text: str, table: str) -> int:
    """The line of a table that is written as a value: `target = {…}`."""
    for number, line in enumerate(text.splitlines(), start=1):
        found = _KEY.match(line)
        if found and table and table in found.groups():
            return number
    return 1
