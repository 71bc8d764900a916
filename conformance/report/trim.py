"""Trims a run to fit one page: keeps the important exchanges, shortens the others to one line, and counts the omitted ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from conformance.report.causes import causes_of, shape
from conformance.report.key_request import about, key_request_of, wire_line
from conformance.report.run_events import checks_of, exchanges_of, trimmed_of
from simulator.stream.events import BodyName, CheckEvent, CheckResultEvent, ExchangeEvent, TrimmedEvent
from simulator.wording import counted

MAX_BODY = 2_000  # characters of a body that a report shows
LONGEST_WIRE = 240
BODIES: tuple[BodyName, ...] = ("request_body", "response_body")
_PRIORITY = {"FAIL": 0, "UNDECIDED": 0, "WAIVED": 1, "WARN": 1}


def trimmed(events: Iterable[CheckEvent], budget: int) -> list[CheckEvent]:
    """The events of a page whose exchanges take about `budget` characters. A trimmed run is returned unchanged.

    Exchanges are kept in this order: of failed and undecided checks, of warned and waived ones, of checks that passed because a
    request was rejected (they may pass for the wrong reason), and one of each kind of the others. A check gets `wire`, a short
    form of its exchanges, and `about`, the kind of request that it is about. `{"event": "trimmed", "exchanges", "kept"}`
    contains the original numbers.
    """
    known = list(events)
    if trimmed_of(known):
        return known
    exchanges = exchanges_of(known)
    kept = _chosen(checks_of(known), exchanges, budget)
    small: list[CheckEvent] = []
    for event in known:
        if event["event"] == "exchange":
            small += [_shortened(event)] if event["number"] in kept else []
        elif event["event"] == "check":
            small.append(_in_short(event, exchanges))
        elif event["event"] == "provisional":
            continue  # the check's event follows
        elif event["event"] == "end":
            small.append(_left_out(exchanges, kept))
            small.append(event)
        else:
            small.append(event)
    return small


def with_roots(events: list[CheckEvent]) -> list[CheckEvent]:
    """Add the root of each finding to its event, because a page omits most of the exchanges that prove it."""
    if trimmed_of(events):
        return events
    named = {
        check["id"]: f"{cause.place.root} {cause.place.subject}"
        for cause in causes_of(events)
        for check in cause.places
        if cause.place
    }
    return [{**event, "root": named.get(event["id"], "")} if event["event"] == "check" else event for event in events]


def _chosen(checks: list[CheckResultEvent], exchanges: dict[int, ExchangeEvent], budget: int) -> set[int]:
    kept: set[int] = set()
    seen: set[tuple[Any, ...]] = set()
    ranked = sorted(((_priority(check, exchanges), check) for check in checks), key=lambda pair: pair[0])
    acts = [(rank, [act["number"]]) for rank, check in ranked if rank < 2 and (act := key_request_of(check, exchanges))]
    for priority, numbers in [*acts, *((rank, check["exchanges"]) for rank, check in ranked)]:
        for number in numbers:
            event = exchanges.get(number)
            if event is None or number in kept:
                continue
            if priority > 2 and (kind := _kind(event)) in seen:
                continue
            cost = _cost(event)
            if cost > budget:
                continue
            budget -= cost
            kept.add(number)
            if priority > 2:
                seen.add(kind)
    return kept


def _priority(check: CheckResultEvent, exchanges: dict[int, ExchangeEvent]) -> int:
    if check["verdict"] in _PRIORITY:
        return _PRIORITY[check["verdict"]]
    act = key_request_of(check, exchanges)
    return 2 if act is not None and 400 <= (act["status"] or 0) < 500 else 3


def _kind(event: ExchangeEvent) -> tuple[Any, ...]:
    """The key by which exchanges of passed checks are equivalent, so that a page needs only one of them."""
    return wire_line(event), shape(event["request_body"] or ""), shape((event["response_body"] or "")[:MAX_BODY])


def _cost(event: ExchangeEvent) -> int:
    bodies = sum(min(len(event[name] or ""), MAX_BODY) for name in BODIES)
    headers = len(str(event["request_headers"])) + len(str(event["response_headers"]))
    return bodies + headers + len(event["url"]) + 300


def _shortened(event: ExchangeEvent) -> ExchangeEvent:
    """The exchange with shortened bodies; `cut` names the bodies that are incomplete."""
    long = [name for name in BODIES if len(event[name] or "") > MAX_BODY]
    if not long:
        return event
    shortened: ExchangeEvent = {**event, "cut": long}
    for name in long:
        body = event[name] or ""
        shortened[name] = f"{body[:MAX_BODY]}… {counted(len(body) - MAX_BODY, 'more character')}"
    return shortened


def _in_short(check: CheckResultEvent, exchanges: dict[int, ExchangeEvent]) -> CheckResultEvent:
    return {**check, "wire": _wire(check, exchanges), "about": about(check, exchanges)}


def _wire(check: CheckResultEvent, exchanges: dict[int, ExchangeEvent]) -> str:
    counts = Counter(wire_line(exchanges[number]) for number in check["exchanges"] if number in exchanges)
    told = " · ".join(line if count == 1 else f"{line} ×{count}" for line, count in counts.items())
    return told if len(told) <= LONGEST_WIRE else told[: LONGEST_WIRE - 1] + "…"


def _left_out(exchanges: dict[int, ExchangeEvent], kept: set[int]) -> TrimmedEvent:
    """The original number of exchanges, and the times of the first and the last one."""
    event = TrimmedEvent(event="trimmed", exchanges=len(exchanges), kept=len(kept))
    moments = sorted(exchange["started_at"] for exchange in exchanges.values())
    if moments:
        event["began_at"], event["ended_at"] = moments[0], moments[-1]
    return event
