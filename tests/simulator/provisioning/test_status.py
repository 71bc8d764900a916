"""The status document of a job (docs/notes/entra.md 7.3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from simulator.provisioning.answers import ConnectionTestFailed
from simulator.provisioning.status import job_status
from tests.fake_target import FakeTarget
from tests.simulator.engine import Engine
from tests.simulator.failing_target import on

ERROR = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": "no", "status": "400"}


def test_status_document_follows_the_job(target: FakeTarget) -> None:
    engine = Engine(target)
    engine.person("Anna Smith")
    healthy = job_status(engine.job, engine.cycle())
    assert healthy["schedule"] == {"interval": "PT40M", "state": "Active", "expiration": None}
    assert healthy["status"]["code"] == "Active"
    assert healthy["status"]["lastExecution"]["countExported"] == 1
    assert healthy["status"]["synchronizedEntryCountByType"][0]["value"] == 1
    target.rule = lambda request: (401, ERROR)
    with pytest.raises(ConnectionTestFailed):
        engine.cycle()
    offended = job_status(engine.job, engine.job.report)["status"]
    assert (offended["code"], offended["countSuccessiveCompleteFailures"]) == ("Quarantine", 1)
    assert offended["quarantine"]["nextAttempt"] == (engine.now + timedelta(minutes=40)).isoformat()
    engine.job.stop()
    assert job_status(engine.job, engine.job.report)["schedule"]["state"] == "Disabled"


def test_times_of_the_status_are_those_of_graph(target: FakeTarget) -> None:
    """GRAPH, synchronizationStatus: when steady state was *first* achieved, and the latest execution that *succeeded*."""
    engine = Engine(target)
    anna = engine.person("Anna Smith")
    first = job_status(engine.job, engine.cycle())["status"]
    engine.cycle()
    good = job_status(engine.job, engine.job.report)["status"]
    assert good["steadyStateFirstAchievedTime"] == first["steadyStateFirstAchievedTime"]
    assert good["steadyStateLastAchievedTime"] == good["lastExecution"]["timeEnded"]
    assert good["steadyStateLastAchievedTime"] > good["steadyStateFirstAchievedTime"]
    assert good["lastSuccessfulExecution"] == good["lastExecution"]
    assert good["lastSuccessfulExecutionWithExports"] == first["lastExecution"]
    engine.directory.update_user(engine.now, anna, jobTitle="Lead")
    target.rule = on("PATCH", (400, ERROR))
    failed = job_status(engine.job, engine.cycle())["status"]
    assert failed["lastExecution"]["state"] == "EntryLevelErrors"
    assert failed["lastSuccessfulExecution"] == good["lastExecution"]
    target.rule = lambda request: (401, ERROR)
    with pytest.raises(ConnectionTestFailed):
        engine.cycle()
    quarantined = job_status(engine.job, engine.job.report)["status"]
    assert quarantined["code"] == "Quarantine"
    assert quarantined["lastSuccessfulExecution"] == good["lastExecution"]
    assert quarantined["steadyStateFirstAchievedTime"] == first["steadyStateFirstAchievedTime"]
