"""What a scenario expects, as a sentence: `anna has no access within 45m`. Pure: read here, judged elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import regex

from simulator.lifecycle.durations import parse_duration

DEFAULT_WITHIN = timedelta(minutes=45)  # one cycle, and a little
_WITHIN = regex.compile(r"(?P<what>.+?)(?:\s+within\s+(?P<within>[\dsmhdw ]+))?$")
# Kind → the sentence. `who` is a name of the cast or a number.
FORMS = {
    "no access": r"(?P<who>\w+) has no access",
    "access": r"(?P<who>\w+) has access",
    "active": r"(?P<who>\w+) is active",
    "inactive": r"(?P<who>\w+) is inactive",
    "gone": r"(?P<who>\w+) does not exist",
    "there": r"(?P<who>\w+) exists",
    "account active": r"(?P<who>\w+)'s account is active",
    "account inactive": r"(?P<who>\w+)'s account is inactive",
    "manager": r"(?P<who>\w+)'s manager is (?P<value>\w+)",
    "attribute": r"(?P<who>\w+)'s (?P<path>.+?) is (?P<value>.+)",
    "not member": r"(?P<who>\w+) is not in (?P<group>.+)",
    "member": r"(?P<who>\w+) is in (?P<group>.+)",
    "members": r"(?P<group>.+) has (?P<count>\d+) members",
    "requests": r"at most (?P<count>\d+) requests",
    "quarantined": r"the job is quarantined",
    "healthy": r"the job is healthy",
    "equal": r"the target equals the directory",
}
_COMPILED = {kind: regex.compile(form) for kind, form in FORMS.items()}


@dataclass(frozen=True, slots=True)
class Expectation:
    """One sentence taken apart; fields that its kind does not need are empty."""

    text: str
    kind: str
    within: timedelta
    who: str = ""
    path: str = ""
    value: str = ""
    group: str = ""
    count: int = 0


def parse_expectation(text: str) -> Expectation:
    """The expectation; raises ValueError with the sentences there are."""
    found = _WITHIN.fullmatch(text.strip())
    if found is None:  # nothing but spaces, or several lines
        raise _unknown(text)
    within = DEFAULT_WITHIN if found["within"] is None else parse_duration(found["within"])
    for kind, form in _COMPILED.items():
        parts = form.fullmatch(found["what"])
        if parts:
            given = {name: value for name, value in parts.groupdict().items() if value is not None}
            given |= {name: given[name].strip("\"'") for name in ("value", "group") if name in given}
            count = int(given.pop("count", 0))
            return Expectation(text, kind, within, count=count, **given)
    raise _unknown(text)


def _unknown(text: str) -> ValueError:
    known = "; ".join(_plain(form) for form in FORMS.values())
    return ValueError(f'an expectation, got "{text}"; there are: {known}')


def _plain(form: str) -> str:
    named = {"who": "anna", "value": "X", "path": "title", "group": "Sales", "count": "10"}
    return regex.sub(r"\(\?P<(\w+)>[^)]*\)", lambda part: named[part[1]], form)
