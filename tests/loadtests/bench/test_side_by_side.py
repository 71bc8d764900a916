"""`make bench` as a command: real servers side by side at a small size, who is left out, and which options are rejected."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from loadtests.bench.operations import OPERATIONS
from loadtests.bench.servers.node_packages import NotInstalled, prepare_scimmy
from loadtests.bench.side_by_side import parse, planned
from tests.loadtests.bench.commands import ROOT, bench

SHORT = ("--users", "20", "--rounds", "1", "--seconds", "0.05")


def cells(markdown: str, operation: str) -> list[list[str]]:
    """The rows of an operation without its name: of rates, of latencies, and so on."""
    lines = [line for line in markdown.splitlines() if line.startswith(f"| {operation} |")]
    return [[cell.strip() for cell in line.strip("|").split("|")][1:] for line in lines]


@pytest.mark.slow
def test_servers_are_measured_side_by_side_and_the_tables_find_their_place(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("# Speed\n<!-- bench: begin -->\n<!-- bench: end -->\nThe end.\n")
    servers = ("--server", "reference server", "--server", "scim2-server")
    shown = bench(*SHORT, "--users", "30", *servers, "--write", str(page))
    assert shown.returncode == 0, shown.stderr
    for operation in OPERATIONS:
        first, _, second, _, growth = cells(shown.stdout, operation)
        assert [cell[-1] for cell in (*first[1:], *second[1:])] == [")"] * 4, (operation, first, second)
        assert all(re.fullmatch(r"[\d,]+(\.\d+)?", cell) for cell in growth), growth
    assert "scim2-server 0." in shown.stdout
    assert "20 users: filling reference server" in shown.stderr
    assert page.read_text().startswith("# Speed\n")
    assert page.read_text().endswith("\nThe end.\n")
    assert all(line in page.read_text() for line in shown.stdout.splitlines())


def test_the_quick_comparison_is_planned_for_less_than_two_minutes() -> None:
    (command,) = re.findall(r"\$\(BIN\)/(python .*--rounds .*)", (ROOT / "Makefile").read_text())
    _, _, _, *arguments = shlex.split(command)
    assert 60 < planned(1, parse(arguments)).seconds < 100  # servers need time to start, and people are generated


@pytest.mark.full
@pytest.mark.slow
def test_scimmy_takes_part_where_node_is(tmp_path: Path) -> None:
    try:
        prepare_scimmy(tmp_path)
    except NotInstalled as reason:
        pytest.skip(str(reason))
    shown = bench(*SHORT, "--server", "SCIMMY")
    assert shown.returncode == 0, shown.stderr
    for operation in OPERATIONS:
        rates, latencies = cells(shown.stdout, operation)
        assert rates[1].endswith("%)"), (operation, rates)
        assert "(n=" in latencies[1]
    assert ", node " in " ".join(shown.stdout.split())  # the line wraps where the name of the CPU makes it


@pytest.mark.full
@pytest.mark.slow
def test_scimmy_is_left_out_with_one_line_where_node_is_not(tmp_path: Path) -> None:
    shown = bench(*SHORT, "--server", "SCIMMY", "--operation", "GET by id", PATH=str(tmp_path))
    assert shown.returncode == 0
    reason = "node and npm are not installed, so SCIMMY cannot be started"
    assert f"SCIMMY is not measured: {reason}" in shown.stderr
    assert f"- **SCIMMY**: {reason}." in shown.stdout
    assert all(len(row) == 1 for row in cells(shown.stdout, "GET by id"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--users", "0"], 2, "--users, --rounds, and --seconds: expected numbers above 0"),
        (["--server", "nobody"], 2, "--server"),
        (["--operation", "PUT"], 2, "--operation"),
        (["--url", "host"], 2, '--url: expected http://host/path, got "host"'),
        (["--url", "http://127.0.0.1:9"], 2, "--token"),
        (["--write", "README.md"], 2, 'README.md: expected one line "<!-- bench: begin -->"'),
        (["--write", "nowhere.md"], 2, "nowhere.md: cannot be read"),
        (["--url", "http://127.0.0.1:9", "--token", "secret-token", *SHORT], 3, "bench: "),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments: list[str], code: int, words: str) -> None:
    shown = bench(*arguments)
    assert shown.returncode == code, shown.stderr
    assert words in shown.stderr.splitlines()[-1]
    assert "Traceback" not in shown.stderr
    assert "secret-token" not in shown.stdout + shown.stderr


@pytest.mark.slow
def test_help_fits_a_screen_and_ends_with_an_example() -> None:
    shown = bench("--help")
    assert len(shown.stdout.splitlines()) <= 48
    assert "Example: python -m loadtests.bench.side_by_side" in shown.stdout
