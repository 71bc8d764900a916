"""The verdicts, and how the findings of one check merge into one verdict."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from simulator.stream.events import FailureLevel
from simulator.wording import pluralize


class Verdict(StrEnum):
    """The result of a check; LEGEND explains each in words."""

    PASS = "PASS"
    FAIL = "FAIL"
    WARN = "WARN"
    NOTE = "NOTE"
    NOT_OFFERED = "NOT OFFERED"
    NOT_EXERCISED = "NOT EXERCISED"
    UNDECIDED = "UNDECIDED"
    WAIVED = "WAIVED"


LEGEND: dict[Verdict, str] = {
    Verdict.PASS: "The requirement was met. After a write to a server, an independent read confirmed it.",
    Verdict.FAIL: "A MUST or a statement of the RFC was violated, or a provider's request or a situation was not handled "
    "correctly.",
    Verdict.WARN: "A SHOULD was violated, or the behavior causes problems with other servers or identity providers.",
    Verdict.NOTE: "The RFC leaves the behavior open; the report states what was observed.",
    Verdict.NOT_OFFERED: "The server does not advertise the feature, so there was nothing to test.",
    Verdict.NOT_EXERCISED: "The client did nothing that the rule or situation is about. This never counts as passed.",
    Verdict.UNDECIDED: "There was no response in time, or the setup of the check failed. This never counts as passed.",
    Verdict.WAIVED: "The check failed, and a waiver with a reason excuses it.",
}

MARKS = {
    Verdict.PASS: "✔",
    Verdict.FAIL: "✘",
    Verdict.WARN: "!",
    Verdict.NOTE: "·",
    Verdict.NOT_OFFERED: "–",
    Verdict.NOT_EXERCISED: "○",
    Verdict.UNDECIDED: "?",
    Verdict.WAIVED: "~",
}

# The worst finding of a check is its verdict.
_ORDER = (
    Verdict.FAIL,
    Verdict.UNDECIDED,
    Verdict.WARN,
    Verdict.NOTE,
    Verdict.NOT_OFFERED,
    Verdict.NOT_EXERCISED,
    Verdict.WAIVED,
    Verdict.PASS,
)


def merged(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of the verdicts; PASS for none."""
    found = set(verdicts)
    return next((verdict for verdict in _ORDER if verdict in found), Verdict.PASS)


def counted_as_failures(warnings: int) -> str:
    """What follows the number of warnings that count as failures in the result of a run."""
    return pluralize(warnings, "has a warning, which counts as a failure", "have warnings, which count as failures")


def and_warnings(warnings: int) -> str:
    """The end of a result that has failures too; empty without warnings that count."""
    return f", and {warnings:,} {counted_as_failures(warnings)}" if warnings else ""


class Finding(Exception):
    """A result of a check other than PASS."""

    def __init__(
        self,
        message: str,
        expected: str = "",
        got: str = "",
        verdict: Verdict | None = None,
        *,
        level: FailureLevel | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.expected = expected
        self.got = got
        self.verdict = verdict  # None: FAIL or WARN, depending on the level of the requirement
        self.level = level  # None: the level that the check declares


class NotOffered(Finding):
    """The target does not advertise the feature that the check tests."""

    def __init__(self, feature: str) -> None:
        super().__init__(f"not offered: {feature}", verdict=Verdict.NOT_OFFERED)


class Undecided(Finding):
    """The check could not be carried out, so it has no result."""

    def __init__(self, message: str) -> None:
        super().__init__(message, verdict=Verdict.UNDECIDED)
