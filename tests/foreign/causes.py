"""The reviewed causes of what the suite finds at a server of the zoo: `python -m tests.foreign.causes NAME [STREAM]`.

The command prints every FAIL and UNDECIDED that no reviewed cause explains, the causes that are no longer found (some
depend on how many users the server holds when a check runs), and the server's row of the precision table. It runs the
suite, or reads the stream of an earlier run.

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
headline     `yes` if title and message lead the server's owner to the cause, else `no`
why          for a `no`: what the suite should do instead
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loadtests.bench.servers.node_packages import NotInstalled
from tests.foreign.review import run_suite
from tests.foreign.targets import ZOO, running

CAUSES = Path(__file__).parent / "causes"
PROFILES = ("--profile", "entra", "--profile", "okta")  # besides rfc
COLUMNS = tuple(
    "cause verdict checks answer requirement section sentence seen right headline why".split()  # noqa: SIM905
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


def cause_of(finding: Finding, rows: Sequence[Row]) -> Row | None:
    """The first row that explains a finding."""
    return next((row for row in rows if _fits(finding, row)), None)


def vanished(events: Sequence[Finding], rows: Sequence[Row]) -> list[str]:
    """The causes that explain nothing of this run. A verdict that was wrong may go without a word."""
    found = [cause_of(finding, rows) for finding in judged(events)]
    return [row["cause"] for row in rows if row["right"] == "yes" and row not in found]


def precision(events: Sequence[Finding], rows: Sequence[Row]) -> str:
    """The server's row of the precision table: FAIL causes and findings, true ones, right headlines, UNDECIDED."""
    findings = [(finding, cause_of(finding, rows)) for finding in judged(events) if finding["verdict"] == "FAIL"]
    fails = [row for row in rows if any(row is cause for _, cause in findings)]
    true = sum(cause is not None and cause["right"] == "yes" for _, cause in findings)
    counts = Counter(str(event["verdict"]) for event in events if event["event"] == "check")
    return (
        f"{len(fails)} FAIL causes, {sum(row['right'] == 'yes' for row in fails)} true, "
        f"{sum(row['headline'] == 'yes' for row in fails)} under the right headline; "
        f"{true} of {len(findings)} FAIL findings true; {counts['UNDECIDED']} of {counts.total()} checks UNDECIDED"
    )


def _fits(finding: Finding, row: Row) -> bool:
    name = str(finding["name"])
    return (
        finding["verdict"] == row["verdict"]
        and any(words in f"{finding['message']} {finding['got']}" for words in row["answer"].split(" | "))
        and any(_names(check, name) for check in row["checks"].split(" | "))
    )


def _names(check: str, name: str) -> bool:
    return check == "*" or (name.startswith(check) if "[" in check else name.partition("[")[0] == check)


def main(name: str, stream: str | None) -> int:
    """Print what is not explained and the precision; 1 if a person has something to review."""
    if stream is None:
        with running(name) as server:
            events = run_suite(server, *PROFILES)
    else:
        events = [json.loads(line) for line in Path(stream).read_text("utf-8").splitlines()]
    rows = rows_of(name) if (CAUSES / f"{name}.csv").exists() else []
    new = [finding for finding in judged(events) if cause_of(finding, rows) is None]
    for finding in new:
        print(finding["verdict"], finding["name"], ":", finding["message"][:200])
    for cause in vanished(events, rows):
        print("no longer found:", cause)
    print(f"{name}: {precision(events, rows)}; {len(new)} findings to review")
    return 1 if new else 0


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3 or sys.argv[1] not in ZOO:
        sys.exit(f"usage: python -m tests.foreign.causes {'|'.join(ZOO)} [STREAM]")
    try:
        sys.exit(main(sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else None))
    except NotInstalled as reason:
        sys.exit(str(reason))
