"""Groups failures by cause: findings with the same first difference are one cause with several places."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.report.difference import difference_between
from conformance.report.key_request import about
from conformance.report.run_events import checks_of, exchanges_of, profile_of
from simulator.stream.events import CheckEvent, CheckResultEvent, ExchangeEvent, FailureLevel, VerdictName

COUNTED = ("FAIL", "UNDECIDED", "WARN")
_VERDICTS = {"FAIL": 0, "UNDECIDED": 1, "WARN": 2}
_LEVELS = {"lie": 0, "refusal": 1, "cosmetic": 2}
_SHAPES = (
    (re.compile(r"scimulator-check-[0-9A-Za-z-]+(@[\w.-]+)?"), "‹name›"),
    (re.compile(r"https?://[^\s\"'<>)\]]+"), "‹url›"),
    (re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"), "‹id›"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)?"), "‹time›"),
    (re.compile(r"\b(?=[0-9a-fA-F]*\d)(?=[0-9a-fA-F]*[a-fA-F])[0-9a-fA-F]{8,}\b"), "‹id›"),
    # A separate number that could be an HTTP status says what went wrong; any other number differs from run to run.
    (re.compile(r"\b(?![1-5]\d\d\b)\d+(\.\d+)?\b"), "‹n›"),
)
_STATUSES = re.compile(r"(a )?[1-5](\d\d|xx)((,| or|, or) (a )?[1-5](\d\d|xx))*\b")
_STATUS_AND_MORE = re.compile(r"^([1-5]\d\d) ?\(.*\)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause: the check that shows it best, and all checks in which it appears, in the suite's order."""

    verdict: VerdictName
    level: FailureLevel | None
    first: CheckResultEvent
    places: tuple[CheckResultEvent, ...]

    @property
    def anchor(self) -> str:
        return f"cause-{self.first['id']}".replace(" ", "_")

    @property
    def by_profile(self) -> Counter[str]:
        """How many places in each profile."""
        return Counter(profile_of(place) for place in self.places)


def causes_of(events: Iterable[CheckEvent], verdicts: tuple[str, ...] = COUNTED) -> list[Cause]:
    """The causes of a run: lie before refusal before cosmetic, then what is undecided, then warnings; wide ones first."""
    known = list(events)
    exchanges = exchanges_of(known)
    grouped: dict[tuple[Any, ...], list[CheckResultEvent]] = {}
    for check in checks_of(known):
        if check["verdict"] in verdicts:
            grouped.setdefault(_key(check, exchanges), []).append(check)
    causes = [
        Cause(found[0]["verdict"], found[0]["level"], _clearest(found), tuple(found)) for found in grouped.values()
    ]
    return sorted(causes, key=lambda cause: (*rank(cause.verdict, cause.level), -len(cause.places), cause.first["id"]))


def rank(verdict: str, level: str | None) -> tuple[int, int]:
    """Worst first: FAIL (lie, refusal, cosmetic), UNDECIDED, WARN, the rest."""
    return _VERDICTS.get(verdict, 3), _LEVELS.get(level or "", 3)


def shape(words: str) -> str:
    """The text with everything replaced that differs from run to run: ids, generated names, times, URLs, numbers."""
    for pattern, name in _SHAPES:
        words = pattern.sub(name, words)
    return words.strip()


def _key(check: CheckResultEvent, exchanges: Mapping[int, ExchangeEvent]) -> tuple[Any, ...]:
    """What makes two findings one: verdict, level, words, the first difference; for a bare status the request as well."""
    expected, got = check["expected"], check["got"]
    kind = ""
    if _STATUSES.fullmatch(expected.strip()):
        kind = about(check, exchanges)
        got = _STATUS_AND_MORE.sub(r"\1", got)
    difference = difference_between(expected, got)
    pieces = tuple(shape(piece)[:60] for piece in difference.pieces)
    return check["verdict"], check["level"], shape(check["message"]), shape(difference.where), pieces, kind


def _clearest(places: list[CheckResultEvent]) -> CheckResultEvent:
    """The place that tells most: one that says what it does to people, then how it is mended, then the first."""
    return max(places, key=lambda e: (bool(e["consequence"]), bool(e.get("fix")), -places.index(e)))
