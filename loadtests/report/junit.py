"""JUnit XML as CI systems read it: a case per limit of the budget, per operation of a baseline, and for the end state."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from loadtests.measurements.baseline import SLOWER
from loadtests.report.wording import Event, missed_by, number, of, ratio_line

Case = tuple[str, str, str | None]  # class, name, what failed (None: nothing)


def as_junit(events: list[Event]) -> str:
    """The document."""
    cases = list(_cases(events))
    failures = str(sum(failed is not None for _, _, failed in cases))
    seconds = str(events[-1]["summary"]["seconds"])
    root = ET.Element("testsuites", name="scimulator load")
    name = f"load {events[0]['settings']['scenario']}"
    suite = ET.SubElement(root, "testsuite", name=name, tests=str(len(cases)), failures=failures, time=seconds)
    for group, name, failed in cases:
        case = ET.SubElement(suite, "testcase", classname=f"load.{group}", name=_xml(name))
        if failed is not None:
            ET.SubElement(case, "failure", message=_xml(failed))
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _cases(events: list[Event]) -> Iterator[Case]:
    for event in of(events, "budget"):
        told = f"measured {number(event['measured'])}, limit {number(event['limit'])}, missed by {missed_by(event)}"
        yield "budget", event["name"], None if event["ok"] else told
    for row in of(events, "baseline"):
        yield "baseline", row["name"], ratio_line(row) if row["verdict"] == SLOWER else None
    for event in of(events, "verified"):
        wrong = [f"{found['person']}: {found['attribute'] or found['kind']}" for found in event["differences"][:5]]
        yield (
            "end state",
            "equal to what was sent",
            f"{event['total']} differences: {', '.join(wrong)}" if wrong else None,
        )
    for event in of(events, "cleanup"):
        yield "clean-up", "nothing left", f"{event['total']} resources left" if event["total"] else None
    if not events[-1]["summary"]["requests"]:
        yield "run", "something was sent", "nothing was sent"


def _xml(text: str) -> str:
    """Text without the characters that XML does not allow."""
    return "".join(character if _allowed(ord(character)) else "�" for character in text)


def _allowed(code: int) -> bool:
    return code in (0x0A, 0x09) or (
        code >= 0x20 and not 0x7F <= code <= 0x9F and not 0xD800 <= code <= 0xDFFF and code < 0xFFFE
    )
