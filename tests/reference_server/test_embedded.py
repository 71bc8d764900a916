"""The embedded server: a process of its own that can be killed and started again over the same data."""

from __future__ import annotations

import os

import pytest

from reference_server.embedded import ServerDidNotStart, embedded_server, restartable_server
from tests.support import Scim


def test_a_killed_server_comes_back_at_the_same_address_with_its_data() -> None:
    with restartable_server() as running:
        first = running.server
        user = Scim(first).user()
        running.kill()
        running.start(None)
        assert (running.server.base_url, running.server.token) == (first.base_url, first.token)
        assert Scim(running.server).get(f"/Users/{user['id']}").json == user
        pid = running.server.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_server_that_cannot_start_says_why() -> None:
    with pytest.raises(ServerDidNotStart, match="--clock-start"), embedded_server(arguments=["--clock-start", "soon"]):
        pass
