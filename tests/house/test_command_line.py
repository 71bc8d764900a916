"""The command line as a contract: every command is there, its help fits a screen, it imports only the packages that a command needs."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from scimulator import COMMANDS, PANELS
from tests.support import ROOT, Command


def test_help_lists_every_command(scimulator_from_cold: Command) -> None:
    shown = scimulator_from_cold("--help")
    assert shown.returncode == 0
    assert [name for name in COMMANDS if name not in shown.stdout] == []


@pytest.mark.parametrize("command", list(COMMANDS))
def test_help_of_a_command_ends_with_an_example(scimulator: Command, command: str) -> None:
    shown = scimulator(command, "--help")
    assert shown.returncode == 0, shown.stderr
    assert f"Example: scimulator {command}" in " ".join(shown.stdout.split())


def test_help_shows_commands_in_panels_and_the_version_is_printed(scimulator: Command) -> None:
    shown = scimulator("--help").stdout
    assert [panel for panel in PANELS if panel not in shown] == []
    assert re.fullmatch(r"scimulator \d+\.\d+\.\d+\n", scimulator("--version").stdout)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("scimulator gen", "generate"),
        ("scimulator check --resource-t", "--resource-type"),
        ("scimulator load --find", "--find-limit"),
    ],
)
def test_a_shell_completes_commands_and_their_options(scimulator: Command, line: str, wanted: str) -> None:
    words = str(len(line.split()) - 1)
    shown = scimulator(_SCIMULATOR_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=words)
    assert shown.stdout.split() == [wanted], shown.stderr


def test_brackets_of_an_example_are_shown(scimulator: Command) -> None:
    assert "ToLower([mail])" in scimulator("mapping", "--help").stdout


def test_an_unknown_command_suggests_the_nearest(scimulator: Command) -> None:
    assert "Did you mean 'simulate'?" in scimulator("simualte").stderr


def test_help_opens_no_room() -> None:
    code = "import sys; sys.argv=['scimulator','--help']; import scimulator\n"
    code += "try: scimulator.main()\nexcept SystemExit: pass\n"
    code += "packages = ('reference_server', 'simulator', 'conformance', 'loadtests', 'locust')\n"
    code += "print([m for m in sys.modules if m.split('.')[0] in packages])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip().endswith("[]")


def test_load_does_not_import_locust_into_the_command() -> None:
    code = "import sys, loadtests.commands.load, loadtests.run.load_run; print('locust' in sys.modules, 'gevent' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False False"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nonsense"], 2, "nonsense"),
        (["simulate", "no-such-scenario"], 2, "unknown scenario"),
        (["simulate", "leaver", "--users", "0"], 2, "--users"),
        (["simulate", "leaver", "--users", "5"], 2, ": blocked: person 5 is not in the directory"),
        (["simulate", "leaver", "--dialect", "x"], 2, "--dialect"),
        (["simulate", "leaver", "--url", "nonsense"], 2, "--url: expected http"),
        (["simulate", "leaver", "--url", "http://127.0.0.1:9/scim"], 2, "--token"),
        (["simulate", "leaver", "--url", "http://127.0.0.1:9/scim", "--token", "t"], 3, "cannot be reached"),
        (["simulate", "leaver", "--report", "/proc/no/report.html"], 2, "/proc/no"),
        (["simulate", "--chaos", "0"], 2, "--chaos"),
        (["simulate", "leaver", "--seed", "9223372036854775808"], 2, "--seed"),
        (["check", "--seed", "9223372036854775808"], 2, "--seed"),
        (["load", "--seed", "-1"], 2, "--seed"),
        (["generate", "--seed", "9223372036854775808"], 2, "--seed"),
        (["generate", "--days", "100000"], 2, "--days"),
        (["simulate", "leaver", "--chaos", "1"], 2, "--chaos: cannot be combined with SCENARIO"),
        (["simulate", "--chaos", "1", "--url", "http://127.0.0.1:1"], 2, "--chaos: cannot be combined with --url"),
        (["simulate", "--chaos", "1", "--report", "r.html"], 2, "--chaos: cannot be combined with --report"),
        (["simulate", "leaver", "--dry-run", "--json", "r.json"], 2, "--dry-run: cannot be combined with --json"),
        (["simulate", "leaver", "--shrink", "s.yaml", "--step"], 2, "--shrink: cannot be combined with --step"),
        (["replay", "missing.tape"], 2, "missing.tape"),
        (["check", "--url", "http://127.0.0.1:9/scim", "--token", "t"], 3, "no response"),
        (["check", "--url", "nonsense", "--token", "t"], 2, "--url: expected http"),
        *[
            ([command, "--url", url, "--token", "t"], 2, "--url: expected only scheme, host, and path")
            for command in ("check", "load")
            for url in ("http://u:p@127.0.0.1:9/scim", "http://127.0.0.1:9/scim?tenant=1", "http://127.0.0.1:9/scim#x")
        ],
        *[
            (
                [command, "--url", "http://127.0.0.1:9/scim", "--token", "a token"],
                2,
                "--token: expected printable ASCII",
            )
            for command in ("check", "simulate", "load", "clean")
        ],
        (["check", "--profile", "nonsense"], 2, "--profile: expected one of"),
        (["check", "--list", "-k", "no_such_check"], 2, 'no check matches "no_such_check"'),
        (["check", "--list", "-k", "((("], 2, "-k"),
        (["explain", "RFC0000-1"], 2, "unknown name"),
        (["report", "missing.jsonl"], 2, "no such file"),
        (["log", "."], 2, "log: .: expected a file, got a folder"),
        (["log", "x.jsonl", "--status", "failed"], 2, "expected one of success, failure, skipped, warning, got"),
        (["log", "x.jsonl", "--action", "remove"], 2, "--action: expected one of create, update,"),
        (["load", "--url", "http://127.0.0.1:9/scim", "--token", "t", "--users", "5"], 3, "cannot be used"),
        (["load", "--scenario", "nonsense"], 2, "--scenario: expected"),
        (["load", "--scenario", "leaver"], 2, 'got "leaver"; did you mean "leavers"?'),
        (["load", "--budget", "missing.yaml"], 2, "missing.yaml"),
        (["load", "--tenants-file", "none.json"], 2, "--tenants-file: expected --scenario tenants, got initial-cycle"),
        (["load", "--tenants", "3"], 2, "--tenants: expected --scenario tenants, got initial-cycle"),
        (["load", "--cycles", "3"], 2, "--cycles: expected --scenario incremental, got initial-cycle"),
        (["load", "--duration", "3"], 2, "--duration: expected --scenario soak or read-mix, got initial-cycle"),
        (["load", "--listen", "127.0.0.1:0"], 2, "--listen: expected --remote-workers"),
        (["serve", "--clock-start", "soon"], 2, "--clock-start: expected"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_bad_input_gets_one_line_and_its_exit_code(
    scimulator: Command, arguments: list[str], code: int, words: str
) -> None:
    shown = scimulator(*arguments)
    assert shown.returncode == code, shown.stderr
    assert words in shown.stderr.replace("\n", " ")
    assert "Traceback" not in shown.stderr + shown.stdout
    assert code != 2 or shown.stdout == "", "nothing was started"


def test_events_after_the_last_day_are_reported(scimulator: Command) -> None:
    shown = scimulator("simulate", "leaver", "--days", "1")
    assert shown.returncode == 0, shown.stderr
    assert "1 event after day 1 is skipped" in shown.stdout


SWALLOWED = """
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        pass
"""
IN_A_DESTRUCTOR = """
    class Held:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)
    Held()
"""


@pytest.mark.parametrize("body", [SWALLOWED, IN_A_DESTRUCTOR])
def test_ctrl_c_that_a_library_swallows_while_it_is_imported_still_ends_the_command(body: str) -> None:
    program = f"""
import signal, scimulator
def command_line(words):
    {body}
    return lambda: print("the command ran")
scimulator.command_line = command_line
scimulator.main()
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")
