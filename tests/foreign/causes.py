"""The reviewed causes of what the suite finds at a server of the zoo.

    python -m tests.foreign.causes NAME [STREAM]     one server
    python -m tests.foreign.causes --all [FOLDER]    every server that is prepared, one after the other

The command runs the suite as an owner would, without a profile, or reads the streams of earlier runs. It prints every
FAIL and UNDECIDED that no reviewed cause explains, the reported causes whose headline is not the reviewed one, the
causes that are no longer found (some depend on how many users the server holds when a check runs), and the precision
table. With a FOLDER, `--all` keeps the streams there and reads those that are there already.

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
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.report.causes import Cause, causes_of
from loadtests.bench.servers.node_packages import NotInstalled
from tests.foreign.review import run_suite
from tests.foreign.targets import ZOO, running

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


def vanished(events: Sequence[Finding], rows: Sequence[Row]) -> list[str]:
    """The causes that explain nothing of this run. A verdict that was wrong may go without a word."""
    found = [cause_of(finding, rows) for finding in judged(events)]
    return [row["cause"] for row in rows if row["right"] == "yes" and row not in found]


@dataclass(frozen=True, slots=True)
class Precision:
    """The server's row of the precision table; a reported cause is judged by the finding that it shows."""

    name: str
    causes: int  # reported FAIL causes
    true: int
    headline: int
    first: int  # of the first three reported causes, how many the owner should fix first
    findings: int  # FAIL findings
    findings_true: int
    findings_headline: int
    undecided: int
    checks: int
    unreviewed: int

    @property
    def line(self) -> str:
        return (
            f"{self.name:<20} {self.causes:>6} {_share(self.true, self.causes):>10} "
            f"{_share(self.headline, self.causes):>14} {self.first:>8} of {min(3, self.causes)} "
            f"{_share(self.findings_true, self.findings):>14} {_share(self.findings_headline, self.findings):>14} "
            f"{100 * self.undecided / max(1, self.checks):>8.1f} % {self.unreviewed:>10}"
        )


HEADING = (
    f"{'server':<20} {'causes':>6} {'true':>10} {'right headline':>14} {'first three':>13} {'findings true':>14} "
    f"{'under headline':>14} {'UNDECIDED':>10} {'unreviewed':>10}"
)


def precision(name: str, events: Sequence[Finding], rows: Sequence[Row]) -> Precision:
    """How much of what a run says about a server is true, and stands under the right headline."""
    causes = _reported(events)
    shown = [(cause.first, cause) for cause in causes]
    findings = [(place, cause) for cause in causes for place in cause.places if place["verdict"] == "FAIL"]
    checks = [event for event in events if event["event"] == "check"]
    return Precision(
        name=name,
        causes=len(causes),
        true=sum(_is_right(place, rows) for place, _ in shown),
        headline=sum(headline_fits(place, cause, rows) for place, cause in shown),
        first=sum((cause_of(place, rows) or {}).get("first") == "yes" for place, _ in shown[:3]),
        findings=len(findings),
        findings_true=sum(_is_right(place, rows) for place, _ in findings),
        findings_headline=sum(headline_fits(place, cause, rows) for place, cause in findings),
        undecided=sum(check["verdict"] == "UNDECIDED" for check in checks),
        checks=len(checks),
        unreviewed=sum(cause_of(finding, rows) is None for finding in judged(events)),
    )


def headline_fits(finding: Any, cause: Cause, rows: Sequence[Row]) -> bool:
    """Whether a finding is reported under a headline that its reviewed cause accepts."""
    row = cause_of(finding, rows)
    if row is None or row["headline"] in ("yes", "no"):
        return row is not None and row["headline"] == "yes"
    return any(words in cause.headline for words in row["headline"].split(" | "))


def _reported(events: Sequence[Finding]) -> list[Cause]:
    return causes_of(events, ("FAIL",))  # type: ignore[arg-type]  # the stream's lines are these events


def _is_right(finding: Any, rows: Sequence[Row]) -> bool:
    row = cause_of(finding, rows)
    return row is not None and row["right"] == "yes"


def _share(part: int, whole: int) -> str:
    return f"{part} ({100 * part / whole:.0f} %)" if whole else "0"


def _fits(finding: Mapping[str, Any], row: Row) -> bool:
    name = str(finding["name"])
    return (
        finding["verdict"] == row["verdict"]
        and any(words in f"{finding['message']} {finding['got']}" for words in row["answer"].split(" | "))
        and any(_names(check, name) for check in row["checks"].split(" | "))
    )


def _names(check: str, name: str) -> bool:
    return check == "*" or (name.startswith(check) if "[" in check else name.partition("[")[0] == check)


def events_of(name: str, stream: Path | None) -> list[Finding]:
    """The events of a run: of an earlier one where its stream exists, else of a new one, kept in that place."""
    if stream is not None and stream.exists():
        return [json.loads(line) for line in stream.read_bytes().splitlines()]
    with running(name) as server:
        events = run_suite(server, base=(), timeout=1500)
    if stream is not None:
        stream.parent.mkdir(parents=True, exist_ok=True)
        stream.write_text("".join(json.dumps(event) + "\n" for event in events), "utf-8")
    return events


def review(name: str, stream: Path | None) -> Precision:
    """Print what a person has to look at, and give the server's row of the table."""
    events = events_of(name, stream)
    rows = rows_of(name) if (CAUSES / f"{name}.csv").exists() else []
    for finding in judged(events):
        if cause_of(finding, rows) is None:
            print("unreviewed:", finding["verdict"], finding["name"], ":", finding["message"][:200])
    for cause in _reported(events):
        row = cause_of(cause.first, rows)
        if row is not None and not headline_fits(cause.first, cause, rows):
            print(f"another headline for {row['cause']!r}: {cause.headline} ({cause.first['name']})")
    for vanished_cause in vanished(events, rows):
        print("no longer found:", vanished_cause)
    return precision(name, events, rows)


def main(arguments: Sequence[str]) -> int:
    """Review one server or all of them; 1 if a person has something to review."""
    folder = Path(arguments[1]) if len(arguments) == 2 else None
    table = []
    for name in ZOO if arguments[0] == "--all" else [arguments[0]]:
        stream = folder / f"{name}.jsonl" if folder and arguments[0] == "--all" else folder
        try:
            table.append(review(name, stream))
        except NotInstalled as reason:
            print(reason)
        except AssertionError as reason:
            print(f"{name}: the run did not end as expected: {reason}")
    print(HEADING)
    for row in table:
        print(row.line)
    return 1 if any(row.unreviewed for row in table) or not table else 0


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3 or sys.argv[1] not in (*ZOO, "--all"):
        sys.exit(f"usage: python -m tests.foreign.causes {'|'.join(ZOO)} [STREAM]\n   or: ... --all [FOLDER]")
    sys.exit(main(sys.argv[1:]))
