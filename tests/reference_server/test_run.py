"""Running the server: each reason why it cannot start is one line and exit code 2."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.support import Command


def test_a_taken_port_is_one_line(scimulator: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        shown = scimulator("serve", "--port", port, "--data", "data")
    assert (shown.returncode, shown.stderr.splitlines()) == (
        2,
        [
            f"scimulator serve: port {port} on 127.0.0.1 is in use by another process; choose a different port with --port"
        ],
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "file"], "data folder file"),
        (
            ["--data", "data", "--workers", "2"],
            "--workers: more than one process requires a database (--data postgresql://",
        ),
        (["--data", "ftp://x"], "--data: expected a folder or postgresql://"),
    ],
)
def test_data_that_cannot_be_used_is_one_line(
    scimulator: Command, tmp_path: Path, arguments: list[str], words: str
) -> None:
    (tmp_path / "file").write_text("")
    shown = scimulator("serve", "--port", "0", *arguments)
    assert (shown.returncode, words in shown.stderr, "Traceback" in shown.stderr) == (2, True, False), shown.stderr
