"""One cause on the console: request, response, first difference, effect on users, and how to reproduce it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping

from rich.cells import cell_len

from conformance.report.causes import Cause
from conformance.report.difference import Difference, difference_between
from conformance.report.harm import label_of
from conformance.report.key_request import key_request_of, path_pattern, said, short_url
from conformance.report.run_events import WORDS, counts_of, profile_of
from conformance.report.terminal_text import BOLD, RED, WIDTH, YELLOW, cut, plain
from conformance.requirements.profiles import DEFAULT_PROFILES
from conformance.requirements.verdict import MARKS, Verdict
from simulator.stream.events import CheckResultEvent, CheckRunEvent, ExchangeEvent
from simulator.wire.curl import as_curl
from simulator.wire.exchange import Exchange
from simulator.wording import counted

Paint = Callable[..., str]
INDENT = " " * 6
LABEL = 10
ROOM = WIDTH - len(INDENT) - LABEL
STORY = "story: "  # the beginning of a remark about a step of a story
OF_CLIENT = "client-"  # begins the profiles of rules for clients that are not judged by default
LONGEST_BODY = 600  # a longer curl command is not useful on a console


def cause_lines(
    cause: Cause, header: CheckRunEvent, exchanges: Mapping[int, ExchangeEvent], *, paint: Paint
) -> list[str]:
    """The lines that describe one cause, without line ends."""
    check = cause.first
    act = key_request_of(check, exchanges)
    return [
        *_title(cause, paint),
        *_sent(act, header),
        *_found(check),
        *_difference(check, paint),
        *_story(check),
        *_places(cause),
        *_wrapped("effect", cause.effect),
        *_wrapped("fix", cause.fix),
        *_curl(act),
        _row("again", again_command(check, header), ROOM * 4),
        _row("explain", f"scimulator explain {plain(check['requirements'][0])}"),
    ]


def headline_line(cause: Cause) -> str:
    """A cause in one line: its requirement, its headline, and the number of checks that it fails."""
    more = f"   {len(cause.places)} checks" if len(cause.places) > 1 else ""
    told = f"{cause.first['requirements'][0]}  {cause.headline}"
    return f"  {MARKS[Verdict(cause.verdict)]} {cut(told, WIDTH - 4 - len(more))}{more}"


def short_lines(cause: Cause) -> list[str]:
    """A warning in two lines: the requirement and the finding."""
    check = cause.first
    others = len(cause.places) - 1
    more = f"   {counted(others, 'more place')}" if others else ""
    told = f"{check['requirements'][0]}  {cause.headline}"
    head = f"  {MARKS[Verdict(cause.verdict)]} {cut(told, WIDTH - 4 - len(more))}{more}"
    beside = f" (expected {check['expected']}, got {check['got']})" if check["expected"] or check["got"] else ""
    return [head, _row("found", check["message"] + beside)]


def undecided_lines(cause: Cause) -> list[str]:
    """Why checks have no verdict, in a few lines: their number, the reason, their names, and how to repeat one of them."""
    names = dict.fromkeys(place["function"] for place in cause.places)
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    reason = cut(f"{counted(len(cause.places), 'check')} undecided: {cause.first['message']}", WIDTH - 4)
    return [
        f"  {MARKS[Verdict.UNDECIDED]} {reason}",
        _row("checks", f"{', '.join(cut(name, 36) for name in list(names)[:2])}{more}"),
    ]


def again_command(check: CheckResultEvent, header: CheckRunEvent) -> str:
    """The command that repeats this check alone. The token comes from the environment."""
    if "client" in header["settings"]:
        return _judge_again(check, header)
    words = ["scimulator", "check"]
    if not header["target"].get("embedded"):
        words += ["--url", shlex.quote(plain(header["target"]["url"]))]
    if profile_of(check) not in DEFAULT_PROFILES:
        words += ["--profile", shlex.quote(plain(profile_of(check)))]
    if header["settings"].get("insecure"):
        words.append("--insecure")
    words += _counting(check, header)
    name = check.get("function") or check["name"].partition("[")[0]
    return " ".join([*words, "-k", shlex.quote(plain(name))])


def _judge_again(check: CheckResultEvent, header: CheckRunEvent) -> str:
    """The command that judges a client again, in the situation and by the document of the finding."""
    client, profile = header["settings"]["client"], profile_of(check)
    situation = check["name"] if profile == "situations" else check.get("situation", "")
    words = ["scimulator", "check-client"]
    words += ["--situation", situation] if situation and not client.startswith("--tape ") else []
    words += ["--profile", profile.removeprefix(OF_CLIENT)] if profile.startswith(OF_CLIENT) else []
    return plain(" ".join([*words, *_counting(check, header), client]).strip())


def _counting(check: CheckResultEvent, header: CheckRunEvent) -> list[str]:
    """The option with which a warning fails the run, if it did."""
    counts = check["verdict"] == "WARN" and header["settings"].get("level") == "should"
    return ["--level", "should"] if counts else []


def needs_id(cause: Cause, exchanges: Mapping[int, ExchangeEvent]) -> bool:
    """Whether the curl command names a resource that the suite has removed."""
    act = key_request_of(cause.first, exchanges)
    return act is not None and bool(curl_lines(act)) and "{id}" in path_pattern(act["url"])


def curl_lines(exchange: ExchangeEvent) -> list[str]:
    """The request as a curl command.

    Each line except the last ends with a backslash. Empty if the command cannot be shown safely.
    """
    if exchange.get("cut") or len(exchange.get("request_body") or "") > LONGEST_BODY:
        return []
    command = as_curl(Exchange.from_event(exchange))
    if not command.isprintable():
        return []  # the request cannot be typed on a command line; the report contains it
    head, mark, body = command.partition(" --data-raw ")
    lines = [f"-H {part}" if at else part for at, part in enumerate(head.split(" -H "))]
    lines += [f"{mark[1:]}{body}"] if mark else []
    return [f"{line} \\" for line in lines[:-1]] + lines[-1:]


def _title(cause: Cause, paint: Paint) -> list[str]:
    """The verdict, the requirement, and the title of the check, with the level on the same line if there is room."""
    check = cause.first
    level = label_of(cause.verdict, cause.level, cause.status)
    told = f"{MARKS[Verdict(cause.verdict)]} {check['requirements'][0]}  {cause.headline}"
    head = cut(told, WIDTH - 2)
    colour = RED if cause.verdict == "FAIL" else YELLOW
    fits = level and cell_len(head) + len(level) + 3 <= WIDTH - 2
    line = "  " + paint(head, BOLD, colour) + (f"   {level}" if fits else "")
    return [line] if fits or not level else [line, _row("level", level)]


def _sent(act: ExchangeEvent | None, header: CheckRunEvent) -> list[str]:
    if act is None:
        return []
    address = f"{act['method']} {short_url(act['url'], header['target']['url'])}"
    body = said(act, max(20, ROOM - len(address) - 3))
    lines = [_row("sent", f"{address}   {body}")]
    answered = f"{act['status']}" if act["status"] is not None else f"no response: {act['failure']}"
    return [*lines, _row("answered", answered)]


def _found(check: CheckResultEvent) -> list[str]:
    return [_row("found", check["message"])] if check["message"] else []


def _difference(check: CheckResultEvent, paint: Paint) -> list[str]:
    if not check["expected"] and not check["got"]:
        return []
    found = difference_between(check["expected"], check["got"], ROOM)
    lines = [_row("at", found.where)] if found.where else []
    lines += [
        f"{INDENT}{'expected':<{LABEL}}{found.expected}",
        f"{INDENT}{'got':<{LABEL}}{_marked(found, paint)}",
    ]
    if not found.total:
        start, end = found.in_got
        lines.append(f"{INDENT}{'':<{LABEL}}{' ' * start}{'^' * max(1, end - start)}")
    return lines


def _marked(found: Difference, paint: Paint) -> str:
    start, end = found.in_got
    if start == end:
        return found.got
    return found.got[:start] + paint(found.got[start:end], BOLD, RED) + found.got[end:]


def _story(check: CheckResultEvent) -> list[str]:
    """The numbered steps that led to the failure, if there were several."""
    steps = [
        remark["message"].removeprefix(STORY) for remark in check["remarks"] if remark["message"].startswith(STORY)
    ]
    return [_row("story" if number == 0 else "", step) for number, step in enumerate(steps)]


def _places(cause: Cause) -> list[str]:
    """The checks that fail for this reason: their number by verdict and profile, and the names of the first ones."""
    if len(cause.places) == 1:
        return []
    others = [place["name"] for place in cause.places if place is not cause.first]
    more = f" and {len(others) - 2} more" if len(others) > 2 else ""
    profiles = ", ".join(f"{name} {count}" for name, count in cause.by_profile.items())
    counts = counts_of(cause.places)
    verdicts = ", ".join(f"{counts[v.value]} {WORDS[v]}" for v in Verdict if counts[v.value])
    label = "explains" if cause.place else "places"
    told = f"{len(cause.places)} ({profiles}; {verdicts}): also {', '.join(cut(name, 30) for name in others[:2])}{more}"
    lines = [_row(label, told)]
    return lines if not cause.place else [_row("seen in", cause.first["title"]), *lines]


def _curl(act: ExchangeEvent | None) -> list[str]:
    lines = curl_lines(act) if act else []
    return [f"{INDENT}{'curl' if not at else '':<{LABEL}}{line}" for at, line in enumerate(lines)]


def _wrapped(label: str, words: str) -> list[str]:
    """Wrap a sentence over up to three lines."""
    lines: list[str] = []
    rest = plain(words).split()
    while rest and len(lines) < 3:
        line = rest.pop(0)
        while rest and len(line) + 1 + len(rest[0]) <= ROOM:
            line += " " + rest.pop(0)
        lines.append(_row("" if lines else label, line))
    return lines


def _row(label: str, words: str, columns: int = ROOM) -> str:
    return f"{INDENT}{label:<{LABEL}}{cut(words, columns)}"
