"""Who takes part in the benchmark: one row for each server, and a server of the user's own that is left as it was."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from loadtests.bench.contestants import CONTESTANTS, YARDSTICK, somebody_elses
from loadtests.bench.server import Server
from simulator.provisioning.request import Request


def test_names_are_unique_because_figures_are_kept_under_them() -> None:
    names = [contestant.name for contestant in (YARDSTICK, *CONTESTANTS, somebody_elses("http://x", "t"))]
    assert len(set(names)) == len(names)


def test_a_server_of_the_user_is_filled_by_post_and_cleaned_up() -> None:
    with somebody_elses("https://host.example/scim/", "token-of-a-test").start("target", Path()) as server:
        assert server == Server("target", "https://host.example/scim", "token-of-a-test", clean_up=True)
        assert "token-of-a-test" not in repr(server)


async def _status(server: Server) -> int:
    status, _ = await server.ask(Request("GET", "/Users", None, "read"))
    return status


@pytest.mark.slow
def test_the_yardstick_is_a_process_that_is_stopped_afterwards(tmp_path: Path) -> None:
    with YARDSTICK.start("bare", tmp_path) as server:
        assert asyncio.run(_status(server)) == 200
    with pytest.raises(OSError, match="Connect call failed"):
        asyncio.run(_status(server))
