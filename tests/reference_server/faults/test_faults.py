"""Faults on purpose, over real sockets: each does what its name says, says so, and strikes the same requests each time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3
import yaml

from reference_server.embedded import embedded_server
from reference_server.faults.profile import UnfitProfile, load_profile, parse_profile
from tests.support import USER, Command, Scim

Broken = (urllib3.exceptions.ProtocolError, urllib3.exceptions.IncompleteRead)
Start = Callable[..., AbstractContextManager[Scim]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    @contextmanager
    def started(*rules: dict[str, Any], **more: Any) -> Iterator[Scim]:
        file = tmp_path / "faults.yaml"
        file.write_text(yaml.safe_dump({"seed": 4711, **more, "faults": list(rules)}))
        with embedded_server(arguments=["--faults", str(file)]) as server:
            yield Scim(server)

    return started


def control(scim: Scim, method: str, path: str, body: Any = None) -> Any:
    assert scim.server.control_url
    return scim.request(method, f"{scim.server.control_url}{path}", body, token=scim.server.control_token)


def test_lost_reply_is_done_but_not_answered(start: Start) -> None:
    with start({"when": {"method": "POST", "nth": 1}, "do": {"lose_reply": True}}) as scim:
        body = {"schemas": [USER], "userName": "anna@example.com"}
        with pytest.raises(Broken):
            scim.request("POST", "/Users", body)
        again = scim.request("POST", "/Users", body)
        assert (again.status, again.json["scimType"]) == (409, "uniqueness")
        assert scim.get("/Users").json["totalResults"] == 1


def test_status_comes_with_its_retry_after_and_does_nothing(start: Start) -> None:
    rule = {"when": {"method": "POST", "path": "/Users", "nth": 2}, "do": {"status": 429, "retry_after_s": 7}}
    with start(rule) as scim:
        scim.user()
        reply = scim.request("POST", "/Users", {"schemas": [USER], "userName": "b"})
        assert (reply.status, reply.headers["retry-after"], reply.json["status"]) == (429, "7", "429")
        assert reply.headers["scimulator-fault"] == "status=429 request=2"
        assert scim.get("/Users").json["totalResults"] == 1


def test_cut_before_does_nothing_and_cut_within_leaves_half_an_answer(start: Start) -> None:
    before = {"when": {"method": "POST", "nth": 1}, "do": {"cut": "before"}}
    within = {"when": {"method": "GET", "nth": 1}, "do": {"cut": "within"}}
    with start(before, within) as scim:
        with pytest.raises(Broken):
            scim.request("POST", "/Users", {"schemas": [USER], "userName": "a"})
        with pytest.raises(Broken):
            scim.get("/Users")
        assert scim.get("/Users").json["totalResults"] == 0


def test_stale_read_is_the_answer_before(start: Start) -> None:
    with start({"when": {"method": "GET", "nth": 2}, "do": {"stale_read": True}}) as scim:
        anna = scim.user(title="Old")
        assert scim.get(f"/Users/{anna['id']}").json["title"] == "Old"
        scim.patch(f"/Users/{anna['id']}", {"op": "replace", "path": "title", "value": "New"})
        assert scim.get(f"/Users/{anna['id']}").json["title"] == "Old"
        assert scim.get(f"/Users/{anna['id']}").json["title"] == "New"


def test_duplicate_is_delivered_twice(start: Start) -> None:
    with start({"when": {"method": "POST"}, "do": {"duplicate": True}}) as scim:
        reply = scim.request("POST", "/Users", {"schemas": [USER], "userName": "a"})
        assert reply.status == 409
        assert scim.get("/Users").json["totalResults"] == 1


@pytest.mark.parametrize("effect", ["delay_ms", "slow_body_ms"])
def test_slow_answers_are_whole(start: Start, effect: str) -> None:
    with start({"when": {"nth": 1}, "do": {effect: 30}}) as scim:
        reply = scim.get("/Schemas")
        assert reply.json["totalResults"] > 0
        assert reply.headers["scimulator-fault"].startswith(effect)


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


def test_control_port_has_its_own_token_and_exists_with_its_flags_only(start: Start, scim: Scim) -> None:
    with start() as faulty:
        url = f"{faulty.server.control_url}/faults"
        assert faulty.request("GET", url, token=faulty.server.admin_token).status == 401
        assert faulty.request("GET", url.replace("/faults", "/clock"), token=faulty.server.control_token).status == 404
    assert scim.server.control_url is None
    gone = scim.request("GET", scim.server.admin_url.replace("/admin/api", "/control/faults"))
    assert gone.status == 404


@pytest.mark.parametrize("preset", ["lost-replies", "throttled"])
def test_presets_are_fit(preset: str) -> None:
    assert load_profile(preset).rules


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("faults: 1", "f.yaml:1: faults: expected a list"),
        ("- 1", "f.yaml:1: expected seed, max_consecutive and faults"),
        ("faults: [", "f.yaml:1: not YAML"),
        ("seed: x\nfaults: []", 'f.yaml:1: seed: expected a whole number from 0, got "x"'),
        ("faults:\n- do: {status: 200}", "f.yaml:2: faults.0.do.status: expected a status from 400 to 599"),
        ("faults:\n- do:\n    cut: now", "f.yaml:3: faults.0.do.cut: expected before or within"),
        ("faults:\n- do: {delay_ms: 5, cut: before}", "f.yaml:2: faults.0.do: expected one of status, delay_ms"),
        (
            "faults:\n- when: {nth: 1, every: 2}\n  do: {lose_reply: true}",
            "f.yaml:2: faults.0.when: expected one of nth",
        ),
        ("faults:\n- when: {methd: GET}\n  do: {cut: before}", "f.yaml:2: faults.0.when.methd: expected one of method"),
        ("faults:\n- when: {method: get}\n  do: {cut: before}", "f.yaml:2: faults.0.when.method: expected one of GET"),
        (
            "faults:\n- when: {probability: 2}\n  do: {cut: before}",
            "f.yaml:2: faults.0.when.probability: expected a num",
        ),
        ("faults:\n- 3", "f.yaml:2: faults.0: expected when and do"),
        ("sead: 1\nfaults: []", "f.yaml:1: sead: expected one of seed"),
    ],
)
def test_unfit_profiles_get_one_line(text: str, said: str) -> None:
    with pytest.raises(UnfitProfile) as error:
        parse_profile(text, "f.yaml")
    assert str(error.value).startswith(said)
    assert "\n" not in str(error.value)


def test_serve_refuses_an_unknown_profile_in_one_line(scimulator: Command) -> None:
    done = scimulator("serve", "--port", "0", "--data", "data", "--faults", "nonsense")
    assert done.returncode == 2
    assert done.stderr.strip() == (
        "scimulator serve: nonsense: No such file or directory; expected a YAML file or one of lost-replies, throttled"
    )


def test_faults_are_told_in_the_log_without_personal_data(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "reference_server", "--port", "0", "--data", str(tmp_path / "data")]
    command += ["--faults", "throttled", "--token", "scim_tok_x"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        lines = dict(
            line.strip().partition("  ")[::2] for line in iter(child.stdout.readline, "Ready. Ctrl-C stops it.\n")
        )
        url = f"{lines['SCIM base URL'].strip()}/Users?filter=userName+eq+%22zz-canary%22"
        for _ in range(10):
            urllib3.request("GET", url, headers={"Authorization": "Bearer scim_tok_x"}, retries=False)
        child.terminate()
        log = child.communicate()[1]
    assert "fault status=429 request=10 GET" in log
    assert "canary" not in log
