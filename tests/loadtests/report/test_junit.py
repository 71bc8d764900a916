"""JUnit of a load run: a case per verdict."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from loadtests.report.junit import as_junit
from tests.loadtests.report.bad_run import bad_run


def test_junit_has_a_case_per_verdict() -> None:
    suite = ET.fromstring(as_junit(bad_run()))[0]
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    assert failed == ["create user p99_ms", "last leaver", "create user", "matches the state that was sent"]
    assert (suite.get("tests"), suite.get("failures")) == ("5", "4")
    told = suite[0].find("failure")
    assert told is not None
    assert told.get("message") == "measured 8, limit 5, missed by 3 (60%)"
