"""The server as a process: ports, origins, and the ready-file."""

from __future__ import annotations

import asyncio
import gc
import json
import weakref
from pathlib import Path

import pytest
import uvicorn

from reference_server.process import (
    YOUNG_AT_MOST_OVER_DATABASE,
    PortTaken,
    _Server,
    bind,
    origin_of,
    write_ready_file,
)


def test_a_port_is_taken_once() -> None:
    listener = bind("127.0.0.1", 0)
    port = listener.getsockname()[1]
    assert origin_of(listener, "127.0.0.1") == f"http://127.0.0.1:{port}"
    assert origin_of(listener, "::1") == f"http://[::1]:{port}"
    with pytest.raises(PortTaken, match=f"port {port} on 127.0.0.1"):
        bind("127.0.0.1", port)
    listener.close()


class Cycle:
    """Garbage that only the collector finds."""

    def __init__(self) -> None:
        self.itself = self


@pytest.mark.parametrize("holds_records", [False, True])
def test_over_a_database_garbage_is_collected_by_growth_and_not_only_in_a_quiet_second(holds_records: bool) -> None:
    server = _Server(uvicorn.Config(lambda: None), lambda: None, 30, lambda: None, holds_records)
    gc.collect()
    gc.disable()
    try:
        gone = weakref.ref(Cycle())
        young = [[] for _ in range(YOUNG_AT_MOST_OVER_DATABASE + 1)]  # type: ignore[var-annotated]
        asyncio.run(server.on_tick(1))
        assert (gone() is None) == (not holds_records)
        del young
    finally:
        gc.enable()


def test_a_server_whose_store_is_lost_ends(tmp_path: Path) -> None:
    lost: list[str] = []
    server = _Server(uvicorn.Config(lambda: None), lambda: None, 30, lambda: lost, True)
    assert asyncio.run(server.on_tick(1)) is False
    lost.append("the journal cannot be synced")
    assert asyncio.run(server.on_tick(2)) is True


def test_ready_file_is_whole_and_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "ready.json"
    write_ready_file(file, {"token": "secret"})
    assert json.loads(file.read_text()) == {"token": "secret"}
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]
