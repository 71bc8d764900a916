"""HTML elements of the report: a request whose body was cut has no curl command."""

from __future__ import annotations

from conformance.report.formats import FORMATS
from tests.conformance.made_up_runs import check, exchange, run


def test_a_request_that_was_cut_has_no_command() -> None:
    events = run(exchange(1, "POST", "/Users", 500, sent={"x": "y" * 5000}), check("test_a", "FAIL", exchanges=[1]))
    page = FORMATS["html"](events)
    assert "more characters" in page
    assert "<pre>curl" not in page
