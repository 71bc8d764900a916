"""No false positives: the suite's findings on servers of other projects are exactly those that a person reviewed."""

from __future__ import annotations

import pytest

from conformance.requirements.catalogue import catalogue
from tests.foreign.review import REVIEWED, TELLING, reviewed, run_suite, unreviewed, vanished
from tests.foreign.reviewed_causes import rows_of, unexplained
from tests.foreign.targets import NAMES, ForeignServer

# The default run takes some chapters of RFC 7644 at two servers; all chapters at all servers are full.
RUNS = [
    pytest.param(
        "scim2_server",
        "test_3_3 or test_3_6 or test_3_12 or needs_schemas or patch_needs or leaves_the_group",
        id="scim2_server-some",
    ),
    pytest.param("scimmy", "test_3_3 or test_3_5_2_1 or test_3_6", id="scimmy-some"),
    *(pytest.param(name, "", id=name, marks=pytest.mark.full) for name in NAMES),
]


@pytest.mark.slow
@pytest.mark.parametrize(("foreign_server", "expression"), RUNS, indirect=["foreign_server"])
def test_findings_at_a_foreign_server_are_those_that_were_reviewed(
    foreign_server: ForeignServer, expression: str
) -> None:
    options = ["-k", expression] if expression else []
    events = run_suite(foreign_server, *options)
    file = f"tests/foreign/findings/{foreign_server.name}.csv"
    new = [(*found.key, found.events[0]["message"]) for found in unreviewed(events, foreign_server.name)]
    assert not new, f"Review it and add it to {file} (python -m tests.foreign.review {foreign_server.name}): {new}"
    failures = unexplained(events, rows_of(foreign_server.name))
    assert not failures, f"Review it and add it to tests/foreign/causes/{foreign_server.name}.csv: {failures}"
    ran = {str(event["name"]).partition("[")[0] for event in events if event["event"] == "check"}
    gone = [key for key in vanished(events, foreign_server.name) if not options or key[0] in ran]
    assert not gone, f"No longer found: take it out of {file}: {gone}"
    assert any(key[0] in ran for key in reviewed(foreign_server.name)), "the selection meets what was reviewed"
    rejected = {
        event["url"]
        for event in events
        if event["event"] == "exchange" and event["method"] == "DELETE" and event["status"] == 500
    }
    assert set(next(event["left"] for event in events if event["event"] == "cleanup")) <= rejected


@pytest.mark.parametrize("name", NAMES)
def test_each_reviewed_finding_names_the_sentence_that_decides(name: str) -> None:
    for key, row in reviewed(name).items():
        assert row["requirement"] in catalogue(), key
        assert row["verdict"] in TELLING, key
        assert row["section"].startswith("RFC"), key
        assert len(row["sentence"]) > 20, key
        assert len(row["seen"]) >= 3, key
        assert row["reviewed"] == "yes", key


def test_every_server_has_a_reviewed_file() -> None:
    assert {file.stem for file in REVIEWED.glob("*.csv")} == set(NAMES)
