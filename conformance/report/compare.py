"""Compares several runs: one row per check, one column per run; by default, only the differences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from conformance.report.causes import shape
from conformance.report.html_elements import inner, verdict_mark
from conformance.report.markdown import cell, code
from conformance.report.run_events import checks_of, counts_of, end_of, header_of, profile_of, profile_title
from conformance.report.terminal_text import WIDTH, cut, plain
from conformance.requirements.verdict import LEGEND, MARKS, Verdict
from simulator.report.page import Section, page, table, text
from simulator.stream.events import CheckEvent, CheckResultEvent
from simulator.wording import counted

ABSENT = " "
ABSENT_WORDS = "Not run."
NOT_ONE = "nothing differs"


@dataclass(frozen=True, slots=True)
class Line:
    """One check in every run; None for a run in which it did not run."""

    id: str
    title: str
    profile: str
    cells: tuple[CheckResultEvent | None, ...]

    @property
    def name(self) -> str:
        """The name of the check with its case, which identifies the line."""
        return self.id.rpartition("::")[2]

    @property
    def differs(self) -> bool:
        """Whether the runs differ in the verdict or in the finding."""
        return len({(cell["verdict"], shape(cell["message"])) if cell else None for cell in self.cells}) > 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """The runs, each with a letter, and the lines that are shown out of `total`."""

    names: tuple[str, ...]
    runs: tuple[list[CheckEvent], ...]
    lines: tuple[Line, ...]
    total: int

    @property
    def letters(self) -> list[str]:
        return [chr(ord("A") + at) if at < 26 else str(at + 1) for at in range(len(self.runs))]


def compare(runs: list[list[CheckEvent]], names: list[str] | None = None, *, everything: bool = False) -> Comparison:
    """The checks of all runs in the suite's order. By default, a run is named after the URL of its target."""
    known = names or [header_of(run)["target"]["url"] for run in runs]
    by_run = [{check["id"]: check for check in checks_of(run)} for run in runs]
    order = checks_of({check["id"]: check for checks in reversed(by_run) for check in checks.values()}.values())
    lines = [
        Line(check["id"], check["title"], profile_of(check), tuple(checks.get(check["id"]) for checks in by_run))
        for check in order
    ]
    shown = tuple(line for line in lines if everything or line.differs)
    return Comparison(tuple(known), tuple(runs), shown, len(lines))


def as_text(runs: list[list[CheckEvent]], names: list[str] | None = None, *, everything: bool = False) -> str:
    """The table for a console, followed by the legend."""
    found = compare(runs, names, everything=everything)
    out = [f"  {letter}  {cut(told, WIDTH - 5)}" for letter, told in zip(found.letters, _told(found), strict=True)]
    out += ["", f"  {'  '.join(found.letters)}"]
    for profile, lines in groupby(found.lines, key=lambda line: line.profile):
        out.append(f"  {plain(profile_title(profile))}")
        for line in lines:
            marks = "  ".join(
                f"{_mark(cell):<{len(letter)}}" for cell, letter in zip(line.cells, found.letters, strict=True)
            )
            out.append(f"  {marks}  {cut(f'{line.name}  {line.title}', WIDTH - 4 - 3 * len(found.letters))}")
    out += ["", f"  {_sum(found)}", f"  {_legend(found)}"]
    return "\n".join(line.rstrip() for line in out) + "\n"


def as_markdown(runs: list[list[CheckEvent]], names: list[str] | None = None, *, everything: bool = False) -> str:
    """The table for a pull request."""
    found = compare(runs, names, everything=everything)
    out = ["## SCIM conformance, side by side", ""]
    out += [f"- **{letter}** {code(told)}" for letter, told in zip(found.letters, _told(found), strict=True)]
    out += [
        "",
        f"| {' | '.join(found.letters)} | check | profile |",
        "| " + ":-: | " * len(found.letters) + "--- | --- |",
    ]
    for line in found.lines:
        marks = " | ".join(f"{_mark(cell)} {_word(cell)}".strip() for cell in line.cells)
        out.append(f"| {marks} | {cell(line.title)} | {cell(line.profile)} |")
    return "\n".join([*out, "", _sum(found), "", _legend(found)]) + "\n"


def as_html(runs: list[list[CheckEvent]], names: list[str] | None = None, *, everything: bool = True) -> str:
    """A page with all lines, beginning with those that differ."""
    found = compare(runs, names, everything=everything)
    facts = list(zip(found.letters, _told(found), strict=True))
    differing = [line for line in found.lines if line.differs]
    equal = [line for line in found.lines if not line.differs]
    legend = [[MARKS[v], text(v.value), text(LEGEND[v])] for v in Verdict] + [["", "", text(ABSENT_WORDS)]]
    sections = [
        Section(
            "differs",
            "What differs",
            _matrix(found, differing) if differing else f"<p>{text(NOT_ONE.capitalize())}.</p>",
        ),
        Section(
            "equal",
            "Identical results",
            f"<details><summary>{counted(len(equal), 'check')}</summary>{_matrix(found, equal)}</details>",
        ),
        Section("legend", "Legend", table(["", "Verdict", "Meaning"], legend)),
    ]
    data = {
        "runs": [{"name": name, "verdict": end_of(run)["verdict"]} for name, run in zip(found.names, runs, strict=True)]
    }
    return page("SCIM conformance, side by side", _sum(found), None if differing else True, facts, sections, data)


COMPARISONS: dict[str, Callable[..., str]] = {"text": as_text, "markdown": as_markdown, "html": as_html}


def _matrix(found: Comparison, lines: list[Line]) -> str:
    rows = [[*(_html_cell(cell) for cell in line.cells), inner(line.title), inner(line.id)] for line in lines]
    return table([*found.letters, "Check", "Id"], rows)


def _html_cell(cell: CheckResultEvent | None) -> str:
    if cell is None:
        return ""
    return f'<span title="{text(cell["message"])}">{verdict_mark(cell["verdict"])}</span>'


def _told(found: Comparison) -> list[str]:
    """One line for each run: its name, target, and counts."""
    lines = []
    for name, run in zip(found.names, found.runs, strict=True):
        counts = counts_of(checks_of(run))
        marks = "  ".join(f"{counts[v.value]} {MARKS[v]}" for v in Verdict if counts[v.value])
        url = header_of(run)["target"]["url"]
        lines.append(f"{name}   {url}   {marks}" if name != url else f"{url}   {marks}")
    return lines


def _sum(found: Comparison) -> str:
    differing = sum(line.differs for line in found.lines)
    return (
        f"{differing} of {found.total} checks differ" if differing else f"{NOT_ONE} in {counted(found.total, 'check')}"
    )


def _legend(found: Comparison) -> str:
    used = {cell["verdict"] for line in found.lines for cell in line.cells if cell}
    marks = [f"{MARKS[v]} {v.value}" for v in Verdict if v.value in used]
    return "   ".join([*marks, "(nothing) not run"])


def _mark(cell: CheckResultEvent | None) -> str:
    return MARKS[Verdict(cell["verdict"])] if cell else ABSENT


def _word(cell: CheckResultEvent | None) -> str:
    return cell["verdict"] if cell else ""
