"""JUnit XML as CI systems read it: a suite per profile, a failure for FAIL, an error for UNDECIDED."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import groupby
from typing import Any

from conformance.report.run_events import checks_of, counts_of, document_name, profile_of, section_title

Event = dict[str, Any]
KINDS = {"FAIL": "failure", "UNDECIDED": "error", "NOT OFFERED": "skipped", "WAIVED": "skipped"}


def as_junit(events: list[Event]) -> str:
    """The document; a run with `--level should` counts warnings as failures."""
    strict = events[0]["settings"].get("level") == "should"
    kinds = {**KINDS, "WARN": "failure"} if strict else KINDS
    root = ET.Element("testsuites", name="scimulator check")
    for profile, own in groupby(checks_of(events), key=profile_of):
        _suite(root, profile, list(own), kinds)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(root: ET.Element, profile: str, checks: list[Event], kinds: dict[str, str]) -> None:
    counts = counts_of(checks)
    figures = {
        plural: str(sum(counts[verdict] for verdict, kind in kinds.items() if kind == one))
        for plural, one in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    }
    seconds = sum(check["duration_ms"] for check in checks) / 1000
    suite = ET.SubElement(
        root, "testsuite", {"name": xml(profile), "tests": str(len(checks)), **figures, "time": f"{seconds:.3f}"}
    )
    for check in checks:
        _case(suite, check, kinds)


def _case(suite: ET.Element, check: Event, kinds: dict[str, str]) -> None:
    place = (
        f"{document_name(check['document'])} {check['section']} {section_title(check['document'], check['section'])}"
    )
    case = ET.SubElement(
        suite,
        "testcase",
        classname=xml(f"{profile_of(check)}.{place.replace('.', '_').strip()}"),
        name=xml(check["name"]),
        time=f"{check['duration_ms'] / 1000:.3f}",
    )
    if kind := kinds.get(check["verdict"]):
        message = check.get("waiver") or check["message"]
        told = ET.SubElement(case, kind, message=xml(f"{check['verdict']}: {message}"))
        told.text = xml(_words(check))
    elif check["verdict"] == "WARN":
        ET.SubElement(case, "system-out").text = xml(f"WARN: {check['message']}\n{_words(check)}")


def _words(check: Event) -> str:
    lines = [check["title"], f"requires: {', '.join(check['requirements'])}"]
    lines += [f"{label}: {check.get(label)}" for label in ("expected", "got", "consequence", "fix") if check.get(label)]
    return "\n".join(lines)


def xml(value: str) -> str:
    """Text without the characters that XML does not allow, nor those that a log would obey."""
    return "".join(character if _allowed(ord(character)) else "�" for character in value)


def _allowed(code: int) -> bool:
    if code in (0x0A, 0x09):
        return True
    return code >= 0x20 and not 0x7F <= code <= 0x9F and not 0xD800 <= code <= 0xDFFF and code not in (0xFFFE, 0xFFFF)
