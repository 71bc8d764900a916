"""The precision table: how much of what the suite says about servers of other projects is true (`precision.md`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from tests.foreign.reviewed_causes import Finding, Row, cause_of, headline_fits, is_right, reported, unexplained

TABLE = Path(__file__).with_name("precision.md")
INTRODUCTION = """# What the suite says about servers of other projects

`python -m tests.foreign.causes --all FOLDER` runs the suite against eight servers as their owners would, without a
profile, and writes this page. Every FAIL and UNDECIDED was compared with the RFC by hand; `causes/NAME.csv` holds the
results. A cause counts as true if the RFC makes its verdict right, and its headline counts as right if it leads the
server's owner to the fault. The two columns after the findings count the single checks in the same way.
"""


@dataclass(frozen=True, slots=True)
class Precision:
    """The server's row of the precision table; a reported cause is judged by the finding that it shows."""

    name: str
    causes: int  # reported FAIL causes
    true: int
    headline: int
    first: int  # of the first three reported causes, how many the owner should fix first
    first_of: int  # three, unless there are fewer causes
    findings: int  # FAIL findings
    findings_true: int
    findings_headline: int
    undecided: int
    checks: int
    unreviewed: int
    shown_first: tuple[tuple[str, str], ...] = ()  # headline and reviewed reason of the first three causes

    @property
    def line(self) -> str:
        """The server's row in Markdown."""
        cells = (
            self.name,
            str(self.causes),
            _share(self.true, self.causes),
            _share(self.headline, self.causes),
            f"{self.first} of {self.first_of}",
            str(self.findings),
            _share(self.findings_true, self.findings),
            _share(self.findings_headline, self.findings),
            f"{self.undecided} of {self.checks} ({100 * self.undecided / max(1, self.checks):.1f}%)",
            str(self.unreviewed),
        )
        return f"| {' | '.join(cells)} |"


HEADING = (
    "| server | FAIL causes | true | right headline | first three | FAIL findings | true | right headline "
    "| UNDECIDED | not reviewed |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
)


def table_of(rows: Sequence[Precision]) -> str:
    """The table with its total."""
    numbers = {field.name: sum(getattr(row, field.name) for row in rows) for field in fields(Precision)[1:-1]}
    lines = [HEADING, *(row.line for row in rows)]
    if len(rows) > 1:
        lines.append(Precision("all", **numbers).line)
    return "\n".join(lines) + "\n"


def precision(name: str, events: Sequence[Finding], rows: Sequence[Row]) -> Precision:
    """How much of what a run says about a server is true, and stands under the right headline."""
    causes = reported(events)
    shown = [(cause.first, cause) for cause in causes]
    findings = [(place, cause) for cause in causes for place in cause.places if place["verdict"] == "FAIL"]
    checks = [event for event in events if event["event"] == "check"]
    first = [cause_of(place, rows) or {} for place, _ in shown[:3]]
    return Precision(
        name=name,
        causes=len(causes),
        true=sum(is_right(place, rows) for place, _ in shown),
        headline=sum(headline_fits(place, cause, rows) for place, cause in shown),
        first=sum(row.get("first") == "yes" for row in first),
        first_of=len(first),
        findings=len(findings),
        findings_true=sum(is_right(place, rows) for place, _ in findings),
        findings_headline=sum(headline_fits(place, cause, rows) for place, cause in findings),
        undecided=sum(check["verdict"] == "UNDECIDED" for check in checks),
        checks=len(checks),
        unreviewed=len(unexplained(events, rows)),
        shown_first=tuple((cause.headline, row.get("why", "")) for row, cause in zip(first, causes, strict=False)),
    )


def _share(part: int, whole: int) -> str:
    return f"{part} ({100 * part / whole:.0f}%)" if whole else "0"


def written(rows: Sequence[Precision]) -> str:
    """The content of `precision.md`."""
    lines = [INTRODUCTION, table_of(rows), "## What each owner should fix first\n"]
    for row in rows:
        lines.append(f"### {row.name}\n")
        lines += [f"{number}. {headline} {_sentence(why)}" for number, (headline, why) in enumerate(row.shown_first, 1)]
        lines.append("")
    return "\n".join(lines)


def _sentence(why: str) -> str:
    return f"{why[:1].upper()}{why[1:]}." if why else "(not among the first to fix)"
