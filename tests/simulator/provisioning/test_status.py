"""The status document of a job (docs/notes/entra.md 7.3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from simulator.provisioning.answers import ConnectionTestFailed
from simulator.provisioning.status import job_status
from tests.fake_target import FakeTarget
from tests.simulator.engine import Engine

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
    assert offended["quarantine"]["nextAttempt"] == (engine.now + timedelta(minutes=5)).isoformat()
    engine.job.stop()
    assert job_status(engine.job, engine.job.report)["schedule"]["state"] == "Disabled"
