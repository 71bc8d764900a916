"""`--failed` runs again what did not pass in the last run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.defects.wire import Reply, Request, Server
from reference_server.embedded import EmbeddedServer
from tests.conformance.real_runs import Between, run, verdicts


@pytest.mark.slow
def test_failed_checks_run_again_alone(
    through: Callable[[Between], str], own_server: EmbeddedServer, tmp_path: Path
) -> None:
    """--failed: only what did not pass last time, and nothing once it is mended."""
    broken = True

    def flaky(request: Request, server: Server) -> Reply:
        deleted = broken and request.method == "GET" and "deleted" in server.memory and request.path in server.memory
        if request.method == "DELETE":
            server.memory |= {"deleted": True, request.path: True}
        return Reply.error(410) if deleted else server(request)

    url = through(flaky)
    code, events, _ = run(url, own_server.token, tmp_path, "-k", "test_3_6")
    bad = {id_ for id_, verdict in verdicts(events).items() if verdict != "PASS"}
    assert (code, bool(bad)) == (1, True)
    broken = False
    code, events, _ = run(url, own_server.token, tmp_path, "--failed")
    assert (code, set(verdicts(events))) == (0, bad)
    assert run(url, own_server.token, tmp_path, "--failed")[0] == 2
