"""Serves the live page on loopback until it is stopped, and then ends everything that it started."""

from __future__ import annotations

import socket
import sys
from dataclasses import dataclass

import uvicorn

from live_page.runs.checks import Checks
from live_page.runs.load import Load
from live_page.session.playthrough import Access
from live_page.session.session import Session
from live_page.web.app import build
from live_page.web.guard import Guard
from secrecy.temporary import temporary_folder
from simulator.run.session import BadInput
from simulator.scenario.model import Scenario

HOST = "127.0.0.1"
GRACE_SECONDS = 2
SWITCH_SECONDS = 0.0005  # how long a request may wait for the simulation's thread; Python's default is 5 ms


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    scenario: Scenario
    access: Access
    port: int = 8090
    keep: bool = False


def run_ui(options: Options) -> None:
    """Serve until Ctrl-C. Raises BadInput for a port that is in use."""
    listener = _bind(options.port)
    sys.setswitchinterval(SWITCH_SECONDS)
    port = int(listener.getsockname()[1])
    with temporary_folder() as folder, listener:
        session = Session(folder)
        checks, load = Checks(session), Load(session)
        guard = Guard(build(session, checks, load, options.scenario), port)
        try:
            session.start("Starting", lambda: session.open(options.scenario, options.access))
            _say(f"Live page: http://{HOST}:{port}/?key={guard.key}")
            _say("The link works once, in one browser. Press Ctrl-C to stop.")
            _serve(guard, listener)
        finally:
            checks.end()
            load.end()
            session.end(keep=options.keep)


def _serve(app: Guard, listener: socket.socket) -> None:
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws_max_size=65_536,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _bind(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise BadInput(f"--port: port {port} cannot be used ({error.strerror}); choose a different one") from None
    return listener


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
