"""The reviewed causes of what the suite finds at servers of other projects, and what they say about a run.

`causes/NAME.csv` has one row per cause, because one fault of a server fails many checks. A finding belongs to the first
row that fits:

cause        what is wrong, in a few words
verdict      FAIL or UNDECIDED
checks       names of checks, joined by ` | `; `test_name[case` stands for the cases that begin so, `*` for every check
answer       what the check's message, or what it got, must contain (one of several, joined by ` | `); empty: anything
requirement  id of the row in requirements.csv that decides
section      where the RFC says it
sentence     what the RFC says there, in our words
seen         what the server does
right        `yes` if the RFC makes this verdict right, else `no`
headline     what the headline that the finding is reported under must contain (one of several, joined by ` | `); `yes`
             if title and message lead the server's owner to the cause under every headline, `no` if they never do
first        `yes` if the owner should fix this among the first three, else empty
why          for a `no`: what the suite should do instead; for a `first`: why
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.report.causes import Cause, causes_of

CAUSES = Path(__file__).parent / "causes"
COLUMNS = tuple(
    "cause verdict checks answer requirement section sentence seen right headline first why".split()  # noqa: SIM905
)
JUDGED = ("FAIL", "UNDECIDED")
Row = dict[str, str]
Finding = dict[str, Any]


def rows_of(name: str) -> list[Row]:
    """The reviewed causes of a server."""
    with (CAUSES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def judged(events: Sequence[Finding]) -> list[Finding]:
    """The findings that need a reviewed cause."""
    return [event for event in events if event["event"] == "check" and event["verdict"] in JUDGED]


def cause_of(finding: Mapping[str, Any], rows: Sequence[Row]) -> Row | None:
    """The first row that explains a finding."""
    return next((row for row in rows if _fits(finding, row)), None)


def unexplained(events: Sequence[Finding], rows: Sequence[Row]) -> list[Finding]:
    """The findings that no reviewed cause explains."""
    return [finding for finding in judged(events) if cause_of(finding, rows) is None]


def vanished(events: Sequence[Finding], rows: Sequence[Row]) -> list[str]:
    """The causes that explain nothing of this run. A verdict that was wrong may go without a word."""
    found = [cause_of(finding, rows) for finding in judged(events)]
    return [row["cause"] for row in rows if row["right"] == "yes" and row not in found]


def headline_fits(finding: Any, cause: Cause, rows: Sequence[Row]) -> bool:
    """Whether a finding is reported under a headline that its reviewed cause accepts."""
    row = cause_of(finding, rows)
    if row is None or row["headline"] in ("yes", "no"):
        return row is not None and row["headline"] == "yes"
    return any(words in cause.headline for words in row["headline"].split(" | "))


def reported(events: Sequence[Finding]) -> list[Cause]:
    """The FAIL causes of a run as its report shows them."""
    return causes_of(events, ("FAIL",))  # type: ignore[arg-type]  # the stream's lines are these events


def is_right(finding: Any, rows: Sequence[Row]) -> bool:
    """Whether the RFC makes the verdict right, by the reviewed cause."""
    row = cause_of(finding, rows)
    return row is not None and row["right"] == "yes"


def _fits(finding: Mapping[str, Any], row: Row) -> bool:
    name = str(finding["name"])
    return (
        finding["verdict"] == row["verdict"]
        and any(words in f"{finding['message']} {finding['got']}" for words in row["answer"].split(" | "))
        and any(_names(check, name) for check in row["checks"].split(" | "))
    )


def _names(check: str, name: str) -> bool:
    return check == "*" or (name.startswith(check) if "[" in check else name.partition("[")[0] == check)
