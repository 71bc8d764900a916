"""The results of a check run as JSON, stable within its version.

| key | what |
| --- | --- |
| version | 2 |
| tool_version, seed, target, settings | what was run, with what, against what |
| verdict, exit_code | of the whole run: one sentence, and the contract's code |
| state | "good", "failed" or "undecided" (nothing failed, and yet not all is known) |
| counts | verdict → number of checks |
| profiles | profile → verdict → number; verdicts of different profiles are never merged |
| coverage | per document and section: profile, document, section, title, rows (requirement, level, state, checks) |
| causes | per cause: verdict, level, requirement, title, message, expected, got, consequence, fix, places (check ids) |
| checks | per check: everything its event says, by id |
| preflight, weather, left | what was asked before; how the target behaved; URLs that could not be removed |

Version 1 had `rfc` in a check where version 2 has `profile` and `document`, and neither profiles, coverage nor causes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from conformance.report.causes import Cause, causes_of
from conformance.report.coverage import SectionCoverage, coverage
from conformance.report.crowd import crowd_of
from conformance.report.run_events import (
    checks_of,
    counts_of,
    end_of,
    header_of,
    left_of,
    preflight_of,
    profile_of,
    section_title,
)
from simulator.stream.events import CheckEndEvent, CheckEvent, CheckResultEvent

VERSION = 2
_PASSED_ON = ("title", "message", "expected", "got", "consequence", "fix")


Json = dict[str, Any]


def as_json(events: list[CheckEvent]) -> str:
    """The whole report as text; the same events give the same text."""
    header, end = header_of(events), end_of(events)
    checks = checks_of(events)
    value = {
        "version": VERSION,
        "tool_version": header.get("version", ""),
        "seed": header["seed"],
        "target": header["target"],
        "settings": header["settings"],
        "verdict": end["verdict"],
        "exit_code": end["exit_code"],
        "state": state_of(end, checks),
        "counts": dict(counts_of(checks)),
        "profiles": {name: dict(counts_of(c for c in checks if profile_of(c) == name)) for name in _profiles(checks)},
        "coverage": [_section(section) for section in coverage(events)],
        "causes": [_cause(cause) for cause in causes_of(events)],
        "checks": [_bare(check) for check in checks],
        "preflight": [_bare(event) for event in preflight_of(events)],
        "weather": next((_bare(event) for event in events if event["event"] == "weather"), {}),
        "crowd": {state: _bare(event) for state, event in crowd_of(events).items()},
        "left": left_of(events),
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def verdicts_of_json(report: Any) -> dict[str, str]:
    """The verdicts by check id that a report holds; raises ValueError or KeyError for what is not such a report."""
    if not isinstance(report, dict) or report.get("version") not in (1, VERSION) or "checks" not in report:
        raise ValueError('expected a report of scimulator check: "version" 2 and "checks"')
    for key in ("counts", "left", "verdict", "exit_code"):
        if key not in report:
            raise KeyError(key)
    return {check["id"]: check["verdict"] for check in report["checks"]}


def state_of(end: CheckEndEvent, checks: list[CheckResultEvent]) -> str:
    """One word for the run."""
    counts = counts_of(checks)
    if end["exit_code"] == 0:
        return "good"
    return "undecided" if counts["UNDECIDED"] and not counts["FAIL"] else "failed"


def _profiles(checks: list[CheckResultEvent]) -> list[str]:
    return list(dict.fromkeys(profile_of(check) for check in checks))


def _section(section: SectionCoverage) -> Json:
    return {
        "profile": section.profile,
        "document": section.document,
        "section": section.section,
        "title": section_title(section.document, section.section),
        "counts": dict(section.counts),
        "rows": [
            {
                "requirement": row.requirement.id,
                "level": row.requirement.level,
                "state": row.state,
                "checks": [check["id"] for check in row.checks],
            }
            for row in section.rows
        ],
    }


def _cause(cause: Cause) -> Json:
    told = {name: cause.first.get(name, "") for name in _PASSED_ON}
    told |= {"consequence": cause.effect, "fix": cause.fix}
    return {
        "verdict": cause.verdict,
        "level": cause.level,
        "root": cause.place.root if cause.place else None,
        "headline": cause.headline,
        "requirement": cause.first["requirements"][0],
        **told,
        "places": [place["id"] for place in cause.places],
    }


def _bare(event: Mapping[str, object]) -> Json:
    return {key: value for key, value in event.items() if key != "event"}
