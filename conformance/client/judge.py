"""Turns the journeys of a client into check events: one for each rule, and one for each situation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.client.goals import GOALS
from conformance.client.journey import RECORDING, Journey
from conformance.client.rule import Complaint, Rule, rules
from conformance.client.sent import Sent
from conformance.client.situation import STEADY, Situation
from conformance.defects.wire import Reply, Request
from conformance.requirements.catalogue import catalogue
from conformance.requirements.verdict import Verdict, merged
from simulator.stream.events import CheckResultEvent
from simulator.wording import counted

PEOPLE = "people"
MOST_REMARKS = 5
SHOWN = 3  # requests of a rule that passed


def judged_rules(journeys: Sequence[Journey], profiles: Sequence[str]) -> Iterator[CheckResultEvent]:
    """The verdict of each rule of these profiles over all journeys."""
    for rule in rules().values():
        if rule.profile in profiles:
            yield _of_rule(rule, _judged_by(rule, journeys))


def _judged_by(rule: Rule, journeys: Sequence[Journey]) -> Sequence[Journey]:
    """How people are treated is read from a run without trouble, if there is one."""
    steady = [one for one in journeys if one.situation == STEADY and one.sent]
    return steady if rule.profile == PEOPLE and steady else journeys


def _of_rule(rule: Rule, journeys: Sequence[Journey]) -> CheckResultEvent:
    seen: list[int] = []
    found: list[tuple[Sent | None, Complaint]] = []
    places: list[str] = []  # the situation of each complaint
    for journey in journeys:
        for sent, complaint in rule.judge(journey):
            seen.append(sent.number)
            if complaint is not None:
                found.append((sent, complaint))
                places.append(journey.situation)
    profile = (
        "people"
        if rule.profile == PEOPLE
        else "client"
        if rule.profile in ("rfc", "cursor")
        else f"client-{rule.profile}"
    )
    told = _Told(
        rule.name, "client/rules.csv", profile, rule.requirements, rule.title, rule.verdict, rule.impact, rule.fix
    )
    return _event(told, found, seen[:SHOWN], "the client sent no request that this rule is about", places=places)


class _Told:
    """What the table says about a rule or a situation."""

    def __init__(
        self,
        name: str,
        file: str,
        profile: str,
        requirements: tuple[str, ...],
        title: str,
        *rest: str,
    ) -> None:
        self.name, self.file, self.profile, self.requirements, self.title = name, file, profile, requirements, title
        self.verdict, self.impact, self.fix = rest


def judged_situation(situation: Situation, journey: Journey, steady: Journey | None) -> CheckResultEvent:
    """The verdict of a situation: the worst of its goals. Without an exchange in which it shows, it was not exercised."""
    told = _Told(
        situation.name,
        "client/situations.csv",
        "situations",
        situation.requirements,
        situation.title,
        situation.verdict,
        situation.impact,
        situation.fix,
    )
    struck = [sent for sent in journey.sent if sent.below and _strikes(situation, sent)]
    if not struck and not journey.connections:
        return _event(
            told, [], [], f"the client did not {situation.needs}" if situation.needs != "any request" else "no request"
        )
    base = steady if steady is not journey else None
    found = [missed for name in situation.goals for missed in GOALS[name](journey, base)]
    if journey.lost:
        lost = counted(journey.lost, "further request was", "further requests were")
        told_of_many = f"{lost} not judged, because there were too many."
        found.append((journey.sent[-1], Complaint(told_of_many, verdict=Verdict.NOTE)))
    places = [situation.name] * len(found)
    return _event(told, found, [sent.number for sent in struck[:SHOWN]], "", places=places, exercised=True)


def _strikes(situation: Situation, sent: Sent) -> bool:
    request = Request(sent.method, sent.path, sent.query, sent.headers, sent.raw)
    exchange = sent.exchange
    reply = Reply(exchange.status or 0, exchange.response_headers, exchange.response_body)
    return situation.strikes.holds(request, reply)


def _event(
    told: _Told,
    found: Sequence[tuple[Sent | None, Complaint]],
    seen: list[int],
    unexercised: str,
    *,
    places: Sequence[str] = (),
    exercised: bool = False,
) -> CheckResultEvent:
    verdicts = [complaint.verdict or Verdict(told.verdict) for _, complaint in found]
    verdict = merged(verdicts) if verdicts else Verdict.PASS if seen or exercised else Verdict.NOT_EXERCISED
    worst = next((at for at, one in enumerate(verdicts) if one is verdict), None)
    sent, complaint = (
        found[worst]
        if worst is not None
        else (None, Complaint("" if seen or exercised else f"not exercised: {unexercised}"))
    )
    others = dict.fromkeys(
        (one.message, one.expected, one.got, verdicts[at]) for at, (_, one) in enumerate(found) if at != worst
    )
    row = catalogue()[told.requirements[0]]
    event: CheckResultEvent = {
        "event": "check",
        "id": f"{told.file}::{told.name}",
        "name": told.name,
        "function": told.name,
        "file": told.file,
        "profile": told.profile,
        "document": row.rfc,
        "section": row.section,
        "requirements": list(told.requirements),
        "title": told.title,
        "verdict": verdict.value,
        "level": None,
        "message": complaint.message,
        "expected": complaint.expected,
        "got": complaint.got,
        "consequence": told.impact,
        "fix": told.fix,
        "exchanges": [sent.number] if sent is not None else seen,
        "duration_ms": 0.0,
        "attempts": 1,
        "remarks": [
            {"verdict": kind.value, "message": message, "expected": expected, "got": got}
            for message, expected, got, kind in list(others)[:MOST_REMARKS]
        ],
        "traceback": "",
        "waiver": "",
    }
    if worst is not None and places[worst] != RECORDING:
        event["situation"] = places[worst]
    return event
