"""The server as a process: ports, origins, and the ready-file."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import pytest

from reference_server.process import OTHER_DESCRIPTORS, PortTaken, bind, origin_of, write_ready_file
from tests.warm_process import run_code

LIMITED = """
import resource, sys
from reference_server.process import connections_with_room
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
sys.exit(connections_with_room(int(sys.argv[3])))
"""


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


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "connections"),
    [
        (64, 64, 200, 32),  # half of what there is
        (OTHER_DESCRIPTORS + 99, OTHER_DESCRIPTORS + 99, 200, OTHER_DESCRIPTORS // 2 + 49),
        (64, OTHER_DESCRIPTORS + 200, 200, 200),  # a process may raise its own limit
        (1_024, 1_024, 100, 100),
    ],
)
def test_connections_leave_descriptors_for_files(soft: int, hard: int, wanted: int, connections: int) -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < hard:
        pytest.skip("this machine allows fewer descriptors")
    assert run_code(LIMITED, str(soft), str(hard), str(wanted)) == connections
