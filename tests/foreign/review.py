"""Warnings about a foreign server that are not reviewed: `python -m tests.foreign.review NAME [--rows]`.

With --rows, it prints rows to start from instead of the exchanges. A person must fill in `reviewed`; a test verifies this.

`reviewed_causes.py` judges failures. A file of reviewed warnings (`findings/NAME.csv`) has one row per check:

check        function name of the check
verdict      WARN
cases        `all`, or the parameters with this verdict, joined by ` | `
requirement  id of the row in requirements.csv that decides
section      the section of the RFC
sentence     what the RFC says there, in our words
seen         what the server does
reviewed     `yes` if a person compared the exchange with the RFC and agrees with the verdict
"""

from __future__ import annotations

import csv
import json
import os
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.requirements.catalogue import catalogue
from loadtests.bench.servers.node_packages import NotInstalled
from scimulator import run_program
from tests.foreign.targets import NAMES, ForeignServer, running
from tests.warm_process import run_command

REVIEWED = Path(__file__).parent / "findings"
COLUMNS = ("check", "verdict", "cases", "requirement", "section", "sentence", "seen", "reviewed")
TELLING = ("WARN",)
RFC_ALONE = ("--profile", "rfc", "--no-fuzz")
Key = tuple[str, str, str]  # check, verdict, cases


@dataclass(slots=True)
class Found:
    """One check's findings with one verdict."""

    check: str
    verdict: str
    cases: list[str] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    of_cases: int = 0

    @property
    def key(self) -> Key:
        complete = len(self.cases) == self.of_cases
        return self.check, self.verdict, "all" if complete else " | ".join(sorted(self.cases))


def run_suite(
    server: ForeignServer, *options: str, base: tuple[str, ...] = RFC_ALONE, timeout: float = 600
) -> list[dict[str, Any]]:
    """The events of one run of the suite against the server."""
    with tempfile.TemporaryDirectory() as folder:
        stream = Path(folder) / "run.jsonl"
        arguments = ["check", "--url", server.base_url, *base, "--stream", str(stream)]
        environment = {**os.environ, "SCIM_TOKEN": server.token}
        shown = run_command(*arguments, *options, cwd=folder, env=environment, timeout=timeout)
        assert stream.exists(), shown.stdout + shown.stderr
        assert shown.returncode in (0, 1), shown.stdout + shown.stderr
        return [json.loads(line) for line in stream.read_bytes().splitlines()]


def findings(events: list[dict[str, Any]]) -> list[Found]:
    """What did not pass, grouped by check and verdict, in the order of the run."""
    grouped: dict[tuple[str, str], Found] = {}
    of_cases: dict[str, int] = defaultdict(int)
    for event in events:
        if event["event"] != "check":
            continue
        check, _, case = str(event["name"]).partition("[")
        of_cases[check] += 1
        if event["verdict"] in TELLING:
            found = grouped.setdefault((check, event["verdict"]), Found(check, event["verdict"]))
            found.cases.append(case.removesuffix("]"))
            found.events.append(event)
    for found in grouped.values():
        found.of_cases = of_cases[found.check]
    return list(grouped.values())


def reviewed(name: str) -> dict[Key, dict[str, str]]:
    """The rows of the reviewed file of a server."""
    with (REVIEWED / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return {(row["check"], row["verdict"], row["cases"]): row for row in csv.DictReader(file)}


def unreviewed(events: list[dict[str, Any]], name: str) -> list[Found]:
    """What was found and is in no reviewed row."""
    known = reviewed(name)
    return [found for found in findings(events) if found.key not in known]


def vanished(events: list[dict[str, Any]], name: str) -> list[Key]:
    """Reviewed rows that are found no more."""
    keys = {found.key for found in findings(events)}
    return [key for key in reviewed(name) if key not in keys]


def told(found: Found, events: list[dict[str, Any]]) -> str:
    """A finding with the exchanges that led to it, for a person to judge."""
    check, verdict, cases = found.key
    first = found.events[0]
    lines = [f"{verdict} {check}  cases: {cases}", f"  {first['title']}  {', '.join(first['requirements'])}"]
    lines.append(f"  {first['message']}\n    expected {first['expected']}\n    got      {first['got'][:300]}")
    numbers = set(first["exchanges"])
    for event in events:
        if event["event"] == "exchange" and event["number"] in numbers:
            lines.append(f"    {event['number']} {event['method']} {event['url']}  {event['status']}")
            lines += [f"      > {_short(event['request_body'])}", f"      < {_short(event['response_body'])}"]
    return "\n".join(lines)


def row_to_start_from(found: Found) -> dict[str, str]:
    """A row with what the run itself says; which requirement decides, and whether it is right, is for a person."""
    first = found.events[0]
    about_status = first["message"].startswith("the error's status is not")
    decides = catalogue()["RFC7644-3.12-03" if about_status else first["requirements"][0]]
    got = f": {first['got']}" if first["got"] and len(first["got"]) < 80 else ""
    values = (*found.key, decides.id, f"{decides.rfc[:3]} {decides.rfc[3:]} section {decides.section}")
    return dict(zip(COLUMNS, (*values, decides.requirement, f"{first['message']}{got}", ""), strict=True))


def _short(body: Any) -> str:
    return (str(body) if body else "-").replace("\n", " ")[:700]


def main(name: str, rows: bool) -> int:
    """Print what is new and what has vanished; 1 if there is anything."""
    with running(name) as server:
        events = run_suite(server)
    new, gone = unreviewed(events, name), vanished(events, name)
    if rows:
        csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n").writerows(row_to_start_from(found) for found in new)
    for found in () if rows else new:
        print(told(found, events), "\n")
    for key in gone:
        print("no longer found:", *key)
    checks = sum(event["event"] == "check" for event in events)
    print(f"{name}: {checks} checks, {len(new)} findings to review, {len(gone)} no longer found")
    return 1 if new or gone else 0


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3 or sys.argv[1] not in NAMES or sys.argv[2:] not in ([], ["--rows"]):
        sys.exit(f"usage: python -m tests.foreign.review {'|'.join(NAMES)} [--rows]")
    try:
        run_program(lambda: main(sys.argv[1], rows=len(sys.argv) == 3))
    except NotInstalled as reason:
        sys.exit(str(reason))
