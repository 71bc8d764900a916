"""Groups findings by cause: by what the server did, not by the wording of the check. One root can explain many findings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.report.difference import difference_between
from conformance.report.harm import harm_of, level_of, rank
from conformance.report.key_request import about, key_request_of
from conformance.report.observations import Observations
from conformance.report.roots import MERGED, MOST_NAMED, Place, answered, places_of, roots, told
from conformance.report.run_events import checks_of, exchanges_of, profile_of
from simulator.stream.events import CheckEvent, CheckResultEvent, ExchangeEvent, FailureLevel, VerdictName

COUNTED = ("FAIL", "UNDECIDED", "WARN")
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
_CASE = re.compile(r"\[\w+\.([\w.:]*\w)[\]-]")
_FORM = re.compile(
    r"\b(POST|PUT|PATCH|DELETE|Bulk)\b( (add|replace|remove))?( with(out)? (a |the )?(path|URN path))?( in another case)?"
)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_STATUS_AND_MORE = re.compile(r"^([1-5]\d\d) ?\(.*\)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause: the check that shows it best, and all checks in which it appears, in the suite's order.

    `place` names the root that explains the findings, if there is one. `level` depends on the server's response.
    """

    verdict: VerdictName
    level: FailureLevel | None
    first: CheckResultEvent
    places: tuple[CheckResultEvent, ...]
    status: str = ""
    place: Place | None = None
    harm: int | None = None  # rank of harm according to the root; None: the names of the checks decide

    @property
    def anchor(self) -> str:
        return f"cause-{self.first['id']}".replace(" ", "_")

    @property
    def by_profile(self) -> Counter[str]:
        """The number of findings in each profile."""
        return Counter(profile_of(place) for place in self.places)

    @property
    def headline(self) -> str:
        """What the server does. If only one check shows it, the title of that check."""
        return self._told("headline") or self.first["title"]

    @property
    def effect(self) -> str:
        """The effect on users, as far as it is known."""
        return "" if self.verdict == "UNDECIDED" else self._told("effect") or self.first["consequence"]

    @property
    def fix(self) -> str:
        return "" if self.verdict == "UNDECIDED" else self._told("fix") or self.first.get("fix", "")

    def _told(self, field: str) -> str:
        if self.place is None:
            return ""
        return told(getattr(roots()[self.place.root], field), self.place.subject, self.place.status)


def causes_of(events: Iterable[CheckEvent], verdicts: tuple[str, ...] = COUNTED) -> list[Cause]:
    """The causes of a run whose worst verdict is one of `verdicts`, sorted by harm to users and then by number of findings.

    A cause contains the findings of all verdicts that it explains, so a warning with the same cause as a failure is part of
    that cause.
    """
    known = list(events)
    exchanges = exchanges_of(known)
    checks = [check for check in checks_of(known) if check["verdict"] in COUNTED]
    acts = {check["id"]: key_request_of(check, exchanges) for check in checks}
    # The roots describe servers, so each rule or situation that a client fails is a cause with a title and a fix of its own.
    of_server = not any(event["event"] == "run" and "client" in event["settings"] for event in known)
    fitting = places_of(checks, acts, exchanges, Observations(exchanges.values())) if checks and of_server else {}
    rooted = _rooted(checks, fitting)
    grouped: dict[tuple[Any, ...], list[CheckResultEvent]] = {}
    for check in checks:
        place = rooted.get(check["id"])
        own = _key(check, acts[check["id"]], exchanges) if of_server else (check["id"],)
        key = (place.root, place.subject) if place else own
        grouped.setdefault(key, []).append(check)
    causes = [replace(_cause(found, acts, rooted), harm=_harm(found, fitting)) for found in grouped.values()]
    return sorted((cause for cause in causes if cause.verdict in verdicts), key=_order)


def _rooted(checks: list[CheckResultEvent], fitting: dict[str, Place]) -> dict[str, Place]:
    """The roots that headlines name. A finding without a root is described by its check's title."""
    if any("root" in check for check in checks):
        return fitting
    rooted = _merged(fitting)
    shown = Counter((place.root, place.subject) for place in rooted.values())
    return {
        name: place
        for name, place in rooted.items()
        if shown[place.root, place.subject] > 1 or not roots()[place.root].message
    }


def _merged(rooted: Mapping[str, Place]) -> dict[str, Place]:
    """Combine the subjects of each root that is shown once for all of its subjects."""
    subjects: dict[str, list[str]] = {}
    for place in rooted.values():
        if place.root in MERGED:
            subjects.setdefault(place.root, []).append(place.subject)
    names = {}
    for root, found in subjects.items():
        several = sorted(set(found), key=lambda name: (-found.count(name), name))
        more = f", and {len(several) - MOST_NAMED} more" if len(several) > MOST_NAMED else ""
        names[root] = ", ".join(several[:MOST_NAMED]) + more
    return {
        name: replace(place, subject=names[place.root]) if place.root in MERGED else place
        for name, place in rooted.items()
    }


def _cause(
    found: list[CheckResultEvent], acts: Mapping[str, ExchangeEvent | None], rooted: Mapping[str, Place]
) -> Cause:
    worst = min((check["verdict"] for check in found), key=lambda verdict: rank(verdict, None))
    first = _clearest([check for check in found if check["verdict"] == worst], acts)
    place = rooted.get(first["id"])
    level = level_of(first, answered(first, acts[first["id"]])) if first["level"] else None
    if place and level and (named := roots()[place.root].level):
        level = named  # type: ignore[assignment]  # the table's test compares it with the levels
    return Cause(worst, level, first, tuple(found), answered(first, acts[first["id"]]), place)


def _order(cause: Cause) -> tuple[Any, ...]:
    """Sort by verdict, harm to users, need of a provider before a need of the RFC only, level, and number of findings."""
    verdict, level = rank(cause.verdict, cause.level)
    failed = [check for check in cause.places if check["verdict"] == cause.verdict]
    harm = harm_of(failed) if cause.harm is None else cause.harm
    only_rfc = all(profile_of(check) == "rfc" for check in failed)
    return verdict, cause.level == "cosmetic", harm, only_rfc, level, -len(failed), cause.first["id"]


def _harm(found: list[CheckResultEvent], fitting: Mapping[str, Place]) -> int | None:
    """The harm of the root that all findings of a cause match, even if the headline is the title of a check."""
    harms = {roots()[fitting[check["id"]].root].harm if check["id"] in fitting else "" for check in found}
    return int(only) if len(harms) == 1 and (only := harms.pop()) else None


def shape(words: str) -> str:
    """Replace everything that differs from run to run: ids, generated names, times, URLs, and numbers."""
    for pattern, name in _SHAPES:
        words = pattern.sub(name, words)
    return words.strip()


def _key(check: CheckResultEvent, act: ExchangeEvent | None, exchanges: Mapping[int, ExchangeEvent]) -> tuple[Any, ...]:
    """The key by which findings are grouped: the verdict and what the server did.

    For an unexpected status: the kind of request, the status, and the detail without the values in it. Otherwise the message
    and the first difference, without the attribute of the check's case.
    """
    if check["verdict"] == "UNDECIDED":
        return "UNDECIDED", shape(_QUOTED.sub("‹value›", check["message"]))
    expected, got = check["expected"], check["got"]
    level = level_of(check, answered(check, act))
    if _STATUSES.fullmatch(expected.strip()):
        kind, detail = about(check, exchanges), ""
        if (status := _STATUS_AND_MORE.sub(r"\1", got)) != got:
            detail = _QUOTED.sub("‹value›", shape(got))[:60] if got[0] == "4" else ""
        own = check["message"] if got[:1] not in ("4", "5") else ""
        return check["verdict"], level, shape(own), expected.strip()[0], status, detail, kind
    case = _CASE.search(check["name"])
    message = shape(check["message"])
    if case:
        return check["verdict"], level, check["function"], _FORM.sub("‹form›", message.replace(case[1], "‹attribute›"))
    message = _FORM.sub("‹form›", message)
    difference = difference_between(expected, got)
    pieces = tuple(shape(piece)[:60] for piece in difference.pieces)
    return check["verdict"], level, message, shape(difference.where), pieces


def _clearest(places: list[CheckResultEvent], acts: Mapping[str, ExchangeEvent | None]) -> CheckResultEvent:
    """The finding that explains the cause best: one with an effect, then with a fix, then with a request, then the first."""
    return max(
        places,
        key=lambda e: (bool(e["consequence"]), bool(e.get("fix")), acts[e["id"]] is not None, -places.index(e)),
    )
