"""Lists in pages: by index and by cursor, to the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.client.journey import Journey
from conformance.client.rule import Complaint, Judged
from conformance.client.sent import Sent
from simulator.wording import counted

OF_PAGES = ("startIndex", "count", "cursor")


def page_parameters(journey: Journey) -> Judged:
    for sent in journey.sent:
        for name in ("startIndex", "count"):
            if name in _asked(sent):
                held = str(_asked(sent)[name])
                least = 1 if name == "startIndex" else 0
                fits = held.isdecimal() and int(held) >= least
                yield sent, None if fits else Complaint(f"{name} is not valid.", f"at least {least}", held)


def pages_follow_each_other(journey: Journey) -> Judged:
    for before, sent in _walks(journey, "startIndex"):
        held = _number(_asked(sent).get("startIndex"))
        first = _number(_asked(before).get("startIndex")) or 1
        due = first + len(before.resources())
        if held is not None and held > first and before.resources():
            told = Complaint("The next page does not begin after the last resource.", f"startIndex={due}", f"{held}")
            yield sent, None if held == due else told


def pages_are_read_to_the_end(journey: Journey) -> Judged:
    """A client that asks for a second page wants all of them; so does one that lists without a limit of its own."""
    last: dict[str, Sent] = {}
    ended: list[Sent] = []  # the last pages of lists that were read again later
    for sent in journey.sent:
        if sent.is_list and sent.ok:
            before = last.get(_key(sent))
            if before is not None and _is_later(before) and not _is_later(sent):
                ended.append(before)
            last[_key(sent)] = sent
    for sent in (*ended, *last.values()):
        total = sent.reply.get("totalResults")
        asked = _asked(sent)
        limited = "count" in asked and (_number(asked["count"]) or 0) <= len(sent.resources()) and not _is_later(sent)
        if not isinstance(total, int) or sent.filter or limited or not total:
            continue
        end = (_number(asked.get("startIndex")) or 1) - 1 + len(sent.resources())
        more = sent.reply.get("nextCursor") or ("cursor" not in asked and end < total and sent.resources())
        told = Complaint("The client stopped before the last page.", counted(total, "resource"), f"the first {end}")
        yield sent, told if more else None


def cursors_are_used_as_given(journey: Journey) -> Judged:
    given: set[str] = set()
    for sent in journey.sent:
        if sent.is_list:
            held = str(_asked(sent).get("cursor") or "")
            if held:
                told = Complaint("The server did not return this cursor.", "nextCursor of the page before", held[:80])
                yield sent, None if held in given else told
            if cursor := sent.reply.get("nextCursor"):
                given.add(str(cursor))


def cursor_begins_empty(journey: Journey) -> Judged:
    seen = False
    for sent in journey.sent:
        if sent.is_list and "cursor" in _asked(sent):
            if not seen:
                held = str(_asked(sent)["cursor"] or "")
                given = any(
                    str(one.reply.get("nextCursor")) == held for one in journey.sent if one.number < sent.number
                )
                fits = not held or given
                yield sent, None if fits else Complaint("The first cursor is not empty.", "cursor=", held[:80])
            seen = True


def cursor_pages_keep_their_query(journey: Journey) -> Judged:
    given: dict[str, str] = {}
    for sent in journey.sent:
        if sent.is_list:
            held = str(_asked(sent).get("cursor") or "")
            if held in given:
                told = Complaint("The query changed between two pages.", given[held][:120], _key(sent)[:120])
                yield sent, None if given[held] == _key(sent) else told
            if cursor := sent.reply.get("nextCursor"):
                given[str(cursor)] = _key(sent)


def _asked(sent: Sent) -> dict[str, Any]:
    return sent.body if sent.is_search else sent.parameters if sent.is_list else {}


def _key(sent: Sent) -> str:
    """The query of a list without the parameters of its page."""
    kept = sorted((name, str(value)) for name, value in _asked(sent).items() if name not in OF_PAGES)
    return f"{sent.path} {kept}"


def _is_later(sent: Sent) -> bool:
    return (_number(_asked(sent).get("startIndex")) or 1) > 1 or bool(_asked(sent).get("cursor"))


def _walks(journey: Journey, name: str) -> Iterator[tuple[Sent, Sent]]:
    """(page, next request of the same list with this parameter)."""
    before: dict[str, Sent] = {}
    for sent in journey.sent:
        if sent.is_list and sent.ok:
            key = _key(sent)
            if name in _asked(sent) and key in before:
                yield before[key], sent
            before[key] = sent


def _number(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isdecimal() else None
