"""Several server processes on one socket, which are started and stopped together; a process that dies is replaced."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection, get_context
from multiprocessing.process import BaseProcess
from typing import Any

from reference_server.settings import Settings

STOP_SECONDS = 6.0  # processes finish their requests within three seconds
MOST_DEATHS, WITHIN_SECONDS = 10, 60.0
FORKSERVER = get_context("forkserver")  # a process that has imported the server once and forks the workers
FORKSERVER.set_forkserver_preload(["reference_server.run", "reference_server.scale.postgres"])


class WorkersFailed(Exception):
    """A server process could not start or dies repeatedly; the message states the reason."""


# Runs one server until it is stopped, and calls back when the server accepts requests.
Serve = Callable[[Settings, socket.socket, Callable[[], None]], None]


@dataclass(slots=True)
class Worker:
    """One server process, and the pipe through which it reports that it is ready and detects the end of its parent."""

    process: BaseProcess
    pipe: connection.Connection
    is_ready: bool = False


def lead(serve: Serve, settings: Settings, listener: socket.socket, on_ready: Callable[[], None]) -> None:
    """Keep `settings.workers` processes serving on the socket until this one is stopped; raises WorkersFailed.

    `serve` must be a module-level function, because a worker is not forked from this process.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    workers: list[Worker] = []
    deaths: list[float] = []
    told = False
    try:
        workers += [_start(serve, settings, listener) for _ in range(settings.workers)]
        while True:
            for worker in _with_news(workers):
                if worker.is_ready:
                    deaths = [*(at for at in deaths if at > time.monotonic() - WITHIN_SECONDS), time.monotonic()]
                    _check(worker, deaths)
                    workers[workers.index(worker)] = _start(serve, settings, listener)
                else:
                    _hear(worker)
            if not told and all(worker.is_ready for worker in workers):
                told = True
                on_ready()
    except KeyboardInterrupt:
        pass
    finally:
        _stop(workers)


def _start(serve: Serve, settings: Settings, listener: socket.socket) -> Worker:
    ours, theirs = FORKSERVER.Pipe()
    process = FORKSERVER.Process(target=_work, args=(serve, settings, listener, theirs), name="scimulator worker")
    process.start()
    theirs.close()
    return Worker(process, ours)


def _work(serve: Serve, settings: Settings, listener: socket.socket, pipe: connection.Connection) -> None:
    """The main function of a worker process."""

    def on_ready() -> None:
        asyncio.get_running_loop().add_reader(pipe.fileno(), leader_is_gone)
        pipe.send(None)

    def leader_is_gone() -> None:
        asyncio.get_running_loop().remove_reader(pipe.fileno())
        os.kill(os.getpid(), signal.SIGTERM)

    try:
        serve(settings, listener, on_ready)
    except Exception as error:
        pipe.send(str(error) or type(error).__name__)
        sys.exit(2)


def _with_news(workers: list[Worker]) -> list[Worker]:
    """Wait until a worker sends a message or ends; returns all workers that have."""
    waited: dict[Any, Worker] = {worker.process.sentinel: worker for worker in workers}
    waited |= {worker.pipe: worker for worker in workers if not worker.is_ready}
    heard = connection.wait(list(waited))
    return [worker for worker in workers if worker.process.sentinel in heard or worker.pipe in heard]


def _hear(worker: Worker) -> None:
    """Read a worker's message: mark it as ready, or raise WorkersFailed with its reason."""
    try:
        said = worker.pipe.recv() if worker.pipe.poll() else "it reported no reason"
    except EOFError:
        said = "it reported no reason"
    if said is not None:
        raise WorkersFailed(f"a server process could not start: {said}")
    worker.is_ready = True


def _check(worker: Worker, deaths: list[float]) -> None:
    worker.process.join()
    worker.pipe.close()
    told = f"server process {worker.process.pid} ended with exit code {worker.process.exitcode}"
    if len(deaths) > MOST_DEATHS:
        raise WorkersFailed(f"{told}; {len(deaths)} server processes ended within one minute")
    print(f"{told}; starting a replacement", file=sys.stderr, flush=True)  # noqa: T201


def _stop(workers: list[Worker]) -> None:
    for worker in workers:
        worker.process.terminate()
    for worker in workers:
        worker.process.join(STOP_SECONDS)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
