"""The JSON report has its documented keys."""

from __future__ import annotations

import json

from conformance.report.formats import FORMATS
from tests.conformance.made_up_runs import broken_patch, check, run


def test_json_has_its_documented_keys() -> None:
    found = json.loads(FORMATS["json"](run(*broken_patch(), check("test_u", "UNDECIDED"))))
    assert list(found) == [
        *(
            "version",
            "tool_version",
            "seed",
            "target",
            "settings",
            "verdict",
            "exit_code",
            "state",
            "counts",
            "profiles",
        ),
        *("coverage", "causes", "checks", "preflight", "network_faults", "crowd", "left"),
    ]
    assert (found["version"], found["state"]) == (3, "failed")
    assert found["causes"][0]["places"] == ["rfc7644/test_3_5_2_2_x::test_remove_with_filter_keeps_the_others"]
    assert json.loads(FORMATS["json"](run(check("test_u", "UNDECIDED"))))["state"] == "undecided"
    assert json.loads(FORMATS["json"](run(check())))["state"] == "good"


def test_a_warning_that_counts_is_a_failure() -> None:
    events = [check("test_u", "UNDECIDED"), check("test_w", "WARN")]
    states = [json.loads(FORMATS["json"](run(*events, level=level)))["state"] for level in ("must", "should")]
    assert states == ["undecided", "failed"]
