"""Reviews what the suite finds at servers of other projects.

    python -m tests.foreign.causes NAME [STREAM]     one server
    python -m tests.foreign.causes --all [FOLDER]    every server that is prepared, one after the other

The command runs the suite as an owner would, without a profile, or reads the streams of earlier runs. It prints every
FAIL and UNDECIDED that no reviewed cause explains, the reported causes whose headline is not the reviewed one, the
causes that are no longer found (some depend on how many users the server holds when a check runs), and the precision
table. With a FOLDER, `--all` keeps the streams there, reads those that are there already, and writes `precision.md`.
`reviewed_causes.py` describes the rows of `causes/NAME.csv`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from loadtests.bench.servers.node_packages import NotInstalled
from scimulator import run_program
from tests.foreign.precision import TABLE, Precision, precision, table_of, written
from tests.foreign.review import run_suite
from tests.foreign.reviewed_causes import Finding, cause_of, headline_fits, reported, rows_of, unexplained, vanished
from tests.foreign.targets import EVERY, running


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
    rows = rows_of(name)
    for finding in unexplained(events, rows):
        print("unreviewed:", finding["verdict"], finding["name"], ":", finding["message"][:200])
    for cause in reported(events):
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
    for name in EVERY if arguments[0] == "--all" else [arguments[0]]:
        stream = folder / f"{name}.jsonl" if folder and arguments[0] == "--all" else folder
        try:
            table.append(review(name, stream))
        except NotInstalled as reason:
            print(reason)
        except AssertionError as reason:
            print(f"{name}: the run did not end as expected: {reason}")
    print(table_of(table))
    if arguments[0] == "--all" and len(table) == len(EVERY):
        TABLE.write_text(written(table), "utf-8")
    return 1 if any(row.unreviewed for row in table) or not table else 0


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3 or sys.argv[1] not in (*EVERY, "--all"):
        sys.exit(f"usage: python -m tests.foreign.causes {'|'.join(EVERY)} [STREAM]\n   or: ... --all [FOLDER]")
    run_program(lambda: main(sys.argv[1:]))
