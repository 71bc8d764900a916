"""JUnit XML counts what CI systems count and is well-formed whatever the target sends."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from conformance.report.formats import FORMATS
from tests.conformance.made_up_runs import (
    check,
    hostile_run,
    run,
)


def test_junit_counts_what_ci_systems_count() -> None:
    verdicts = ("PASS", "FAIL", "WARN", "NOTE", "NOT OFFERED", "NOT EXERCISED", "UNDECIDED", "WAIVED")
    root = ET.fromstring(
        FORMATS["junit"](
            run(*(check(f"test_{n}", v) for n, v in enumerate(verdicts)), check("test_e", "FAIL", profile="entra"))
        )
    )
    suites = {suite.get("name"): suite for suite in root}
    assert {name: suites["rfc"].get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "8",
        "failures": "1",
        "errors": "1",
        "skipped": "3",
    }
    assert suites["entra"].get("failures") == "1"
    strict = ET.fromstring(FORMATS["junit"](run(check("test_w", "WARN"), level="should")))
    assert strict[0].get("failures") == "1"


def test_junit_and_svg_are_well_formed_whatever_the_target_says() -> None:
    assert ET.fromstring(FORMATS["junit"](hostile_run())) is not None
    assert ET.fromstring(FORMATS["badge"](hostile_run())) is not None
    assert "\x1b" not in FORMATS["junit"](hostile_run())
