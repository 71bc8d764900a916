"""Parses the expectations of scenarios, such as `anna has no access within 45m`.

`simulator/run/expectation_judge.py` judges them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import regex

from simulator.lifecycle.durations import parse_duration

DEFAULT_WITHIN = timedelta(minutes=45)  # one cycle of 40 minutes and a margin
_WITHIN = regex.compile(r"(?P<what>.+?)(?:\s+within\s+(?P<within>[\dsmhdw ]+))?$")
# Kind → pattern of the sentence. `who` is a cast name or a person's number.
FORMS = {
    "no access": r"(?P<who>\w+) has no access",
    "access": r"(?P<who>\w+) has access",
    "active": r"(?P<who>\w+) is active",
    "inactive": r"(?P<who>\w+) is inactive",
    "gone": r"(?P<who>\w+) does not exist",
    "there": r"(?P<who>\w+) exists",
    "account active": r"(?P<who>\w+)'s account is active",
    "account inactive": r"(?P<who>\w+)'s account is inactive",
    "no manager": r"(?P<who>\w+) has no manager",
    "manager": r"(?P<who>\w+)'s manager is (?P<value>\w+)",
    "attribute": r"(?P<who>\w+)'s (?P<path>.+?) is (?P<value>.+)",
    "not member": r"(?P<who>\w+) is not in (?P<group>.+)",
    "member": r"(?P<who>\w+) is in (?P<group>.+)",
    "members": r"(?P<group>.+) has (?P<count>\d+) members?",
    "requests": r"at most (?P<count>\d+) requests?",
    "quarantined": r"the job is quarantined",
    "healthy": r"the job is healthy",
    "equal": r"the target equals the directory",
}
_COMPILED = {kind: regex.compile(form) for kind, form in FORMS.items()}


@dataclass(frozen=True, slots=True)
class Expectation:
    """A parsed expectation. Fields that its kind does not use are empty."""

    text: str
    kind: str
    within: timedelta
    who: str = ""
    path: str = ""
    value: str = ""
    group: str = ""
    count: int = 0


def parse_expectation(text: str) -> Expectation:
    """Parse an expectation. Raises ValueError with the supported sentences."""
    found = _WITHIN.fullmatch(text.strip())
    if found is None:  # only spaces, or several lines
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
    return ValueError(f'an expectation, got "{text}"; the supported forms are: {known}')


def _plain(form: str) -> str:
    named = {"who": "anna", "value": "X", "path": "title", "group": "Sales", "count": "10"}
    return regex.sub(r"\(\?P<(\w+)>[^)]*\)", lambda part: named[part[1]], form).replace("s?", "s")
