"""`scimulator.toml`: the target, and waivers that excuse known failures with a reason and a date.

    [target]
    url = "https://host/scim/v2"         # the token comes from SCIM_TOKEN in the environment, never from a file
    profiles = ["rfc", "entra"]
    timeout = 10                         # seconds
    headers = {X-Tenant = "${TENANT}"}   # ${NAME} is replaced from the environment

    [[waiver]]
    requirement = "RFC7644-3.5.2.2-04"   # or check = "test_remove_with_filter_keeps_the_others"
    reason = "fixed in the release of January, ticket 4711"
    until = 2027-01-31                   # the last day on which the waiver applies

An invalid value is reported in one line: `scimulator.toml:14: until: expected a date, got "soon"`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from conformance.requirements.catalogue import catalogue
from conformance.settings.target_settings import SETTINGS, Refused, read_settings
from conformance.settings.toml_lines import line_of
from simulator.stream.events import CheckEvent, CheckResultEvent, RemarkFacts

EXCUSED = ("FAIL", "WARN")  # an undecided check has no result that could be excused
WAIVER_KEYS = ("requirement", "check", "reason", "until")


class ConfigError(Exception):
    """The file is invalid; the message is one line with the file, line, key, and what was expected."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """An excuse for the checks of a requirement, or for one check by its function, name, or id."""

    requirement: str
    check: str
    reason: str
    until: date | None  # the last day; None: no end

    def covers(self, event: CheckResultEvent) -> bool:
        """Whether the waiver is about this check; a requirement covers every check that names it."""
        if self.check:
            return self.check in (event.get("function"), event["name"], event["id"])
        return self.requirement in event["requirements"]

    def holds(self, today: date) -> bool:
        return self.until is None or today <= self.until


@dataclass(frozen=True, slots=True)
class Config:
    """The content of the file; `options` has the given names of `conformance.settings.target_settings.SETTINGS`."""

    waivers: tuple[Waiver, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    today: date | None = None  # None: the current date in UTC

    def waive(self, event: CheckResultEvent) -> CheckResultEvent:
        """The event with the waivers applied."""
        return apply(self.waivers, event, self.today or datetime.now(UTC).date())


def apply(waivers: Iterable[Waiver], event: CheckResultEvent, today: date) -> CheckResultEvent:
    """A failed or warned check that a waiver covers becomes WAIVED with the reason; an expired waiver adds a note."""
    if event["verdict"] not in EXCUSED:
        return event
    covering = [waiver for waiver in waivers if waiver.covers(event)]
    for waiver in covering:
        if waiver.holds(today):
            until = f" (until {waiver.until})" if waiver.until else ""
            return {**event, "verdict": "WAIVED", "waiver": f"{waiver.reason}{until}"}
    told = [_expired(waiver) for waiver in covering]
    return {**event, "remarks": [*event["remarks"], *told]} if told else event


def unused(waivers: Iterable[Waiver], events: Iterable[CheckEvent]) -> list[Waiver]:
    """The waivers that excuse nothing in a run, because their checks passed or did not run."""
    bad = [event for event in events if event["event"] == "check" and event["verdict"] in (*EXCUSED, "WAIVED")]
    return [waiver for waiver in waivers if not any(waiver.covers(event) for event in bad)]


def load_config(path: Path, environment: Mapping[str, str] | None = None) -> Config:
    """Read and validate the file; raises ConfigError. `environment` has the values for `${NAME}`."""
    try:
        text = path.read_text("utf-8")
        content = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: expected UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_syntax(path, text, error)) from None
    except (ValueError, RecursionError) as error:  # a number with 5,000 digits, thousands of brackets
        raise ConfigError(f"{path}: not TOML: {str(error)[:200]}") from None

    def refuse(place: str, at: int, key: str, words: str) -> ConfigError:
        number = line_of(text, place, at, key)
        return ConfigError(f"{path}:{number}: {key}: {words}")

    _known_keys(content, ("target", "waiver"), lambda key, words: refuse("", 0, key, words))
    try:
        options = read_settings(content.get("target", {}), environment)
    except Refused as error:
        raise refuse("target", 0, error.key, error.words) from None
    return Config(tuple(_waivers(content.get("waiver", []), refuse)), options)


def _waivers(content: Any, refuse: Callable[[str, int, str, str], ConfigError]) -> Iterable[Waiver]:
    if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
        raise refuse("", 0, "waiver", "expected tables that each begin with [[waiver]]")
    for at, item in enumerate(content):

        def wrong(key: str, words: str, at: int = at) -> ConfigError:
            return refuse("waiver", at, key, words)

        yield _waiver(item, wrong)


def _waiver(item: dict[str, Any], wrong: Callable[[str, str], ConfigError]) -> Waiver:
    _known_keys(item, WAIVER_KEYS, wrong)
    for key in ("requirement", "check", "reason"):
        if key in item and not (isinstance(item[key], str) and item[key].strip()):
            raise wrong(key, f"expected a non-empty string, got {_shown(item[key])}")
    if ("requirement" in item) == ("check" in item):
        raise wrong("waiver", "expected a requirement or a check" + (", not both" if "check" in item else ""))
    if "reason" not in item:
        raise wrong("reason", "missing; give a reason for the waiver")
    until = item.get("until")
    if until is not None and (isinstance(until, datetime) or not isinstance(until, date)):
        raise wrong("until", f"expected a date like 2027-01-31, got {_shown(until)}")
    requirement = item.get("requirement", "")
    if requirement and requirement not in catalogue():
        raise wrong("requirement", f'unknown requirement "{requirement}"{_near(requirement, catalogue())}')
    return Waiver(requirement, item.get("check", ""), item["reason"], until)


def _known_keys(content: Mapping[str, Any], known: Iterable[str], wrong: Callable[[str, str], ConfigError]) -> None:
    for key in content:
        if key not in known:
            hint = _near(key, known)
            raise wrong(key, f"unknown{hint or '; expected ' + ', '.join(known)}")


def _near(word: str, known: Iterable[str]) -> str:
    found = get_close_matches(word, list(known), 1)
    return f"; did you mean {found[0]}?" if found else ""


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _expired(waiver: Waiver) -> RemarkFacts:
    told = f"the waiver of this check expired on {waiver.until} ({waiver.reason})"
    return {"verdict": "NOTE", "message": told, "expected": "", "got": ""}


def _syntax(path: Path, text: str, error: tomllib.TOMLDecodeError) -> str:
    """`scimulator.toml:3: not TOML: …` from "… (at line 3, column 5)" or "… (at end of document)"."""
    words, _, place = str(error).partition(" (at ")
    number = place.removeprefix("line ").partition(",")[0]
    return f"{path}:{number if number.isdigit() else len(text.splitlines())}: not TOML: {words}"


__all__ = ["SETTINGS", "Config", "ConfigError", "Waiver", "apply", "load_config", "unused"]
