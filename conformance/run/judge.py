"""Carries out one check and turns its findings into an event with one verdict: that of the worst finding."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.check_api.session import Plan, Session
from conformance.check_api.shapes import misshapen
from conformance.model.assumptions import assumptions
from conformance.requirements.verdict import Finding, NotOffered, Verdict, merged
from conformance.run.collect import Check
from conformance.target.client import Answer, Client, InvalidHttp, NoAnswer
from conformance.target.discovery import Target
from simulator.stream.events import CheckResultEvent, RemarkFacts
from simulator.wire.exchange import Exchange

ALARMING = (Verdict.FAIL, Verdict.UNDECIDED, Verdict.WARN)
TOLD = ("GET", "POST", "PUT", "PATCH")  # methods whose 200 or 201 has a body
ATTEMPTS = 3  # for a check that got no response, because the target may be flapping


@dataclass(slots=True)
class Outcome:
    """The result of one or several attempts at a check."""

    findings: list[Finding] = field(default_factory=list)
    exchanges: list[int] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    duration_ms: float = 0.0
    attempts: int = 0
    traceback: str = ""
    no_answer: bool = False
    assumed: list[str] = field(default_factory=list)
    filled: set[str] = field(default_factory=set)

    def verdict(self, check: Check) -> Verdict:
        """The worst finding's verdict."""
        return merged(finding.verdict or check.failing for finding in self.findings)


def carry_out(check: Check, client: Client, target: Target, plan: Plan, before: Outcome | None = None) -> Outcome:
    """Run a check from setup to clean-up. An exception in the check becomes a finding and does not end the run.

    `before` is the outcome of an earlier call: its attempts and exchanges are continued.
    """
    outcome = before or Outcome()
    last = outcome.attempts + ATTEMPTS
    while True:
        view = client.for_check(check.id)
        view.exchanges = []
        _attempt(check, view, target, plan, outcome)
        if not outcome.no_answer or outcome.attempts >= last or client.network_faults.gone:
            _excuse_assumptions(check, view.exchanges or [], target, outcome)
            return outcome


def _excuse_assumptions(check: Check, exchanges: list[Exchange], target: Target, outcome: Outcome) -> None:
    """Replace findings after a request that the target's schemas do not support with NOT OFFERED.

    A provider sends what it sends, whatever the schemas say. Checks over each attribute are made from the schemas.
    """
    declared = "each_attribute" in check.file or getattr(check.call, "by_declaration", False)
    if declared or not check.folder.startswith("rfc") or outcome.no_answer:
        return
    alarming = [one for one in outcome.findings if (one.verdict or check.failing) in ALARMING]
    if alarming and (assumed := [*assumptions(exchanges, target, outcome.filled), *outcome.assumed]):
        reason = NotOffered(f"what the check assumes ({'; '.join(assumed)[:200]})")
        outcome.findings = [one for one in outcome.findings if one not in alarming] + [reason]


def check_event(check: Check, outcome: Outcome) -> CheckResultEvent:
    """The `check` event of the run's stream (docs/check.md)."""
    verdict, fails = outcome.verdict(check), check.failing
    worst = next((f for f in outcome.findings if (f.verdict or fails) is verdict), None)
    level = (worst.level if worst else None) or check.facts.level
    event: CheckResultEvent = {
        "event": "check",
        "id": check.id,
        "name": check.name,
        "function": check.function,
        "file": f"{check.folder}/{check.file}",
        "profile": check.profile,
        "document": check.document,
        "section": check.section,
        "requirements": list(check.facts.ids),
        "title": check.title,
        "verdict": verdict.value,
        "level": level if verdict in (Verdict.FAIL, Verdict.WARN) else None,
        "message": worst.message if worst else "",
        "expected": worst.expected if worst else "",
        "got": worst.got if worst else "",
        "consequence": check.facts.consequence,
        "fix": check.facts.fix,
        "exchanges": outcome.exchanges,
        "duration_ms": round(outcome.duration_ms, 2),
        "attempts": outcome.attempts,
        "remarks": [_remark(finding, fails) for finding in outcome.findings if finding is not worst],
        "traceback": outcome.traceback,
        "waiver": "",
    }
    if check.crowd:
        event["crowd"] = True
    return event


def _attempt(check: Check, client: Client, target: Target, plan: Plan, outcome: Outcome) -> None:
    """One attempt; the findings of an earlier one are forgotten, its exchanges are not."""
    outcome.findings, outcome.traceback, outcome.no_answer = [], "", False
    outcome.attempts += 1
    session = Session(client, target, plan, outcome.attempts)
    outcome.assumed, outcome.filled = session.assumed, session.filled
    begun = time.perf_counter()
    try:
        _guarded(lambda: _called(check, session), outcome, client, target)
    finally:
        outcome.left += session.clean_up()
        outcome.findings += session.remarks
        outcome.exchanges += client.sent
        outcome.duration_ms += (time.perf_counter() - begun) * 1000


def _called(check: Check, session: Session) -> None:
    if any(check.parameters.get(name, check) is None for name in ("attribute", "type_name")):
        raise NotOffered("a schema with such an attribute")  # the case stands for those that the target does not have
    check.call(scim=session, **check.parameters)


def _guarded(call: Callable[[], None], outcome: Outcome, client: Client, target: Target) -> None:
    """Call and record what it raises. An exception over an answer with the wrong JSON types is a finding about that answer."""
    try:
        call()
    except Finding as finding:
        outcome.findings.append(finding)
    except InvalidHttp as error:
        outcome.findings.append(Finding(str(error), "a response that every HTTP client can read", verdict=Verdict.FAIL))
    except NoAnswer as error:
        outcome.no_answer = True
        outcome.findings.append(Finding(f"no response: {error}", verdict=Verdict.UNDECIDED))
    except Exception as error:
        own_types = {str(rtype.get("schema")).lower() for rtype in target.resource_types}
        if (odd := misshapen(_bodies(client.answers), own_types)) is not None:
            outcome.findings.append(odd)
            return
        place = traceback.extract_tb(error.__traceback__)[-1]
        told = f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"
        outcome.traceback = "".join(traceback.format_exception(error))
        outcome.findings.append(Finding(f"the check itself failed: {told[:400]}", verdict=Verdict.UNDECIDED))


def _bodies(answers: list[Answer]) -> Iterator[Any]:
    """The parsed bodies. A body that is not JSON stays bytes, and so does a missing one if a resource was expected."""
    for answer in answers:
        if (body := answer.json) is not None:
            yield body
        elif (raw := answer.exchange.response_body) or (answer.status in (200, 201) and answer.exchange.method in TOLD):
            yield raw


def _remark(finding: Finding, fails: Verdict) -> RemarkFacts:
    verdict = finding.verdict or fails
    return {"verdict": verdict.value, "message": finding.message, "expected": finding.expected, "got": finding.got}


def gone(check: Check) -> CheckResultEvent:
    """The event of a check that does not run because the target stopped responding."""
    return check_event(check, Outcome([Finding("the target stopped responding", verdict=Verdict.UNDECIDED)]))
