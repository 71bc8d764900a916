"""The table of limits for one request, which docs/serve.md shows.

Each one limits work that the maximum body size does not limit. A request that exceeds a limit changes nothing.
"""

from __future__ import annotations

from typing import NamedTuple


class Limit(NamedTuple):
    """One limit; `what` and `answer` are Markdown for the table in the documentation."""

    most: int
    what: str
    answer: str


FILTER_CHARACTERS = Limit(4_096, "Characters of a filter", "400 `invalidFilter`")
FILTER_TERMS = Limit(50, "Comparisons of a filter", "400 `invalidFilter`")
FILTER_DEPTH = Limit(20, "Levels of parentheses and brackets in a filter", "400 `invalidFilter`")
NAMES = Limit(200, "Names in `attributes` or `excludedAttributes`", "400 `invalidValue`")
PATH_CHARACTERS = Limit(1_024, "Characters of a PATCH path", "400 `invalidPath`")
PATCH_OPERATIONS = Limit(1_000, "Operations of a PATCH", "400 `tooMany`")
PATCH_STEPS = Limit(
    500_000,
    "Comparisons of a PATCH: for each operation, the elements of its attribute times the comparisons of its value filter",
    "400 `tooMany`",
)
ELEMENTS = Limit(
    1_000,
    "Elements of a multi-valued attribute (references such as `members` have no limit of their own)",
    "400 `invalidValue`",
)
STRING_CHARACTERS = Limit(32_768, "Characters of a string that is not ASCII", "400 `invalidValue`")
COMBINING_MARKS = Limit(30, "Combining marks in a row, as in Unicode's Stream-Safe Text Format", "400 `invalidValue`")
GROUP_LEVELS = Limit(32, "Levels of groups within groups", "400 `invalidValue`")
JSON_STRUCTURES = Limit(50_000, "Objects and lists in a body", "413")
LIST_BYTES = Limit(32 * 1024 * 1024, "Bytes of the resources in a list", "400 `tooMany`")

LIMITS = (
    FILTER_CHARACTERS,
    FILTER_TERMS,
    FILTER_DEPTH,
    NAMES,
    PATH_CHARACTERS,
    PATCH_OPERATIONS,
    PATCH_STEPS,
    ELEMENTS,
    STRING_CHARACTERS,
    COMBINING_MARKS,
    GROUP_LEVELS,
    JSON_STRUCTURES,
    LIST_BYTES,
)
