"""The server as a process: ports, origins, and the ready-file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reference_server.process import PortTaken, bind, origin_of, write_ready_file


def test_a_port_is_taken_once() -> None:
    listener = bind("127.0.0.1", 0)
    port = listener.getsockname()[1]
    assert origin_of(listener, "127.0.0.1") == f"http://127.0.0.1:{port}"
    assert origin_of(listener, "::1") == f"http://[::1]:{port}"
    with pytest.raises(PortTaken, match=f"port {port} on 127.0.0.1"):
        bind("127.0.0.1", port)
    listener.close()


def test_ready_file_is_whole_and_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "ready.json"
    write_ready_file(file, {"token": "secret"})
    assert json.loads(file.read_text()) == {"token": "secret"}
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]
