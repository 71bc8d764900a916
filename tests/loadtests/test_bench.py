"""The benchmark: it runs against real servers, and shows an operation that a server answers wrongly as that."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "loadtests.bench.side_by_side", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_every_operation_of_every_server_has_a_figure() -> None:
    found = bench(
        "--users",
        "40",
        "--rounds",
        "1",
        "--seconds",
        "0.05",
        "--server",
        "reference server",
        "--server",
        "scim2-server",
    )
    assert found.returncode == 0, found.stderr
    rows = [line for line in found.stdout.splitlines() if line.startswith(("| GET", "| filter", "| page", "| P"))]
    assert len(rows) == 2 * 7  # rates, then latencies
    assert all(row.count("|") == 5 for row in rows)
    assert all(cell.strip()[0].isdigit() for row in rows for cell in row.split("|")[2:-1])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--users", "0"), "expected numbers above 0"),
        (("--url", "ftp://host", "--token", "t"), "expected http://host/path"),
        (("--write", "/no/such/file.md"), "--write"),
    ],
)
def test_wrong_usage_is_one_line(arguments: tuple[str, ...], told: str) -> None:
    found = bench(*arguments)
    assert found.returncode == 2
    assert told in found.stderr
    assert "Traceback" not in found.stderr
