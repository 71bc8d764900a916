"""The results of a check run as JSON, stable within its version.

| key | content |
| --- | --- |
| version | 3 |
| tool_version, seed, target, settings | the version and settings of the run, and the server under test |
| verdict, exit_code | the result of the whole run: one sentence, and the exit code of the process |
| state | "good", "failed", or "undecided" (nothing failed, but at least one check could not be decided) |
| counts | verdict → number of checks |
| profiles | profile → verdict → number of checks |
| coverage | for each document and section: profile, document, section, title, rows (requirement, level, state, checks) |
| causes | for each cause: verdict, level, requirement, title, message, expected, got, consequence, fix, places (check ids) |
| checks | the fields of each check's event, sorted by id |
| preflight, network_faults, left | steps of the preflight; network faults; URLs that could not be deleted |

Version 3 renamed the key for network faults, which was the only change since version 2. Version 1 had `rfc` in a check instead of
`profile` and `document`, and had no profiles, coverage, or causes.
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
    serious_of,
)
from simulator.stream.events import CheckEndEvent, CheckEvent, CheckResultEvent, CheckRunEvent

VERSION = 3
_PASSED_ON = ("title", "message", "expected", "got", "consequence", "fix")


Json = dict[str, Any]


def as_json(events: list[CheckEvent]) -> str:
    """The report as a JSON string. The same events always give the same string."""
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
        "state": state_of(header, end, checks),
        "counts": dict(counts_of(checks)),
        "profiles": {name: dict(counts_of(c for c in checks if profile_of(c) == name)) for name in _profiles(checks)},
        "coverage": [_section(section) for section in coverage(events)],
        "causes": [_cause(cause) for cause in causes_of(events)],
        "checks": [_bare(check) for check in checks],
        "preflight": [_bare(event) for event in preflight_of(events)],
        "network_faults": next((_bare(event) for event in events if event["event"] == "network_faults"), {}),
        "crowd": {state: _bare(event) for state, event in crowd_of(events).items()},
        "left": left_of(events),
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def verdicts_of_json(report: Any) -> dict[str, str]:
    """Map check ids to the verdicts in a report. Raises ValueError or KeyError if it is not a JSON report of a check run."""
    if not isinstance(report, dict) or report.get("version") not in (1, VERSION) or "checks" not in report:
        raise ValueError('expected a report of scimulator check: "version" 2 and "checks"')
    for key in ("counts", "left", "verdict", "exit_code"):
        if key not in report:
            raise KeyError(key)
    return {check["id"]: check["verdict"] for check in report["checks"]}


def state_of(header: CheckRunEvent, end: CheckEndEvent, checks: list[CheckResultEvent]) -> str:
    """The state of the run as one word."""
    counts = counts_of(checks)
    if end["exit_code"] == 0:
        return "good"
    return "undecided" if counts["UNDECIDED"] and not any(counts[name] for name in serious_of(header)) else "failed"


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
