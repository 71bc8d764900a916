"""Coverage in the HTML report: a strip of sections for each document, a row for each requirement."""

from __future__ import annotations

from conformance.report.html_coverage import coverage_html, shown_requirements
from tests.conformance.made_up_runs import check, run


def test_every_section_of_the_documents_has_a_cell_and_failed_ones_say_so() -> None:
    page = coverage_html(run(check(requirement="RFC7644-3.5.2.2-04"), check("test_b", "FAIL")))
    assert "RFC 7644" in page
    assert 'class="cell failed"' in page
    assert 'class="cell off"' in page


def test_requirements_that_checks_name_have_a_row() -> None:
    events = run(check(requirement="RFC7644-3.5.2.2-04"))
    assert "RFC7644-3.5.2.2-04" in shown_requirements(events)
