"""A run removes what it made, also after Ctrl-C, and reports what it could not remove."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.defects.wire import Reply, Request, Server
from conformance.run.cleanup import remaining
from conformance.target.client import Client
from reference_server.embedded import EmbeddedServer
from tests.conformance.real_runs import Between, marked, of, run
from tests.stream_lines import stream_lines
from tests.support import Scim
from tests.warm_process import start_command


@pytest.mark.slow
@pytest.mark.parametrize("after", [30, 150, 700])
def test_interrupted_run_cleans_up(
    through: Callable[[Between], str], own_server: EmbeddedServer, tmp_path: Path, after: int
) -> None:
    """Ctrl-C after so many requests: exit 130, and nothing is left."""
    count = 0
    reached = threading.Event()

    def counted(request: Request, server: Server) -> Reply:
        nonlocal count
        count += 1
        if count >= after:
            reached.set()
        return server(request)

    stream = tmp_path / "run.jsonl"
    arguments = ["check", "--url", through(counted), "--no-fuzz", "--stream", str(stream)]
    process = start_command(*arguments, env={**os.environ, "SCIM_TOKEN": own_server.token}, cwd=tmp_path)
    assert reached.wait(300)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=300)
    assert (process.returncode, "Traceback" in errors) == (130, False), errors
    assert marked(own_server) == []
    assert stream_lines(stream)[-1]["exit_code"] == 130


@pytest.mark.slow
def test_delete_that_fails_is_told_with_its_url(
    through: Callable[[Between], str], own_server: EmbeddedServer, tmp_path: Path
) -> None:
    def undeletable(request: Request, server: Server) -> Reply:
        return Reply.error(500) if request.method == "DELETE" else server(request)

    url = through(undeletable)
    code, events, shown = run(url, own_server.token, tmp_path, "-k", "test_add_appends")
    (cleanup,) = of(events, "cleanup")
    assert code == 1
    assert len(cleanup["left"]) >= 3
    assert all(place.startswith(url + "/") for place in cleanup["left"])
    assert cleanup["left"][0] in shown


def test_a_deletion_whose_response_was_lost_leaves_nothing(shared_server: EmbeddedServer) -> None:
    """What remains is decided by reading it: the URL of a resource that is gone is not listed."""
    scim, client = Scim(shared_server), Client(shared_server.base_url, shared_server.token)
    kept, gone = (f"{shared_server.base_url}/Users/{scim.user()['id']}" for _ in range(2))
    assert client.send("DELETE", gone).status == 204
    search = f"{shared_server.base_url}/Users?userName=unknown"
    assert remaining(client, [kept, gone, search]) == [kept, search]
