"""A number and its noun agree: messages of the tools say "1 check", not "1 checks", with `counted` of simulator/wording.py."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = (
    "conformance/client",
    "conformance/commands",
    "conformance/lawful",
    "conformance/report",
    "conformance/run",
    "loadtests",
    "simulator",
)
NOT_HERE = "loadtests/bench"  # its numbers are sizes that the user asks for
PLURAL = re.compile(r"^ (?:[a-z]+ )?([a-z]+s)\b(?!/)")
NOT_NOUNS = re.compile(
    "seconds|minutes|hours|days|ms|bytes|characters|digits|times"
    "|is|was|has|does|as|this|its|less|access|points|details"
    "|accepts|belongs|contains|differs|ends|exists|expects|needs|rejects|remains|requires|returns|supports|takes|uses"
)
NEVER_ONE = {  # the names in the braces
    "len(cause.places)",  # shown only for more than one
    "event['users']",  # the crowd has 1,050 users
    "event['groups'] - 1",
    "len(situations())",
    "len(rules())",
    "number",  # of tenants, shown only for two or more
    "count",  # of matches: one has a word of its own
    "len(found)",  # of people with the same name
    "self.most",  # arguments: "2 to 3"
    "total",  # of resources that need many pages
    "workers",
    "', '.join(FIGURES)",
}


def test_a_number_that_can_be_one_is_followed_by_the_right_noun() -> None:
    paths = [path for part in PARTS for path in sorted((ROOT / part).rglob("*.py"))]
    found = [
        f"{path.relative_to(ROOT)}:{line}: {{{name}}} {noun}"
        for path in paths
        if not path.is_relative_to(ROOT / NOT_HERE)
        for line, name, noun in doubtful(path.read_text())
    ]
    assert found == []


def test_the_search_finds_what_it_should() -> None:
    source = 'f"{left} resources", f"{left} of {of} resources", f"more than {MOST} pages", f"{url} rejects", f"{left:,} more lines"'
    assert list(doubtful(source)) == [(1, "left", "resources"), (1, "left", "lines")]


def doubtful(source: str) -> Iterator[tuple[int, str, str]]:
    """(line, name, noun) of every number before a plural, unless it is "N of M", a limit, or a constant."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.JoinedStr):
            continue
        for before, value, after in zip([None, *node.values], node.values, node.values[1:], strict=False):
            if not isinstance(value, ast.FormattedValue) or not (
                isinstance(after, ast.Constant) and isinstance(after.value, str)
            ):
                continue
            plural, name = PLURAL.match(after.value), ast.unparse(value.value)
            if (
                plural is None
                or NOT_NOUNS.fullmatch(plural[1])
                or name in NEVER_ONE
                or name.isupper()
                or name.startswith("counted(")
            ):
                continue
            if not (isinstance(before, ast.Constant) and re.search(r"\b(?:of|than|the)(?: the)? $", str(before.value))):
                yield node.lineno, name, plural[1]
