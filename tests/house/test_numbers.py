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
CHECKS = ("conformance/checks", "conformance/topics")  # here, only lengths are numbers for sure
NOT_HERE = "loadtests/bench"  # its numbers are sizes that the user asks for
PLURAL = re.compile(r"^ (?:[a-z]+ )?([a-z]+s|people)\b(?!/)")
NOT_NOUNS = re.compile(
    "ms|is|was|has|does|as|this|its|less|access|points|details"
    "|accepts|belongs|contains|differs|ends|exists|expects|needs|rejects|remains|requires|returns|supports|takes|uses"
)
NEVER_ONE = {  # (file, name in the braces)
    ("conformance/checks/rfc7643/test_2_3_1_long_strings.py", "len(str(wanted))"),
    ("conformance/checks/rfc7643/test_2_3_1_long_strings.py", "len(string.shown(sent))"),
    ("conformance/checks/rfc7643/test_2_4_many_elements.py", "len(sent)"),  # several elements are sent
    ("conformance/checks/rfc7643/test_4_1_2_many_groups.py", "len(wanted)"),  # more than a hundred
    ("conformance/checks/rfc7644/test_3_5_2_large_groups.py", "len(after)"),  # two or more than a thousand
    ("conformance/topics/crowds.py", "len(wanted)"),  # 1,050
    ("conformance/client/rules/bulk.py", "size"),  # the limit of a server
    ("conformance/commands/run_check_client.py", "len(rules())"),
    ("conformance/commands/run_check_client.py", "len(situations())"),
    ("conformance/report/console_causes.py", "len(cause.places)"),  # shown only for more than one
    ("conformance/report/crowd.py", "event['groups'] - 1"),
    ("conformance/report/crowd.py", "event['users']"),  # 1,050
    ("loadtests/locust/options.py", "number"),  # more tenants than connections
    ("loadtests/measurements/budget.py", "', '.join(FIGURES)"),
    ("loadtests/measurements/budget.py", "times"),  # with a decimal
    ("simulator/commands/run_provision.py", "count"),  # one has a word of its own
    ("simulator/commands/run_provision.py", "len(found)"),  # an ambiguous name
    ("simulator/mapping/expressions/functions.py", "self.most"),  # "2 to 3 arguments"
    ("simulator/mapping/expressions/parser.py", "len(text)"),  # above the maximum
    ("simulator/report/difference_table.py", "self.count"),  # found in several cycles
    ("simulator/report/provisioning_log.py", "event['tries']"),  # Entra's own words
    ("simulator/run/difference_list.py", "len(value)"),  # above the maximum
    ("simulator/verify/read_back.py", "total"),  # more than all pages can hold
}


def test_a_number_that_can_be_one_is_followed_by_the_right_noun() -> None:
    found = {(place, name): f"{place}:{line}: {{{name}}} {noun}" for place, line, name, noun in all_doubtful()}
    assert [told for key, told in found.items() if key not in NEVER_ONE] == []
    assert NEVER_ONE - found.keys() == set(), "these exceptions are no longer needed"


def all_doubtful() -> Iterator[tuple[str, int, str, str]]:
    """(file, line, name, noun) of every doubtful number."""
    for part in PARTS + CHECKS:
        for path in sorted((ROOT / part).rglob("*.py")):
            if not path.is_relative_to(ROOT / NOT_HERE):
                for line, name, noun in doubtful(path.read_text()):
                    if part not in CHECKS or name.startswith("len("):
                        yield path.relative_to(ROOT).as_posix(), line, name, noun


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
            if plural is None or NOT_NOUNS.fullmatch(plural[1]) or name.isupper() or name.startswith("counted("):
                continue
            if not (isinstance(before, ast.Constant) and re.search(r"\b(?:of|than|the)(?: the)? $", str(before.value))):
                yield node.lineno, name, plural[1]
