"""Coverage: each requirement shows the worst verdict of the checks that name it."""

from __future__ import annotations

from conformance.report.coverage import coverage, totals
from conformance.requirements.catalogue import catalogue
from tests.conformance.made_up_runs import check, run


def test_a_requirement_shows_the_worst_of_its_checks() -> None:
    id_ = "RFC7644-3.3-01"
    events = run(
        check("test_a", requirement=id_),
        check("test_b", "WARN", requirement=id_),
        check("test_c", "NOTE", requirement=id_),
    )
    row = next(row for section in coverage(events) for row in section.rows if row.requirement.id == id_)
    assert (row.state, len(row.checks)) == ("warned", 3)


def test_every_testable_requirement_is_there_with_or_without_a_check() -> None:
    sections = coverage(run(check(requirement="RFC7644-3.3-01")))
    counted = [row for row in catalogue().values() if row.counts and row.rfc in ("RFC6750", "RFC7643", "RFC7644")]
    counts = totals(sections)
    assert counts["testable"] == len(counted)
    assert (counts["covered"], counts["passed"]) == (1, 1)
    assert counts["not run"] == len(counted) - 1
    assert not any(row.requirement.level == "MAY" for section in sections for row in section.rows)


def test_profiles_are_not_merged() -> None:
    id_ = "RFC7644-3.5.2.3-10"
    assert catalogue()[id_].counts
    events = run(
        check("test_a", requirement=id_),
        check("test_b", "FAIL", requirement=id_, profile="entra"),
        profiles=("rfc", "entra"),
    )
    row = next(row for section in coverage(events) for row in section.rows if row.requirement.id == id_)
    assert row.state == "passed"
    alone = run(check("test_b", "FAIL", requirement=id_, profile="entra"), profiles=("entra",))
    assert [(s.profile, [row.state for row in s.rows]) for s in coverage(alone)] == [("entra", ["failed"])]


def test_a_document_is_shown_when_its_profile_was_asked_for() -> None:
    events = run(check("test_i", profile="interop", requirement="INTEROP-6.3-01"), profiles=("interop", "ipsie-al1"))
    assert {(section.profile, section.document) for section in coverage(events)} == {
        ("interop", "INTEROP"),
        ("ipsie-al1", "IPSIE"),
    }
    assert not any("AL2" in row.requirement.id for section in coverage(events) for row in section.rows)


def test_the_coverage_of_a_client_counts_what_binds_clients() -> None:
    events = run(check("booleans", requirement="RFC7643-2.3.2-01", profile="client"), profiles=["client"])
    rows = {row.requirement.id: row for section in coverage(events) for row in section.rows}
    assert rows["RFC7643-2.3.2-01"].state == "passed"
    assert {row.requirement.party for row in rows.values()} == {"client", "both"}
    assert "RFC7643-3.1-07" not in rows  # only a rule shows whether it can be seen on the wire
    assert len(rows) > 80
