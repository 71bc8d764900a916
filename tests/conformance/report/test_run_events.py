"""Questions about the events of a run: titles and links of sections, requests of a trimmed run."""

from __future__ import annotations

from conformance.report.formats import FORMATS
from conformance.report.run_events import (
    exchanges_of,
    link_of,
    requests_of,
    seconds_of,
    section_title,
    trimmed_of,
)
from conformance.report.trim import trimmed
from conformance.requirements.catalogue import catalogue
from tests.conformance.made_up_runs import broken_patch, check, hostile_run, run, shown
from tests.stream_schema import assert_valid


def test_sections_of_the_documents_have_titles_and_links() -> None:
    for row in catalogue().values():
        assert link_of(row).startswith("https://")
        if row.counts and not row.rfc.startswith(("IPSIEOLD", "IPSIELEV")):
            assert section_title(row.rfc, row.section), row.id


def test_the_runs_that_the_report_tests_use_are_ones_that_check_could_write() -> None:
    assert_valid(run(*broken_patch(), check("test_w", "WARN")), "exchange", "check")
    assert_valid(hostile_run())


def test_a_trimmed_run_tells_how_many_requests_there_were_and_how_long_they_took() -> None:
    whole = run(*broken_patch())
    small = trimmed(whole, 0)
    assert_valid(small, "trimmed")
    assert exchanges_of(small) == {}
    assert trimmed_of(whole) is None
    assert (requests_of(small), seconds_of(small)) == (requests_of(whole), seconds_of(whole))
    assert seconds_of(whole) > 0


def test_the_duration_is_that_of_the_run_and_not_of_its_requests() -> None:
    whole = run(*broken_patch())
    whole[-1]["summary"]["wall_seconds"] = 90.8
    assert_valid(whole, "end")
    assert (seconds_of(whole), seconds_of(trimmed(whole, 0))) == (90.8, 90.8)
    assert "  4 requests in 91 s\n" in shown(whole)
    assert "4 in 91 s" in FORMATS["html"](whole)
