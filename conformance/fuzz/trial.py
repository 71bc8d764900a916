"""One check of fuzzing: judges the responses, keeps the smallest failing case, and becomes one event."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NoReturn

from conformance.fuzz.answers import Sent, TypeErrors, judge
from conformance.fuzz.rules import RULES, Fault, ids_for
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Verdict
from conformance.target.client import Answer, Client, InvalidHttp, NoAnswer
from simulator.stream.events import CheckResultEvent, RemarkFacts

TRIES = 150  # the most requests to make a failing case smaller
NOT_OFFERED = {"search": {404, 405, 501}}  # the statuses of a server that does not have the action


class Broken(AssertionError):
    """A case that breaks a rule; Hypothesis makes it smaller."""


class Enough(BaseException):
    """No more cases; it is not an Exception, so Hypothesis does not treat it as a failure."""


@dataclass(slots=True)
class Trial:
    """The results of one check; `name` is the event's, `action` the kind of its requests, `known` earlier faults."""

    name: str
    title: str
    action: str
    client: Client
    stop: Callable[[], bool]
    known: set[tuple[str, str]] = field(default_factory=set)
    expects_success: bool = True
    statuses: Counter[int] = field(default_factory=Counter)
    refused: str = ""  # the first error of the server
    silent: NoAnswer | None = None
    own_error: str = ""
    fickle: bool = False  # the same requests got different responses
    improved: bool = False  # whether the last failing case is the smallest so far
    _begun: float = field(default_factory=time.perf_counter)
    _from: int = 0  # where the running case begins in client.sent
    _size: tuple[int, int] = (0, 0)
    _focus: str = ""
    _tries: int | None = None
    _smallest: tuple[tuple[int, int], Fault, list[int], str] | None = None
    _others: dict[str, tuple[Fault, list[int]]] = field(default_factory=dict)

    def begin(self, *, patient: bool = False) -> None:
        """Begin a case of one or more requests; raises Enough if a failing case is small enough or the run must stop.

        With `patient`, the caller counts the attempts.
        """
        if self.stop():
            raise Enough
        if self._tries is not None and self._tries <= 0 and not patient:
            raise Enough
        self._from, self._size = len(self.client.sent), (0, 0)

    def look(self, sent: Sent, answer: Answer, type_errors: TypeErrors) -> None:
        """Judge one response of the running case; raises Broken."""
        self._size = (self._size[0] + 1, self._size[1] + sent.size)
        self.statuses[answer.status] += 1
        self._tries = None if self._tries is None else self._tries - 1
        if not self.refused and answer.status >= 400:
            self.refused = f"{answer.status} {str(answer['detail'] or '')[:120]}".strip()
        self.settle(sent, [*judge(sent, answer, type_errors), *self._located(sent, answer, type_errors)])

    def no_answer(self, error: NoAnswer) -> NoReturn:
        """End the check because a request got no response; further ones would also wait for the timeout."""
        if isinstance(error, InvalidHttp):
            fault = Fault("http", str(error), "a response that every HTTP client can read", "")
            sent = error.exchange
            place = sent.url.removeprefix(self.client.base_url).partition("?")[0]
            self._smallest = (0, 0), fault, [sent.number], f"{sent.method} {place}"
        else:
            self.silent = error
        raise Enough from None

    def settle(self, sent: Sent, faults: list[Fault]) -> None:
        """Keep the faults; raises Broken for the fault that this check is about, which is the first one found."""
        numbers = self.client.sent[self._from :]
        for fault in faults:
            if fault.verdict is Verdict.FAIL and self._focus in ("", fault.rule):
                continue
            self._others.setdefault(fault.rule, (fault, numbers[-2:]))
        found = next((f for f in faults if f.verdict is Verdict.FAIL and self._focus in ("", f.rule)), None)
        if found is None:
            return
        if not self._focus:
            self._focus = found.rule
            self._tries = 0 if (found.rule, self.action) in self.known else TRIES
            self.known.add((found.rule, self.action))
        place = f"{sent.method} {sent.path.partition('?')[0]}" if sent.unknown else f"{sent.method} {_template(sent)}"
        self.improved = self._smallest is None or self._size < self._smallest[0]
        if self.improved:
            self._smallest = (self._size, found, numbers, place)
        raise Broken(found.rule)

    def _located(self, sent: Sent, answer: Answer, type_errors: TypeErrors) -> Iterator[Fault]:
        """What a creation says about where its resource is leads there."""
        body, rtype = answer.json, sent.rtype
        if sent.action != "create" or answer.status != 201 or rtype is None:
            return
        header, meta = answer.headers.get("location"), body.get("meta") if isinstance(body, dict) else None
        told = meta.get("location") if isinstance(meta, dict) else None
        if not header:
            yield Fault("location", "201 without Location", "the URL of the new resource", json_of(header))
        if isinstance(body, dict) and not isinstance(told, str):
            yield Fault("location", "meta.location is missing", "the URL of the new resource", json_of(told))
        where = header or told
        if not isinstance(where, str) or not isinstance(body, dict) or not isinstance(body.get("id"), str):
            return
        yield from self._followed(sent, where, body["id"], type_errors)

    def _followed(self, sent: Sent, where: str, id_: str, type_errors: TypeErrors) -> Iterator[Fault]:
        assert sent.rtype is not None
        url, own = where, f"{self.client.base_url}{sent.rtype.endpoint}/{id_}"
        if not where.startswith(self.client.base_url + "/"):
            # A relative URL, or another host because of a proxy. The token is sent only to the target.
            if not where.endswith(f"{sent.rtype.endpoint}/{id_}"):
                yield Fault("location", "the location is not that of the resource", own, where[:200])
                return
            yield Fault("location", "the location is not below the base URL", own, where[:200], Verdict.WARN)
            url = own
        read = self.client.send("GET", url)
        if read.status in (429, 503):
            return
        if read.status != 200 or read["id"] != id_:
            yield Fault("location", "the location does not lead to the resource", "200", str(read.status))
            return
        follow = Sent("read", "GET", url, sent.rtype, id_, forged=sent.forged)
        yield from judge(follow, read, type_errors)

    # The event

    def event(self) -> CheckResultEvent:
        """The check event; of a failing check `exchanges` are those of its smallest failing case."""
        verdict, message, expected, got, exchanges = self._verdict()
        rule = RULES.get(self._smallest[1].rule) if self._smallest else None
        function = self.name.partition("[")[0]
        return {
            "event": "check",
            "id": f"fuzz::{self.name}",
            "name": self.name,
            "function": function,
            "file": "fuzz",
            "profile": "rfc",
            "document": "Fuzzing",
            "section": "",
            "requirements": list(rule.ids) if rule else ids_for(self.action),
            "title": self.title,
            "verdict": verdict.value,
            "level": rule.level if rule else "cosmetic" if verdict is Verdict.WARN else None,
            "message": message,
            "expected": expected,
            "got": got,
            "consequence": rule.consequence if rule else "",
            "fix": rule.fix if rule else "",
            "exchanges": exchanges,
            "duration_ms": round((time.perf_counter() - self._begun) * 1000, 2),
            "attempts": 1,
            "remarks": self._remarks(),
            "traceback": "",
            "waiver": "",
        }

    def _verdict(self) -> tuple[Verdict, str, str, str, list[int]]:
        """(verdict, message, expected, got, exchanges)"""
        if self._smallest:
            _, fault, numbers, place = self._smallest
            return Verdict.FAIL, f"{place}: {fault.message}", fault.expected, fault.got, numbers
        if self.silent is not None:
            told = f"no response to a generated request: {self.silent}"
            return Verdict.UNDECIDED, told, "a response", "", [self.silent.exchange.number]
        if self.own_error:
            return Verdict.UNDECIDED, self.own_error, "", "", list(self.client.sent)
        if self._others:
            fault, numbers = next(iter(self._others.values()))
            return Verdict.WARN, fault.message, fault.expected, fault.got, numbers
        if self.fickle:
            told = "the same requests got different responses, so fewer cases were tried than planned"
            return Verdict.NOTE, told, "", "", list(self.client.sent)
        if not self.statuses:
            return Verdict.NOTE, "no requests could be generated from the target's discovery documents", "", "", []
        if set(self.statuses) <= NOT_OFFERED.get(self.action, {501}):
            return Verdict.NOT_OFFERED, f"not offered: {self.action}", "", self.refused, list(self.client.sent)
        if self.expects_success and self.action != "delete" and not any(status < 400 for status in self.statuses):
            told = f"the server accepted none of {self.statuses.total()} generated requests, so little was tested"
            return Verdict.NOTE, told, "", self.refused, list(self.client.sent)
        return Verdict.PASS, "", "", "", list(self.client.sent)

    def _remarks(self) -> list[RemarkFacts]:
        """The other faults, each as first found; they were not made smaller."""
        others = [fault for fault, _ in self._others.values()]
        return [RemarkFacts(verdict=f.verdict.value, message=f.message, expected=f.expected, got=f.got) for f in others]


def _template(sent: Sent) -> str:
    path = sent.path.partition("?")[0]
    return path.rpartition("/")[0] + "/{id}" if sent.id and path.endswith(sent.id) else path
