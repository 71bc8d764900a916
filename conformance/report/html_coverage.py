"""The coverage in the HTML report: a strip of sections for each document, and every requirement with its state."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.report.coverage import NO_CHECK, SectionCoverage, coverage, totals, worst_state
from conformance.report.html_elements import anchor, inner, link, verdict_mark
from conformance.report.run_events import (
    checks_of,
    document_name,
    link_of,
    section_title,
)
from conformance.requirements.catalogue import Requirement, catalogue
from simulator.report.page import table, text
from simulator.stream.events import CheckEvent, CheckResultEvent

MARKS = {
    "passed": "✔",
    "failed": "✘",
    "warned": "!",
    "not offered": "–",
    "not exercised": "○",
    "undecided": "?",
    "waived": "~",
    NO_CHECK: "○",
}
CLASSES = {"not offered": "off", "not exercised": "off", NO_CHECK: "off"}
INK = {"passed": "good", "failed": "bad", "warned": "open", "undecided": "open", "waived": "open"}
COLUMNS = (
    "testable",
    "covered",
    "passed",
    "failed",
    "warned",
    "not offered",
    "not exercised",
    "undecided",
    "waived",
    NO_CHECK,
)
MAX_LINKS = 12


def coverage_html(events: list[CheckEvent]) -> str:
    """Totals by document, then the strips and rows of each profile."""
    sections = coverage(events)
    seen: set[str] = set()
    documents = dict.fromkeys((section.profile, section.document) for section in sections)
    client = any(event["event"] == "run" and "client" in event["settings"] for event in events)
    parts = [_figures(sections, list(documents), client)]
    for profile, document in documents:
        inside = [s for s in sections if (s.profile, s.document) == (profile, document)]
        cells = "".join(f"<li>{_cell(section)}</li>" for section in inside)
        rows = "".join(_rows(section, seen) for section in inside)
        title = f'{inner(document_name(document))} <span class="soft">profile {inner(profile)}</span>'
        every = f"<details><summary>Every requirement of {inner(document_name(document))}</summary>{rows}</details>"
        parts.append(f'<div class="part"><h3>{title}</h3><ol class="heat">{cells}</ol>{every}</div>')
    return "".join([*parts, _others(events, seen)])


def shown_requirements(events: list[CheckEvent]) -> frozenset[str]:
    """The requirements that have their own row on the page."""
    counted = {row.requirement.id for section in coverage(events) for row in section.rows}
    return frozenset(counted | {id_ for id_ in _named(events) if id_ in catalogue()})


def _figures(sections: list[SectionCoverage], documents: list[tuple[str, str]], client: bool) -> str:
    rows = []
    unused = "not offered" if client else "not exercised"  # a run judges a server or a client
    columns = [name for name in COLUMNS if name != unused]
    for profile, document in documents:
        counts = totals(s for s in sections if (s.profile, s.document) == (profile, document))
        rows.append([inner(profile), inner(document_name(document)), *(text(counts[name] or "") for name in columns)])
    numbers = frozenset(range(2, 2 + len(columns)))
    note = (
        f"Testable: a MUST, MUST NOT, SHOULD, SHOULD NOT, or plain statement that applies to "
        f"{'clients' if client else 'servers'} and can be observed from outside. Each requirement is tested by the checks "
        "of its profile and shows the worst of their verdicts."
    )
    return f'<p class="soft">{text(note)}</p>' + table(["Profile", "Document", *columns], rows, numbers=numbers)


def _cell(section: SectionCoverage) -> str:
    state = worst_state(section.counts)
    said = ", ".join(f"{count} {name}" for name, count in section.counts.items())
    title = f"{section.section} {section_title(section.document, section.section)}: {said}"
    return (
        f'<a class="cell {CLASSES.get(state, state)}" href="#{text(_place(section))}" title="{text(title)}">'
        f"{inner(section.section)}<b>{MARKS[state]} {section.counts[state]}</b></a>"
    )


def _rows(section: SectionCoverage, seen: set[str]) -> str:
    lines = []
    for row in section.rows:
        links = ", ".join(link(check["id"], check["name"]) for check in row.checks[:MAX_LINKS])
        links += f" and {len(row.checks) - MAX_LINKS} more" if len(row.checks) > MAX_LINKS else ""
        mark = f'<span class="mark {INK.get(row.state, "soft")}">{MARKS[row.state]} {inner(row.state)}</span>'
        lines.append(_row(row.requirement, mark, links, seen))
    title = f"{section.section} {section_title(section.document, section.section)}"
    said = " · ".join(f"{MARKS[name]} {count} {name}" for name, count in section.counts.items())
    return (
        f'<details id="{text(_place(section))}"><summary>{inner(title)} <span class="soft">{inner(said)}</span></summary>'
        f'<div class="rows">{table(["State", "Requirement", "Level", "Says", "Checks"], lines)}</div></details>'
    )


def _others(events: list[CheckEvent], seen: set[str]) -> str:
    """Other requirements that checks name: those with MAY, for clients, or that need a configuration."""
    named = _named(events)
    rows = [catalogue()[id_] for id_ in named if id_ in catalogue() and id_ not in seen]
    if not rows:
        return ""
    lines = [
        _row(
            row, verdict_mark(named[row.id][0]["verdict"]), link(named[row.id][0]["id"], named[row.id][0]["name"]), seen
        )
        for row in rows
    ]
    return (
        "<details><summary>Named by checks, not counted: left open by the document, or of another profile</summary>"
        f'<div class="rows">{table(["Verdict", "Requirement", "Level", "Says", "Checks"], lines)}</div></details>'
    )


def _row(row: Requirement, mark: str, links: str, seen: set[str]) -> list[str]:
    target = "" if row.id in seen else f' id="{text(anchor(row.id))}"'
    seen.add(row.id)
    name = f'<a{target} href="{text(link_of(row))}" rel="noreferrer">{inner(row.id)}</a>'
    return [mark, name, inner(row.level), inner(row.requirement), links]


def _named(events: Iterable[CheckEvent]) -> dict[str, list[CheckResultEvent]]:
    found: dict[str, list[CheckResultEvent]] = {}
    for check in checks_of(events):
        for id_ in check["requirements"]:
            found.setdefault(id_, []).append(check)
    return dict(sorted(found.items()))


def _place(section: SectionCoverage) -> str:
    return anchor(f"at-{section.profile}-{section.document}-{section.section}")
