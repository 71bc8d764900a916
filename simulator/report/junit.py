"""Writes JUnit XML for CI systems: suites of cases, each passed, failed, in error, or skipped."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["failure", "error", "skipped"]
PLURALS: dict[Kind, str] = {"failure": "failures", "error": "errors", "skipped": "skipped"}


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a case did not pass: a one-line message and optional details."""

    kind: Kind
    message: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One test case. `finding` is None for a case that passed; `time` is in seconds, as it is written to the file."""

    class_name: str
    name: str
    finding: Finding | None = None
    output: str | None = None
    time: str | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """A named suite of cases. `counted` are the kinds of findings to count; `time` is in seconds, as it is written."""

    name: str
    cases: Sequence[Case]
    time: str
    counted: Sequence[Kind] = ("failure", "error", "skipped")


def junit_document(name: str, suites: Iterable[Suite]) -> str:
    """The XML document, with its declaration and a final newline."""
    root = ET.Element("testsuites", name=xml_text(name))
    for suite in suites:
        _add_suite(root, suite)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _add_suite(root: ET.Element, suite: Suite) -> None:
    kinds = [case.finding.kind for case in suite.cases if case.finding is not None]
    figures = {PLURALS[kind]: str(kinds.count(kind)) for kind in suite.counted}
    attributes = {"name": xml_text(suite.name), "tests": str(len(suite.cases)), **figures, "time": suite.time}
    element = ET.SubElement(root, "testsuite", attributes)
    for case in suite.cases:
        _add_case(element, case)


def _add_case(suite: ET.Element, case: Case) -> None:
    attributes = {"classname": xml_text(case.class_name), "name": xml_text(case.name)}
    if case.time is not None:
        attributes["time"] = case.time
    element = ET.SubElement(suite, "testcase", attributes)
    if case.finding is not None:
        found = ET.SubElement(element, case.finding.kind, message=xml_text(case.finding.message))
        found.text = None if case.finding.text is None else xml_text(case.finding.text)
    if case.output is not None:
        ET.SubElement(element, "system-out").text = xml_text(case.output)


def xml_text(value: str) -> str:
    """The text without characters that XML does not allow or that control a terminal."""
    return "".join(character if _is_allowed(ord(character)) else "�" for character in value)


def _is_allowed(code: int) -> bool:
    if code in (0x0A, 0x09):
        return True
    return code >= 0x20 and not 0x7F <= code <= 0x9F and not 0xD800 <= code <= 0xDFFF and code not in (0xFFFE, 0xFFFF)
