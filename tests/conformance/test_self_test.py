"""The complete self-test: each defect is found by its checks, each check can fail, and the clean server causes no finding."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from conformance.defects.catalogue import defects
from conformance.lawful.trial import Trial, tell_trials
from conformance.self_test import EVERYTHING, main
from tests.support import FULL_SECONDS, Command


@pytest.mark.slow
def test_each_fourth_defect_is_killed() -> None:
    """A sample of every topic, which the catalogue lists one after the other."""
    names = [defect.name for defect in defects().values() if defect.killed_by != (EVERYTHING,)][::4]
    command = [sys.executable, "-m", "conformance.self_test", *names]
    done = subprocess.run(command, capture_output=True, text=True, timeout=FULL_SECONDS, check=False)
    assert [line for line in done.stdout.splitlines() if "✘" in line] == []
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert f"  {len(names)} defects   {len(names)} killed" in done.stdout


@pytest.mark.full
def test_kill_matrix_is_whole() -> None:
    command = [sys.executable, "-m", "scimulator", "check", "--self-test"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=FULL_SECONDS, check=False)
    lines = [line for line in done.stdout.splitlines() if "✘" in line]
    assert lines == []
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    found = re.search(r"(\d+) defects +(\d+) killed", done.stdout)
    assert found
    assert int(found[1]) == int(found[2]) >= 150


def test_defects_can_be_chosen_by_name(scimulator: Command) -> None:
    shown = scimulator("check", "--self-test", "-k", "patch-active-noop")
    assert shown.returncode == 0
    assert "1 defect   1 killed" in shown.stdout
    assert scimulator("check", "--self-test", "-k", "no-such-defect").returncode == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "name defects, or use --mine, --random, or --lawful"),
        (["no-such-defect"], "there is no defect named no-such-defect"),
        (["--mine", "no-such-topic"], "there is no topic named no-such-topic"),
        (["--lawful", "no-such-variation"], "there is no variation named no-such-variation"),
        (["--random", "many"], "invalid int value: 'many'"),
        (["--random", "0"], "--random expects N"),
        (["--random", "2", "1", "7"], "--random expects N"),
    ],
)
def test_the_command_says_what_it_expects(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_each_server_is_a_line_with_its_alarms_below(capsys: pytest.CaptureFixture[str]) -> None:
    trials = [Trial("seed 1", judged=900), Trial("seed 2 no-patch", ["a check: FAIL"], 800)]
    assert tell_trials(iter(trials), 12) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[:2]] == [
        ["1", "of", "12", "seed", "1", "900", "checks", "0", "findings"],
        ["2", "of", "12", "seed", "2", "no-patch", "800", "checks", "1", "finding"],
    ]
    assert lines[2:] == ["    a check: FAIL", "  2 servers   1 finding"]
    assert tell_trials(iter(trials[:1]), 1) == 0
