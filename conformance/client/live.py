"""Judges requests as they come, for the pages that show traffic: each request by the rules that need no end of the recording."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Protocol

from conformance.client.journey import Journey
from conformance.client.rule import DEFAULT_PROFILES, Complaint, Rule, rules
from conformance.client.sent import Sent
from conformance.requirements.catalogue import catalogue
from conformance.target.discovery import Target
from simulator.wire.exchange import Exchange

EARLIER = 100  # requests that some rules compare a new one with
UNKNOWN = b"-"  # stands for a body that was not recorded
Finding = dict[str, str]
Schemas = dict[str, dict[str, Any]]


class Recorded(Protocol):
    """A request that a server has recorded. `path` is below the base URL, and as the client wrote it.

    Without `is_whole`, there is a body that was not recorded.
    """

    @property
    def at(self) -> datetime: ...
    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def headers(self) -> dict[str, str]: ...
    @property
    def body(self) -> bytes: ...
    @property
    def is_whole(self) -> bool: ...
    @property
    def status(self) -> int: ...
    @property
    def reply(self) -> bytes: ...


class LiveJudge:
    """The judge of one client. `broken` counts the requests that break each rule, worst rules first."""

    def __init__(self, target: Target, base_url: str) -> None:
        self._target, self._base = target, base_url
        self._earlier: deque[Sent] = deque(maxlen=EARLIER)
        self._count: Counter[str] = Counter()
        self._worst: dict[str, Finding] = {}
        self._number = 0
        self.judged = 0  # requests

    def judge(self, exchanges: Sequence[Exchange]) -> list[list[Finding]]:
        """The findings on each of these requests, which follow those of the call before."""
        return self._judge([Sent(exchange, self._base) for exchange in exchanges])

    def judge_recorded(self, requests: Sequence[Recorded]) -> list[list[Finding]]:
        """Like `judge`, for requests that a server has recorded."""
        return self._judge([Sent(self._exchange(one), self._base, cut=not one.is_whole) for one in requests])

    def _judge(self, new: list[Sent]) -> list[list[Finding]]:
        alone = Journey("live", self._base, self._target, new)
        behind = Journey("live", self._base, self._target, [*self._earlier, *new])
        found: dict[int, dict[str, Finding]] = {id(sent): {} for sent in new}
        for rule in live_rules():
            for sent, complaint in rule.judge(alone if rule.looks_at == "request" else behind):
                if complaint is not None and id(sent) in found:
                    found[id(sent)].setdefault(rule.name, _finding(rule, complaint))
        for findings in found.values():
            self._note(findings.values())
        self._earlier.extend(new)
        self.judged += len(new)
        return [list(findings.values()) for findings in found.values()]

    def broken(self) -> list[dict[str, Any]]:
        """Each rule that was broken, with the number of requests and what the table says about it."""
        failed_first = sorted(
            self._worst.values(), key=lambda one: (one["verdict"] != "FAIL", -self._count[one["rule"]])
        )
        return [{**finding, "count": self._count[finding["rule"]]} for finding in failed_first]

    def _note(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            name = finding["rule"]
            self._count[name] += 1
            if name not in self._worst or finding["verdict"] == "FAIL":
                self._worst[name] = finding

    def _exchange(self, request: Recorded) -> Exchange:
        self._number += 1
        return Exchange(
            number=self._number,
            method=request.method,
            url=self._base + request.path,
            request_headers=request.headers,
            request_body=(request.body if request.is_whole else UNKNOWN) or None,
            status=request.status,
            response_headers={},
            response_body=request.reply,
            started_at=request.at,
            duration_ms=0.0,
            cause={"authorization": "ours"},  # a server records only requests with a valid token
        )


def judge_of_server(base_url: str, config: dict[str, Any], types: list[dict[str, Any]], schemas: Schemas) -> LiveJudge:
    """The judge for a server whose discovery documents these are; `schemas` are the schemas by their URN."""
    return LiveJudge(Target(config, types, schemas, base_url=base_url), base_url)


@cache
def live_rules() -> tuple[Rule, ...]:
    """The rules that can judge a client before it has finished."""
    known = rules().values()
    return tuple(rule for rule in known if rule.profile in DEFAULT_PROFILES and rule.looks_at != "recording")


def _finding(rule: Rule, complaint: Complaint) -> Finding:
    row = catalogue()[rule.requirements[0]]
    return {
        "rule": rule.name,
        "verdict": (complaint.verdict or rule.verdict).value,
        "title": rule.title,
        "requirement": f"{row.rfc.replace('RFC', 'RFC ')} section {row.section}",
        "message": complaint.message,
        "expected": complaint.expected,
        "got": complaint.got,
        "fix": rule.fix,
    }
