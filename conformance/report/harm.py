"""The severity of a finding: its level, which depends on the server's response, and its harm to users (`harm.csv`)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from simulator.stream.events import CheckResultEvent, FailureLevel

_VERDICTS = {"FAIL": 0, "UNDECIDED": 1, "WARN": 2}
_LEVELS = {"lie": 0, "refusal": 1, "cosmetic": 2}
_REJECTED_AND_DONE = re.compile(r"changed|and yet|still|lost|created|is shown|has happened")
_ERROR = re.compile(r"[45]")
_SUCCESS_EXPECTED = re.compile(r"\b2(\d\d|xx)\b")


def rank(verdict: str, level: str | None) -> tuple[int, int]:
    """Sort key: FAIL (lie, refusal, cosmetic), UNDECIDED, WARN, and then the others."""
    return _VERDICTS.get(verdict, 3), _LEVELS.get(level or "", 3)


def level_of(check: CheckResultEvent, status: str) -> FailureLevel | None:
    """The level that fits the response. A check for wrong states may also fail because of an error.

    `status` is the status that the finding is about. An error status is not a success with a wrong state, unless the finding
    says that the server applied a request that it rejected.
    """
    if check["level"] != "lie" or not _ERROR.match(status):
        return check["level"]
    if not _ERROR.match(check["got"]) and _REJECTED_AND_DONE.search(check["message"]):
        return "lie"
    wrong_error = status[0] == "4" and check["expected"] and not _SUCCESS_EXPECTED.search(check["expected"])
    return "cosmetic" if wrong_error else "refusal"


def label_of(verdict: str, level: str | None, status: str) -> str:
    """A description of the level, with the status if the server returned an error."""
    if verdict == "UNDECIDED":
        return "undecided"
    if level == "refusal":
        return f"the server returns {status}" if _ERROR.match(status) else "a refusal"
    if level == "lie":
        return (
            "wrong result: the request was rejected but carried out"
            if _ERROR.match(status)
            else "wrong result: success reported, wrong state"
        )
    return level or ""


def harm_of(checks: Iterable[CheckResultEvent]) -> int:
    """The smallest rank of harm.csv that matches a check; one more than the last rank if none matches."""
    return min((_harm(f"{check['file']} {check['function']}") for check in checks), default=0)


@cache
def _harm(words: str) -> int:
    spaced = words.replace("_", " ")
    return next((rank for rank, pattern in _ranks() if pattern.search(spaced)), len(_ranks()))


@cache
def _ranks() -> tuple[tuple[int, re.Pattern[str]], ...]:
    content = (files("conformance.report") / "harm.csv").read_text("utf-8")
    rows = csv.DictReader(content.splitlines())
    return tuple((int(row["rank"]), re.compile(row["pattern"], re.IGNORECASE)) for row in rows)
