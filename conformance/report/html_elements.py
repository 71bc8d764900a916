"""HTML elements that several parts of the report share: marks, links, differences, and exchanges."""

from __future__ import annotations

import json
from urllib.parse import quote

from conformance.report.difference import difference_between
from conformance.report.key_request import short_url
from conformance.report.run_events import link_of
from conformance.report.terminal_text import plain
from conformance.requirements.catalogue import catalogue
from conformance.requirements.verdict import MARKS, Verdict
from simulator.report.page import text
from simulator.stream.events import ExchangeEvent
from simulator.wire.curl import as_curl
from simulator.wire.exchange import Exchange

STATES = {
    Verdict.PASS: "good",
    Verdict.FAIL: "bad",
    Verdict.UNDECIDED: "open",
    Verdict.WARN: "open",
    Verdict.WAIVED: "open",
}


def inner(value: object) -> str:
    """Escape untrusted text for the content of an element, where quotes can stay as they are."""
    return text(value).replace("&quot;", '"').replace("&#x27;", "'")


def anchor(id_: str) -> str:
    """The id of an element. HTML allows all characters except white space; unprintable characters would not survive in a link."""
    return "_".join(plain(id_).split())


def link(id_: str, words: str) -> str:
    """A link inside the page. `words` is untrusted."""
    return f'<a href="#{quote(anchor(id_), safe=":/.-_")}">{inner(words)}</a>'


def verdict_mark(verdict: str) -> str:
    known = Verdict(verdict)
    return f'<b class="{STATES.get(known, "soft")}">{MARKS[known]} {inner(known.value)}</b>'


def requirement_link(id_: str, shown: frozenset[str]) -> str:
    """A link to the requirement's row if the page shows it, otherwise to the document."""
    if id_ in shown:
        return link(id_, id_)
    if id_ in catalogue():
        return f'<a href="{text(link_of(catalogue()[id_]))}" rel="noreferrer">{inner(id_)}</a>'
    return inner(id_)


def told(pairs: list[tuple[str, str]]) -> str:
    """A list of names and trusted values, without the empty ones."""
    rows = "".join(f"<dt>{text(name)}</dt><dd>{value}</dd>" for name, value in pairs if value)
    return f'<dl class="told">{rows}</dl>' if rows else ""


def difference(expected: str, got: str) -> str:
    """Expected and actual value, with the difference marked."""
    if not expected and not got:
        return ""
    found = difference_between(expected, got, 320)
    lines = [f"at        {inner(found.where)}"] if found.where else []
    for name, words, span in (("expected", found.expected, found.in_expected), ("got", found.got, found.in_got)):
        start, end = span
        marked = (
            f"<mark>{inner(words[start:end])}</mark>" if end > start and not found.total else inner(words[start:end])
        )
        lines.append(f"{name:<10}{inner(words[:start])}{marked}{inner(words[end:])}")
    return "<pre>" + "\n".join(lines) + "</pre>"


def exchange_details(event: ExchangeEvent, base: str) -> str:
    """One complete exchange: request, response, and the curl command."""
    answered = event["status"] if event["status"] is not None else f"no response: {event['failure']}"
    head = f"{event['method']} {short_url(event['url'], base, 120)} → {answered}"
    sent = _message(f"{event['method']} {event['url']}", event["request_headers"], event["request_body"])
    came = _message(str(answered), event["response_headers"], event["response_body"])
    return (
        f'<details id="x{event["number"]}"><summary>{inner(head)}</summary>'
        f"<pre>{inner(sent)}</pre><pre>{inner(came)}</pre>{curl(event)}</details>"
    )


def curl(event: ExchangeEvent) -> str:
    """The curl command for a request; a truncated body cannot be sent again."""
    if "request_body" in event.get("cut", ()):
        return ""
    return f"<pre>{inner(as_curl(Exchange.from_event(event)))}</pre>"


def _message(first: str, headers: dict[str, str], body: str | None) -> str:
    lines = [first, *(f"{name}: {value}" for name, value in sorted(headers.items()))]
    return "\n".join(lines) + (f"\n\n{_readable(body)}" if body else "")


def _readable(body: str) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=1)
    except ValueError:
        return body
