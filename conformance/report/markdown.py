"""A Markdown summary for a pull request: the verdict, the causes, and the coverage. Untrusted text is shown as code."""

from __future__ import annotations

from conformance.report.causes import Cause, causes_of
from conformance.report.console import counts_line
from conformance.report.console_causes import again_command
from conformance.report.coverage import NO_CHECK, coverage, totals
from conformance.report.crowd import crowd_lines
from conformance.report.harm import label_of
from conformance.report.key_request import key_request_of, said, short_url
from conformance.report.run_events import (
    checks_of,
    counts_of,
    document_name,
    end_of,
    exchanges_of,
    header_of,
    link_of,
    network_fault_lines,
    remains_lines,
    title_of,
)
from conformance.report.terminal_text import plain
from conformance.requirements.catalogue import catalogue
from conformance.requirements.verdict import MARKS, Verdict
from simulator.stream.events import CheckEvent, CheckResultEvent, CheckRunEvent, ExchangeEvent
from simulator.wording import counted

MAX_CAUSES = 20
MAX_PLACES = 30
SHOWN = 300


def as_markdown(events: list[CheckEvent]) -> str:
    """The summary, which GitHub and GitLab render as it is."""
    end = end_of(events)
    checks = checks_of(events)
    causes = causes_of(events)
    failed = sum(cause.verdict == "FAIL" for cause in causes)
    mark = "✔" if end["exit_code"] == 0 else "✘"
    header = header_of(events)
    lines = [f"## {mark} {title_of(header)}", "", code(end["verdict"]), ""]
    lines += ["```", counts_line(counts_of(checks), end["exit_code"], failed), "```", ""]
    lines += [_scope(header), ""]
    if causes:
        lines += ["| | requirement | what | expected | got | places |", "| --- | --- | --- | --- | --- | ---: |"]
        lines += [_row(cause) for cause in causes[:MAX_CAUSES]]
        more = len(causes) - MAX_CAUSES
        lines += [f"\nand {counted(more, 'more cause')} in the report"] if more > 0 else []
        lines.append("")
    exchanges = exchanges_of(events)
    for cause in causes[:MAX_CAUSES]:
        lines += _details(cause, header, exchanges)
    lines += _covered(events)
    lines += [f"- {code(f'crowd: {line}')}" for line in crowd_lines(events)]
    lines += [f"- {line}" for line in network_fault_lines(events)]
    lines += [f"- {code(line)}" for line in remains_lines(events)]
    return "\n".join(lines).rstrip() + "\n"


def _scope(header: CheckRunEvent) -> str:
    """What was judged: the server, or the command of the client."""
    settings = header["settings"]
    judged = (
        f"scimulator check-client {settings['client']}".strip() if "client" in settings else header["target"]["url"]
    )
    seed = "" if header["seed"] is None else f", seed {header['seed']}"
    return f"{code(judged)}, profile {code(', '.join(settings['profiles']))}{seed}"


def code(words: object, columns: int = SHOWN) -> str:
    """Untrusted text as code, so that it cannot contain markup, mentions, or links."""
    line = " ".join(plain(words).split()).replace("`", "'")
    line = line if len(line) <= columns else line[: columns - 1] + "…"
    return f"`{line}`" if line else ""


def cell(words: object, columns: int = 120) -> str:
    """Code for a table cell, in which a vertical bar must be escaped even inside code."""
    return code(words, columns).replace("|", "\\|")


def _row(cause: Cause) -> str:
    check = cause.first
    mark = f"{MARKS[Verdict(cause.verdict)]} {cause.verdict}"
    label = "" if cause.verdict == "UNDECIDED" else label_of(cause.verdict, cause.level, cause.status)
    level = f" ({label})" if label else ""
    cells = [f"{mark}{level}", _requirement(check), cell(cause.headline), cell(check["expected"]), cell(check["got"])]
    return f"| {' | '.join(cells)} | {len(cause.places)} |"


def _requirement(check: CheckResultEvent) -> str:
    id_ = check["requirements"][0]
    return f"[{id_}]({link_of(catalogue()[id_])})" if id_ in catalogue() else cell(id_)


def _details(cause: Cause, header: CheckRunEvent, exchanges: dict[int, ExchangeEvent]) -> list[str]:
    check = cause.first
    act = key_request_of(check, exchanges)
    rows = [
        ("found", code(check["message"])),
        ("effect", code(cause.effect)),
        ("usual fix", code(cause.fix)),
    ]
    if act:
        address = short_url(act["url"], header["target"]["url"])
        rows.append(("sent", code(f"{act['method']} {address}  {said(act, 160)} → {act['status'] or 'no response'}")))
    rows.append(("again", code(again_command(check, header))))
    if len(cause.places) > 1:
        more = f" and {len(cause.places) - MAX_PLACES} more" if len(cause.places) > MAX_PLACES else ""
        rows.append(("places", ", ".join(code(place["name"], 80) for place in cause.places[:MAX_PLACES]) + more))
    told = [f"- {label}: {words}" for label, words in rows if words]
    title = plain(cause.headline).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    summary = f"<details><summary><code>{title.replace('@', '&#64;')[:SHOWN]}</code></summary>"
    return [summary, "", *told, "", "</details>", ""]


def _covered(events: list[CheckEvent]) -> list[str]:
    sections = coverage(events)
    documents = dict.fromkeys((section.profile, section.document) for section in sections)
    lines = ["| profile | document | testable | covered | passed | failed | warned | not run |"]
    lines.append("| --- | --- " + "| ---: " * 6 + "|")
    for profile, document in documents:
        counts = totals(s for s in sections if (s.profile, s.document) == (profile, document))
        figures = [str(counts[name]) for name in ("testable", "covered", "passed", "failed", "warned", NO_CHECK)]
        lines.append(f"| {cell(profile)} | {cell(document_name(document))} | {' | '.join(figures)} |")
    return [*lines, ""] if documents else []
