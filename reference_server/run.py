"""Runs the full server: opens the socket and the store, builds the app, and serves it in one or several processes."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import Callable
from dataclasses import replace

import uvloop

from reference_server.app import build
from reference_server.clock import Clock, SystemClock, VirtualClock
from reference_server.faults.effects import CUT
from reference_server.faults.profile import load_profile
from reference_server.first_start import FirstStart, announce
from reference_server.process import (
    bind,
    check_ready_file,
    origin_of,
    remove_own_ready_file,
    remove_stale_ready_file,
    serve_until_stopped,
)
from reference_server.scale.open_store import is_database, open_store
from reference_server.scale.workers import lead
from reference_server.settings import Settings
from reference_server.storage.tables import StorageFailed
from secrecy.redaction import learn


def run(settings: Settings) -> None:
    """Serve until stopped, in the number of processes that the settings define.

    Raises PortTaken, ReadyFileExists, WorkersFailed, InvalidSchema, UnfitProfile, FolderInUse, FolderTooNew, FolderNotWritable,
    StorageFailed or OSError.
    """
    if settings.ready_file:
        remove_stale_ready_file(settings.ready_file)
        check_ready_file(settings.ready_file, settings.data)
    listener = bind(settings.host, settings.port)
    try:
        if settings.workers == 1:
            serve(settings, listener, None)
        else:
            first = asyncio.run(_start_first(settings, _origin(settings, listener)))
            held = replace(settings, token=None, admin_token=None)  # the tokens from the settings are stored by now
            lead(serve, held, listener, lambda: announce(settings, first, _origin(settings, listener)))
    finally:
        listener.close()
        if settings.ready_file:
            remove_own_ready_file(settings.ready_file)


def serve(settings: Settings, listener: socket.socket, on_ready: Callable[[], None] | None) -> None:
    """Run one server process on a listening socket; `on_ready` replaces the start message."""
    learn(settings.token, settings.admin_token)
    gc.disable()  # process._Server collects when there are no requests
    origin = _origin(settings, listener)
    profile = load_profile(settings.faults) if settings.faults else None
    clock: Clock = (
        VirtualClock(settings.clock_start or SystemClock().now()) if settings.virtual_clock else SystemClock()
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        tables = runner.run(open_store(settings.data))
        try:
            wired = runner.run(tables.write(lambda: build(settings, tables, clock, origin, profile)))
            runner.run(
                serve_until_stopped(
                    wired.app,
                    listener,
                    on_ready or (lambda: announce(settings, wired.first, origin)),
                    settings,
                    is_lost=tables.lost,
                    holds_records=not is_database(settings.data),
                    cut_extension=CUT if profile else None,
                )
            )
            if reason := tables.lost():
                raise StorageFailed(reason)
        finally:
            runner.run(tables.aclose())


async def _start_first(settings: Settings, origin: str) -> FirstStart:
    """Create what is missing before several processes use the store."""
    tables = await open_store(settings.data)
    try:
        return (await tables.write(lambda: build(settings, tables, SystemClock(), origin))).first
    finally:
        await tables.aclose()


def _origin(settings: Settings, listener: socket.socket) -> str:
    return settings.public_url or origin_of(listener, settings.host)
