"""The JSON report has a version, the verdict, and every exposure, difference, expectation, and failure."""

from __future__ import annotations

import json

from simulator.report.json_report import simulation_json
from tests.simulator.report import made_up_log as made
from tests.simulator.report.made_up_run import stream


def test_the_document_has_its_documented_members_and_is_json() -> None:
    document = simulation_json(stream())
    assert list(document) == [
        "version", "verdict", "exit_code", "seed", "target", "settings", "summary", "exposures", "differences",
        "differences_unlisted", "job", "expectations", "failures", "left", "still_listed",
    ]  # fmt: skip
    assert document["version"] == 2
    assert (document["seed"], document["exit_code"]) == (1, 1)
    assert json.loads(json.dumps(document)) == {**document, "exposures": [{**document["exposures"][0], "steps": [
        "Fri 13 Mar 17:52 left in the directory",
        "Fri 13 Mar 18:12 deactivated in the target",
        "Mon 16 Mar 06:00 access revoked, sessions ended",
    ]}]}  # fmt: skip


def test_an_exposure_is_in_minutes_with_its_person() -> None:
    [exposure] = simulation_json(stream("Łucja Wójcik"))["exposures"]
    assert (exposure["person"], exposure["name"], exposure["minutes"]) == ("p-1", "Łucja Wójcik", 3608)
    assert exposure["left_at"] == "2026-03-13T17:52:00+00:00"


def test_a_difference_has_the_cycle_after_which_it_was_found() -> None:
    [difference] = simulation_json(stream())["differences"]
    assert (difference["first_cycle"], difference["attribute"], difference["expected"]) == (2, "title", "'A'")


def test_failures_expectations_and_the_job_are_read_from_the_stream() -> None:
    expectation = {
        "event": "expectation", "at": made.AT, "since": made.AT, "person": None, "text": "the job is healthy",
        "held": True, "found": "healthy",
    }  # fmt: skip
    job = {"event": "job", "id": "scim.scimulator", "schedule": {}, "status": {"code": "Active"}}
    document = simulation_json(made.run(made.entry(), made.failure(), expectation, job))
    assert [entry["error_code"] for entry in document["failures"]] == [
        "SystemForCrossDomainIdentityManagementBadRequest"
    ]
    assert document["expectations"] == [{name: value for name, value in expectation.items() if name != "event"}]
    assert document["job"] == {"id": "scim.scimulator", "schedule": {}, "status": {"code": "Active"}}


def test_a_run_without_findings_has_empty_lists() -> None:
    document = simulation_json(made.run())
    empty = ("exposures", "differences", "expectations", "failures")
    assert [document[name] for name in empty] == [[], [], [], []]
    assert document["job"] == {}
