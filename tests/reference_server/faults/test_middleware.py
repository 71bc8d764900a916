"""Which requests are hit: by seed and number, never too often in a row, and visible in the log."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import urllib3

from reference_server.lifeline import start_guarded
from tests.reference_server.support import Start
from tests.support import Scim


def control(scim: Scim, method: str, path: str, body: Any = None) -> Any:
    assert scim.server.control_url
    return scim.request(method, f"{scim.server.control_url}{path}", body, token=scim.server.control_token)


def struck(scim: Scim) -> list[int]:
    for number in range(60):
        scim.get(f"/Users/{number}")
    found: list[int] = [strike["request"] for strike in control(scim, "GET", "/faults").json["injected"]]
    return found


def test_same_seed_strikes_the_same_requests_also_after_a_reset(start: Start) -> None:
    rule = {"when": {"probability": 0.2, "after": 5}, "do": {"status": 503}}
    with start(rule) as scim:
        first = struck(scim)
        assert first
        assert first[0] > 5
        assert control(scim, "POST", "/faults/reset").json["requests"] == 0
        assert struck(scim) == first
    with start(rule, seed=1) as scim:
        assert struck(scim) != first


def test_same_request_is_never_hit_more_often_in_a_row_than_allowed(start: Start) -> None:
    with start({"do": {"status": 500}}, max_consecutive=2) as scim:
        assert [scim.get("/Users").status for _ in range(6)] == [500, 500, 200, 500, 500, 200]


def test_profile_can_be_changed_while_the_server_runs(start: Start) -> None:
    with start() as scim:
        assert scim.get("/Users").status == 200
        profile = {"seed": 1, "faults": [{"do": {"status": 503}}]}
        assert control(scim, "PUT", "/faults", profile).json["profile"] == profile
        assert scim.get("/Users").status == 503
        bad = control(scim, "PUT", "/faults", {"faults": [{"do": {"explode": True}}]})
        assert (bad.status, "expected one of status" in bad.json["error"]) == (400, True)
        assert scim.get("/Users").status == 503


def test_faults_are_reported_in_the_log_without_personal_data(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "reference_server", "--port", "0", "--data", str(tmp_path / "data")]
    command += ["--faults", "throttled", "--token", "scim_tok_x"]
    with start_guarded(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        lines = dict(
            line.strip().partition("  ")[::2] for line in iter(child.stdout.readline, "Ready. Press Ctrl-C to stop.\n")
        )
        url = f"{lines['SCIM base URL'].strip()}/Users?filter=userName+eq+%22zz-canary%22"
        for _ in range(10):
            urllib3.request("GET", url, headers={"Authorization": "Bearer scim_tok_x"}, retries=False)
        child.terminate()
        log = child.stderr.read()
    assert "fault status=429 request=10 GET" in log
    assert "canary" not in log
