"""The JSON form of a load run holds every part."""

from __future__ import annotations

import json

from loadtests.report.json_report import as_json
from tests.loadtests.report.bad_run import bad_run


def test_json_holds_every_part() -> None:
    value = json.loads(as_json(bad_run()))
    assert value["knee"] == {"rate": None, "broke_at": 50.0, "because": ["only 30/s were answered"]}
    assert [len(value[key]) for key in ("operations", "budget", "growth", "baseline", "steps")] == [2, 3, 1, 1, 1]
    assert len(value["timeline"]["points"]) == 4
