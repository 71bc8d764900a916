"""`scimulator simulate` as a person runs it: steps, dry run, bad input, the flag of the tenant URL."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from simulator.commands.run_simulate import one_at_a_time
from simulator.scenario.load import find_scenario
from tests.fake_target import Received, fake_target
from tests.simulator.command_line import TOKEN, at, run
from tests.warm_process import WarmProcess, start_command


def test_step_asks_after_each_person_and_stops_on_request() -> None:
    with fake_target() as target:
        shown = run("simulate", "leaver", "--days", "1", *at(target), stdin="\n\nq\n")
        assert shown.returncode in (0, 1)
        target.received.clear()
        target.resources.clear()
        shown = run("simulate", "leaver", *at(target), "--step", stdin="\n\nq\n")
        assert shown.returncode == 130
        assert shown.stdout.count("Enter: next") == 3
        assert "Modified properties" in shown.stdout
        assert len(target.lines("POST")) == 3


def test_step_sends_one_request_at_a_time_also_for_one_group() -> None:
    found = one_at_a_time(find_scenario("five-at-once"))
    assert (found.provider.lanes, found.provider.group_lanes, found.days) == (1, 1, 2)


def test_read_back_by_id_asks_for_no_list(tmp_path: Path) -> None:
    life = tmp_path / "life.yaml"
    life.write_text("users: 6\ndays: 0\n")
    with fake_target() as target:
        shown = run("simulate", str(life), *at(target), "--verify", "by id")
        assert shown.returncode == 0, shown.stdout
        assert [line for line in target.lines("GET") if "startIndex" in line] == [
            "GET /scim/Groups?startIndex=1&count=1"
        ]


def test_dry_run_prints_requests_by_person_and_sends_none() -> None:
    with fake_target() as target:
        shown = run("simulate", "leaver", *at(target), "--dry-run")
        assert target.received == []
    assert shown.returncode == 0, shown.stderr
    assert "nothing was sent" in shown.stdout
    blocks = shown.stdout.split("\n\n")
    leaver = next(block for block in blocks if '"path":"active","value":"False"' in block)
    assert "POST   /Users" in leaver
    assert "GET    /Users/user-" in leaver


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["simulate", "--knob", "lanes"], '--knob: expected NAME=VALUE, got "lanes"; use `--knob list` to show all knobs'),
        (["simulate", "--knob", "lanse=3"], "--knob: expected NAME=VALUE"),
        (["simulate", "--knob", "lanes=many"], "--knob lanes: expected an integer"),
        (["simulate", "--knob", "manager_shape=round"], "--knob manager_shape: expected one of bare"),
        (["simulate", "--mapping", "missing.json"], "missing.json: No such file"),
        (["simulate", "--url", "http://x", "--credentials", "missing.yaml"], "--credentials: missing.yaml: No such file"),
        (["simulate", "--verify", "nothing"], "--verify: expected one of touched, every cycle or by id"),
        (["provision", "Nobody Atall"], 'no user or group "Nobody Atall"'),
        (["provision", "Everybody", "--member", "zzz"], 'no user or group "zzz"'),
        (["mapping", "--evaluate", "Nope([a])"], "column 1: unknown function Nope"),
        (["mapping", "--evaluate", "[a]", "--value", "a"], "--value: expected NAME=VALUE"),
        (["log", "missing.jsonl"], "no such file"),
    ],
)  # fmt: skip
def test_bad_input_gets_one_line(arguments: list[str], words: str) -> None:
    shown = run(*arguments)
    assert shown.returncode == 2
    assert words in shown.stderr
    assert shown.stderr.count("\n") == 1


def test_flag_of_the_tenant_url_chooses_the_dialect_and_is_carried() -> None:
    with fake_target() as target:
        run("simulate", "leaver", "--url", f"{target.url}/?aadOptscim062020", "--token", TOKEN, "--days", "0")
        writes = [request.path for request in target.received if request.method == "POST"]
        assert writes
        assert all(path.endswith("?aadOptscim062020") for path in writes)
        assert any('"op":"add"' in line for line in target.lines("PATCH"))


LEAVER = ["simulate", "leaver", "--days", "1"]


def test_a_second_run_finds_the_target_as_the_first_one_did() -> None:
    """As found on 30 November 2026: the second run ended with "members expected not a member", exit 1."""
    with fake_target() as target:
        target.hold("Users", "theirs", userName="someone@else.example")
        first, second = [run(*LEAVER, *at(target)) for _ in range(2)]
        assert (first.returncode, second.returncode) == (0, 0), first.stdout + second.stdout
        assert list(target.resources) == ["Users/theirs"]
    assert "removed    " in first.stdout
    assert "earlier run" not in second.stdout


def test_kept_resources_are_reported_by_the_next_run_with_the_command_that_removes_them() -> None:
    """Okta after Entra on the same target: who is already there is said before the first cycle."""
    with fake_target() as target:
        kept = run(*LEAVER, *at(target), "--keep")
        assert len(target.resources) > 30
        shown = run(*LEAVER, *at(target), "--idp", "okta")
        command = f'scimulator clean --url {target.url} --token "$SCIM_TOKEN"'
        assert command in kept.stdout
        told = shown.stdout.partition("  provision ")[0]
        assert "(Entra ID provisioned" in told
        assert command in told
        assert len(target.resources) > 30, "what an earlier run created is not removed by this one"
        assert run("clean", *at(target)).returncode == 0
        assert target.resources == {}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_removes_what_it_created(number: signal.Signals) -> None:
    started: list[WarmProcess] = []

    def rule(request: Received) -> Any:
        if request.method == "POST" and len(target.lines("POST")) == 5:
            started[0].send_signal(number)
        return "well"

    with fake_target(rule) as target:
        started.append(start_command(*LEAVER, *at(target)))
        out, err = started[0].communicate(timeout=120)
        assert (started[0].poll(), target.resources) == (130, {}), out + err
        assert len(target.lines("POST")) >= 5
    assert "removed    " in out


def without_groups(answer: Any, *, advertised: bool) -> Any:
    """The rule of a target whose /Groups answers so."""
    types = [{"id": name, "endpoint": f"/{name}s"} for name in ("User", "Group")]

    def rule(request: Received) -> Any:
        if "/ResourceTypes" in request.path:
            return 200, {"totalResults": 1, "Resources": types if advertised else types[:1]}
        return answer if "/Groups" in request.path else "well"

    return rule


@pytest.mark.parametrize(
    ("answer", "advertised", "more", "code", "words"),
    [
        ((404, {}), False, [], 0, "The target has no groups (/ResourceTypes lists no groups)"),
        ("well", False, [], 0, "The target has no groups (/ResourceTypes lists no groups)"),
        ((501, {}), True, [], 0, "The target has no groups (GET /Groups returned 501)"),
        ((404, {}), True, ["--idp", "okta"], 0, "The target has no groups (GET /Groups returned 404)"),
        ((500, {}), True, ["--knob", "provision_groups=false"], 0, ""),
        ((500, {}), True, [], 1, "GET /Groups: unreadable: expected a list, found 500     cycles 1 to "),
    ],
)
def test_a_target_without_groups_is_judged_by_its_users(
    answer: Any, advertised: bool, more: list[str], code: int, words: str
) -> None:
    """As found on 30 November 2026: the run ended with "✘ cycle 1: : unreadable"."""
    with fake_target(without_groups(answer, advertised=advertised)) as target:
        shown = run(*LEAVER, *at(target), *more)
        assert shown.returncode == code, shown.stdout
        assert words in shown.stdout
        assert len(target.lines("POST")) >= 29
        assert [line for line in target.writes() if "/Groups" in line] == []


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("what: blocked\n    person: 99", "life.yaml:5: blocked: person 99 is not in the directory"),
        ("what: blocked\n    person: bert", 'life.yaml:5: "bert" is not in the cast (anna)'),
        ("what: checked\n    then: bert is active", 'life.yaml:5: "bert" is not in the cast (anna)'),
        ("what: member_added\n    person: anna\n    group: Nope", "life.yaml:5: "),
    ],
)
def test_an_event_that_cannot_happen_is_reported_with_file_and_line(event: str, words: str, tmp_path: Path) -> None:
    """As found on 30 November 2026: "unnamed: blocked: person 99 is not in the directory"."""
    first = "users: 5\ncast: {anna: 2}\nevents:\n  - {day: 1, what: blocked, person: 4}\n"
    (tmp_path / "life.yaml").write_text(f"{first}  - day: 2\n    {event}\n")
    shown = run("simulate", str(tmp_path / "life.yaml"), "--seed", "7")
    assert (shown.returncode, shown.stderr.count("\n")) == (2, 1)
    assert shown.stderr.startswith(f"scimulator simulate: {words}")


def test_leavers_whose_deactivation_is_rejected_are_named_first() -> None:
    """As found on 30 November 2026: a 400 also stopped the deactivation, and neither console nor summary mentioned it."""
    with fake_target(
        lambda request: (400, {}) if request.method == "PATCH" and b"active" in request.body else "well"
    ) as target:
        shown = run("simulate", "leaver", *at(target), "--days", "2")
    assert shown.returncode == 1
    lines = shown.stdout.splitlines()
    first = next(line for line in lines if line.startswith("  ✘"))
    assert first.startswith("  ✘ left, but still active in the target: ")
    assert any(line.startswith("  leavers still active ") and not line.endswith(" 0") for line in lines)
    assert ": active: expected False, found True" in shown.stdout


def test_a_failed_run_says_why(tmp_path: Path) -> None:
    wrong = "{day: 1, at: 09:05, what: blocked, person: 2, then: 2 is active within 3h}"
    (tmp_path / "fail.yaml").write_text(f"users: 6\ndays: 1\nevents:\n  - {wrong}\n")
    shown = run("simulate", str(tmp_path / "fail.yaml"))
    assert shown.returncode == 1, shown.stderr
    assert "\n  1 of 1 expectations did not hold (full comparisons: " in shown.stdout


def test_a_log_without_matches_says_so(tmp_path: Path) -> None:
    place = str(tmp_path / "run.jsonl")
    assert run("simulate", "leaver", "--days", "1", "--stream", place).returncode == 0
    assert run("log", place, "--who", "nobody").stdout == "No entry matches.\n"
    assert run("log", place, "--status", "Success", "--action", "create").stdout.startswith("cycle 1")
