"""`scimulator simulate` as a person runs it: steps, dry run, bad input, the flag of the tenant URL."""

from __future__ import annotations

import pytest

from tests.fake_target import fake_target
from tests.simulator.command_line import TOKEN, at, run


def test_step_asks_after_each_person_and_stops_when_told() -> None:
    with fake_target() as target:
        shown = run("simulate", "leaver", *at(target), stdin="\n\nq\n")
        assert shown.returncode in (0, 1)
        target.received.clear()
        target.resources.clear()
        shown = run("simulate", "leaver", *at(target), "--step", stdin="\n\nq\n")
        assert shown.returncode == 130
        assert shown.stdout.count("Enter: next") == 3
        assert "Modified properties" in shown.stdout
        assert len(target.lines("POST")) == 3


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
        (["simulate", "--knob", "lanes"], '--knob: expected NAME=VALUE, got "lanes"; --knob list shows all'),
        (["simulate", "--knob", "lanse=3"], "--knob: expected NAME=VALUE"),
        (["simulate", "--knob", "lanes=many"], "--knob lanes: expected a number"),
        (["simulate", "--knob", "manager_shape=round"], "--knob manager_shape: expected one of bare"),
        (["simulate", "--mapping", "missing.json"], "missing.json: No such file"),
        (["simulate", "--url", "http://x", "--credentials", "missing.yaml"], "--credentials: missing.yaml: No such file"),
        (["provision", "Nobody Atall"], 'nobody is called "Nobody Atall"'),
        (["provision", "Everybody", "--member", "zzz"], 'nobody is called "zzz"'),
        (["mapping", "--evaluate", "Nope([a])"], "column 1: there is no function Nope"),
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
