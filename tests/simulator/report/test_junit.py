"""JUnit XML: attributes and elements as CI systems read them, and no character that XML does not allow."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from simulator.report.junit import Case, Finding, Suite, junit_document, xml_text

CASES = [
    Case("a", "passes", time="0.001"),
    Case("a", "fails", Finding("failure", "wrong", "in full")),
    Case("b", "breaks", Finding("error", "no answer"), output="what was printed"),
    Case("b", "is skipped", Finding("skipped", "not offered")),
]


def test_the_document_is_written_byte_for_byte() -> None:
    assert junit_document("all", [Suite("one", CASES, "1.5")]) == (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<testsuites name="all">'
        '<testsuite name="one" tests="4" failures="1" errors="1" skipped="1" time="1.5">'
        '<testcase classname="a" name="passes" time="0.001" />'
        '<testcase classname="a" name="fails"><failure message="wrong">in full</failure></testcase>'
        '<testcase classname="b" name="breaks"><error message="no answer" />'
        "<system-out>what was printed</system-out></testcase>"
        '<testcase classname="b" name="is skipped"><skipped message="not offered" /></testcase>'
        "</testsuite></testsuites>\n"
    )


def test_a_suite_counts_only_the_kinds_that_it_names() -> None:
    text = junit_document("all", [Suite("one", CASES, "1", counted=("failure",)), Suite("two", [], "0")])
    one, two = ET.fromstring(text)
    assert one.attrib == {"name": "one", "tests": "4", "failures": "1", "time": "1"}
    assert two.attrib == {"name": "two", "tests": "0", "failures": "0", "errors": "0", "skipped": "0", "time": "0"}


@given(st.text())
def test_any_text_makes_a_document_that_can_be_parsed(text: str) -> None:
    suite = Suite(text, [Case(text, text, Finding("failure", text, text), output=text)], "0")
    ET.fromstring(junit_document(text, [suite]))


def test_characters_outside_xml_are_replaced_and_others_stay() -> None:
    assert xml_text("a\x00\x1b\x7f\ud800\ufffe\tä\n漢🎉") == "a�����\tä\n漢🎉"
