"""SARIF has what the standard requires and a result for each place."""

from __future__ import annotations

import json
import re
from typing import Any

from conformance.report.formats import FORMATS
from tests.conformance.made_up_runs import (
    Event,
    broken_patch,
    check,
    hostile_run,
    run,
)


def sarif(events: list[Event]) -> Any:
    return json.loads(FORMATS["sarif"](events))


def test_sarif_has_what_the_standard_requires() -> None:
    events = [*hostile_run()[:-3], *broken_patch(5), *hostile_run()[-3:]]
    log = sarif(events)
    assert log["version"] == "2.1.0"
    (found,) = log["runs"]
    driver = found["tool"]["driver"]
    assert driver["name"]
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(ids) == len(set(ids))
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["helpUri"].startswith("https://www.rfc-editor.org/rfc/rfc")
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note", "none")
    for result in found["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["message"]["text"]
        assert result["level"] in ("error", "warning", "note", "none")
        assert result["kind"] == "fail" or result["level"] == "none"
        place = result["locations"][0]["physicalLocation"]
        assert re.fullmatch(r"[A-Za-z0-9/._%-]+", place["artifactLocation"]["uri"])
        assert place["region"]["startLine"] >= 1
        assert result["partialFingerprints"]
    assert all(isinstance(call["executionSuccessful"], bool) for call in found["invocations"])


def test_sarif_has_a_result_for_each_place() -> None:
    verdicts = ("PASS", "FAIL", "WARN", "NOTE", "NOT OFFERED", "NOT EXERCISED", "UNDECIDED", "WAIVED")
    results = sarif(
        run(*(check(f"test_{n}", v, waiver="known" if v == "WAIVED" else "") for n, v in enumerate(verdicts)))
    )["runs"][0]["results"]
    assert sorted(result["properties"]["verdict"] for result in results) == ["FAIL", "UNDECIDED", "WAIVED", "WARN"]
    waived = next(result for result in results if result["properties"]["verdict"] == "WAIVED")
    assert waived["suppressions"] == [{"kind": "external", "justification": "known"}]


def test_a_finding_has_the_same_fingerprint_in_every_run() -> None:
    prints = [
        sarif(run(check("test_a", "FAIL", message=f"scimulator-check-{run_id}-1 is gone")))["runs"][0]["results"][0][
            "partialFingerprints"
        ]
        for run_id in ("aaaa", "bbbb")
    ]
    assert prints[0] == prints[1]
