"""The causes and checks of the HTML report: each check with its verdict, a cause with its command."""

from __future__ import annotations

from conformance.report.html_checks import causes_html, checks_html, filter_style
from conformance.report.html_coverage import shown_requirements
from tests.conformance.made_up_runs import broken_patch, check, run


def test_a_cause_shows_its_request_and_its_command() -> None:
    events = run(*broken_patch())
    page = causes_html(events, shown_requirements(events))
    assert "PATCH" in page
    assert "scimulator check --url" in page
    assert "None: nothing failed" in causes_html(run(check()), frozenset())


def test_every_check_is_there_with_a_filter_for_each_verdict() -> None:
    events = run(check("test_a"), check("test_b", "NOT OFFERED"))
    page = checks_html(events, frozenset())
    assert page.count('class="card check"') == 2
    for word in ("PASS", "NOT OFFERED"):
        name = word.replace(" ", "-")
        assert f"show-{name}" in page
        assert f"show-{name}" in filter_style([word])
