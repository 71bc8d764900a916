"""A trimmed run keeps the exchanges of failed checks and of rejected requests."""

from __future__ import annotations

import json

from conformance.report.formats import FORMATS
from conformance.report.saved_runs import events_of_html
from tests.conformance.made_up_runs import broken_patch, check, exchange, run


def test_the_page_keeps_what_failed_and_what_was_rejected() -> None:
    numbers = range(1, 400)
    plain_ones = [
        exchange(n, "GET", "/Users", answered=json.dumps({"n": "x" * 1900, "way": chr(0x4E00 + n)})) for n in numbers
    ]
    refused = exchange(900, "POST", "/Users", 400, sent={"userName": 3}, answered='{"scimType":"invalidValue"}')
    events = run(
        *plain_ones,
        *(check(f"test_{n}", exchanges=[n]) for n in numbers),
        refused,
        check("test_refused", exchanges=[900]),
        *broken_patch(1000),
    )
    kept = {event["number"] for event in events_of_html(FORMATS["html"](events)) if event["event"] == "exchange"}
    assert {900, 1000, 1001, 1002, 1003} <= kept
    alike = run(*(exchange(n) for n in numbers), *(check(f"test_{n}", exchanges=[n]) for n in numbers))
    assert len([e for e in events_of_html(FORMATS["html"](alike)) if e["event"] == "exchange"]) == 1
