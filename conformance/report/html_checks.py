"""The causes and checks of the HTML report: failures with their reasons, then every check with its exchanges."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from conformance.report.causes import Cause, causes_of
from conformance.report.console_causes import again_command
from conformance.report.harm import label_of
from conformance.report.html_elements import (
    anchor,
    curl,
    difference,
    exchange_details,
    inner,
    link,
    requirement_link,
    told,
    verdict_mark,
)
from conformance.report.key_request import key_request_of, said, short_url
from conformance.report.run_events import (
    WORDS,
    checks_of,
    counts_of,
    document_name,
    exchanges_of,
    header_of,
    profile_of,
    profile_title,
    section_title,
)
from conformance.requirements.catalogue import catalogue
from conformance.requirements.verdict import MARKS, Verdict
from simulator.report.page import text
from simulator.stream.events import CheckEvent, CheckResultEvent, CheckRunEvent, ExchangeEvent, RemarkFacts

MAX_PLACES = 300


def causes_html(events: list[CheckEvent], shown: frozenset[str]) -> str:
    """Every cause as a card, the most severe one first."""
    exchanges = exchanges_of(events)
    header = header_of(events)
    cards = "".join(_cause(cause, header, exchanges, shown) for cause in causes_of(events))
    return cards or "<p>None: nothing failed, nothing is undecided.</p>"


def checks_html(events: list[CheckEvent], shown: frozenset[str]) -> str:
    """Every check by profile, with a filter for verdicts that needs no script."""
    exchanges = exchanges_of(events)
    base = header_of(events)["target"]["url"]
    checks = checks_of(events)
    parts = [_filter(checks)]
    for profile, own in groupby(checks, key=profile_of):
        mine = list(own)
        counts = ", ".join(f"{count} {WORDS[Verdict(name)]}" for name, count in sorted(counts_of(mine).items()))
        parts.append(f'<h3>{inner(profile_title(profile))}</h3><p class="soft">{inner(counts)}</p>')
        for (document, section), inside in groupby(mine, key=lambda check: (check["document"], check["section"])):
            title = f"{document_name(document)} {section} {section_title(document, section)}"
            cards = "".join(_check(check, exchanges, base, shown) for check in inside)
            parts.append(f'<div class="place"><h4>{inner(title)}</h4>{cards}</div>')
    return "".join(parts)


def filter_style(verdicts: list[str]) -> str:
    """CSS rules that hide checks with other verdicts, and sections that have no visible checks."""
    rules = []
    for verdict in verdicts:
        chosen, own = f"#checks:has(#show-{_word(verdict)}:checked)", f'[data-verdict="{_word(verdict)}"]'
        rules.append(f"{chosen} .check:not({own}),{chosen} .place:not(:has({own})){{display:none}}")
    return "".join(rules)


def _filter(checks: list[CheckResultEvent]) -> str:
    counts = counts_of(checks)
    choices = [("all", f"all {len(checks)}")]
    choices += [(_word(v.value), f"{MARKS[v]} {counts[v.value]} {WORDS[v]}") for v in Verdict if counts[v.value]]
    radio = '<label><input type="radio" name="show" id="show-{}"{}> {}</label>'
    radios = "".join(
        radio.format(text(name), " checked" if name == "all" else "", text(words)) for name, words in choices
    )
    return f'<fieldset class="filter"><legend>Show</legend>{radios}</fieldset>'


def _cause(cause: Cause, header: CheckRunEvent, exchanges: Mapping[int, ExchangeEvent], shown: frozenset[str]) -> str:
    check = cause.first
    act = key_request_of(check, exchanges)
    rows = [
        ("Sent", _sent(act, header["target"]["url"])),
        ("Seen in", inner(check["title"]) if cause.place else ""),
        ("Found", inner(check["message"])),
        ("Says", _sentence(check["requirements"][0], shown)),
        ("Effect", inner(cause.effect)),
        ("Usual fix", inner(cause.fix)),
        ("Again", f"<code>{inner(again_command(check, header))}</code>"),
        ("Explain", f"<code>scimulator explain {inner(check['requirements'][0])}</code>"),
        ("Where", _places(cause)),
    ]
    found = f"{cause.headline} {check['title']} {check['message']} {' '.join(check['requirements'])}".lower()
    label = label_of(cause.verdict, cause.level, cause.status)
    level = f' <span class="soft">{inner(label)}</span>' if label and cause.verdict != "UNDECIDED" else ""
    return (
        f'<article class="card" id="{text(anchor(cause.anchor))}" data-find="{text(found)}"><h3>{verdict_mark(cause.verdict)} '
        f"{inner(cause.headline)}{level}</h3>{difference(check['expected'], check['got'])}{told(rows)}"
        f"{curl(act) if act else ''}</article>"
    )


def _sent(act: ExchangeEvent | None, base: str) -> str:
    if act is None:
        return ""
    answered = act["status"] if act["status"] is not None else f"no response: {act['failure']}"
    words = inner(f"{act['method']} {short_url(act['url'], base, 160)}   {said(act, 200)} → {answered}")
    return f'<a href="#x{act["number"]}">{words}</a>'


def _sentence(id_: str, shown: frozenset[str]) -> str:
    row = catalogue().get(id_)
    return requirement_link(id_, shown) + (f" ({inner(row.level)}) {inner(row.requirement)}" if row else "")


def _places(cause: Cause) -> str:
    links = ", ".join(link(place["id"], place["name"]) for place in cause.places[:MAX_PLACES])
    links += f" and {len(cause.places) - MAX_PLACES} more" if len(cause.places) > MAX_PLACES else ""
    profiles = ", ".join(f"{name} {count}" for name, count in cause.by_profile.items())
    if len(cause.places) <= 3:
        return links
    told = "findings explained" if cause.place else "places"
    return f"<details><summary>{len(cause.places)} {told} ({inner(profiles)})</summary>{links}</details>"


def _check(check: CheckResultEvent, exchanges: Mapping[int, ExchangeEvent], base: str, shown: frozenset[str]) -> str:
    kept = "".join(exchange_details(exchanges[number], base) for number in check["exchanges"] if number in exchanges)
    remarks = "<br>".join(inner(_remark(remark)) for remark in check.get("remarks", ()))
    rows = [
        ("Found", inner(check["message"])),
        ("Remarks", remarks),
        ("Excused", inner(check.get("waiver", ""))),
        ("Requires", ", ".join(requirement_link(id_, shown) for id_ in check["requirements"])),
        ("Check", inner(f"{check['id']}   {check['duration_ms']:.0f} ms")),
        ("Sent", inner(check.get("wire", ""))),
    ]
    trace = f"<pre>{inner(check['traceback'])}</pre>" if check.get("traceback") else ""
    find = f"{check['title']} {check['name']} {' '.join(check['requirements'])}".lower()
    return (
        f'<details class="card check" id="{text(anchor(check["id"]))}" data-verdict="{_word(check["verdict"])}" '
        f'data-find="{text(find)}"><summary>{verdict_mark(check["verdict"])} {inner(check["title"])}</summary>'
        f"{difference(check['expected'], check['got'])}{told(rows)}{trace}{kept}</details>"
    )


def _remark(remark: RemarkFacts) -> str:
    beside = (
        f" (expected {remark['expected']}, got {remark['got']})" if remark.get("expected") or remark.get("got") else ""
    )
    return f"{remark['verdict']}: {remark['message']}{beside}"


def _word(verdict: str) -> str:
    """A verdict as a CSS class name."""
    return Verdict(verdict).value.replace(" ", "-")
