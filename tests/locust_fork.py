"""The process from which Locust is forked, for tests/warm_locust.py; it imports Locust before anything of the tests.

Each request is one datagram: arguments, environment, and folder as JSON, and the descriptors to use. What is forked is no
child of the process that asked for it, so it tells its id and its exit code through the first of these descriptors.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import json
import os
import random
import select
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from tests.exit_code import exit_code

MESSAGE = 200_000  # bytes; arguments and environment
HIGH = 300  # above every descriptor that a parent hands over

fork, close, poll = os.fork, os.close, select.poll  # before Locust replaces them


def _serve(requests: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Fork a process for each request. Returns in the forked process, with its request and the descriptors."""
    waiting = poll()
    waiting.register(requests, select.POLLIN)
    waiting.register(0, 0)  # closes when the tests end
    while True:
        if any(descriptor == 0 for descriptor, _ in waiting.poll()):
            os._exit(0)
        data, descriptors, _, _ = socket.recv_fds(requests, MESSAGE, 8)
        if fork() == 0:
            requests.close()
            return json.loads(data), descriptors
        for descriptor in descriptors:
            close(descriptor)


def _become(message: dict[str, Any], descriptors: Sequence[int]) -> int:
    """Take over session, output, environment, and folder; returns the descriptor that takes the exit code."""
    import gevent

    os.setsid()
    moved = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, HIGH) for descriptor in descriptors]
    for descriptor in descriptors:
        close(descriptor)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    tell, *others = moved
    for descriptor, number in zip(others, [1, 2, *message["numbers"]], strict=True):
        os.dup2(descriptor, number)
        close(descriptor)
    gevent.reinit()  # what waits for events has descriptors of its own in each process
    os.register_at_fork(after_in_child=lambda: close(tell))
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    random.seed()
    os.chdir(message["cwd"])
    os.environ.clear()
    os.environ.update(message["env"])
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(write_through=True)  # type: ignore[union-attr]
    sys.argv = ["locust", *message["arguments"]]
    return tell


def main() -> NoReturn:
    """Import Locust and our part of it, and serve until the tests end; in each forked process, run Locust."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for what is forked
    low = [os.dup(requests.fileno())]
    while low[-1] < HIGH:
        low.append(os.dup(low[-1]))
    import locust.main

    import loadtests.locust.events
    import loadtests.locust.users  # noqa: F401

    for descriptor in low:  # from now on free for what parents hand over: Locust's own ones are above
        close(descriptor)
    gc.collect()
    gc.freeze()
    tell = _become(*_serve(requests))
    owner = os.getpid()
    os.write(tell, b"%d\n" % owner)
    code = exit_code(locust.main.main, BaseException)
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    if os.getpid() == owner:  # and not one of its workers
        os.write(tell, b"%d\n" % code)
    os._exit(code & 0xFF)


if __name__ == "__main__":
    main()
