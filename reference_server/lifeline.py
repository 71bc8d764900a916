"""A child process that never outlives its parent, however the parent ends: SIGTERM, SIGHUP, SIGKILL, or a crash.

The parent holds the writing end of a pipe, and the system closes it when the parent is gone. The child waits for that.

    line = Lifeline(folder)
    child = subprocess.Popen(command, env={**os.environ, **line.environment}, pass_fds=line.descriptors)
    line.handed_over()  # and keep `line` for as long as the child is to live

The child calls `end_with_parent` before it does anything else.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

VARIABLE = "SCIMULATOR_LIFELINE"  # descriptor, or descriptor:folder
GRACE_SECONDS = 10.0  # for an orderly stop


class Lifeline:
    """The parent's end of the pipe. `folder` is the child's temporary one: the child removes it if the parent cannot."""

    def __init__(self, folder: Path | None = None) -> None:
        self._theirs, self._ours = os.pipe()
        self._folder = folder

    @property
    def environment(self) -> dict[str, str]:
        """What the child's environment needs besides everything else."""
        return {VARIABLE: f"{self._theirs}:{self._folder or ''}"}

    @property
    def descriptors(self) -> tuple[int]:
        """What the child inherits (`pass_fds`)."""
        return (self._theirs,)

    def handed_over(self) -> None:
        """Close the child's end here, once the child has it."""
        if self._theirs >= 0:
            os.close(self._theirs)
            self._theirs = -1

    def let_go(self) -> None:
        """Close this end, which ends the child."""
        self.handed_over()
        if self._ours >= 0:
            os.close(self._ours)
            self._ours = -1

    def __del__(self) -> None:
        self.let_go()


class Held(NamedTuple):
    """The child's end: the descriptor that closes, and the folder to remove then."""

    descriptor: int
    folder: str


def held() -> Held | None:
    """This process's lifeline, if its parent gave it one; its own children do not see it."""
    told = os.environ.pop(VARIABLE, "")
    descriptor, _, folder = told.partition(":")
    return Held(int(descriptor), folder) if descriptor.isdigit() else None


def end_with_parent() -> None:
    """From now on this process sends itself SIGTERM when its parent is gone; in a main thread. No lifeline, no change."""
    line = held()
    if line is not None:
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that what is registered for the end still runs
        threading.Thread(target=_wait, args=(line,), name="lifeline", daemon=True).start()


def end_with_parent_under_gevent() -> None:
    """The same for Locust, and for the processes that it forks: a worker waits for its master without a running event loop."""
    line = held()
    if line is not None:
        _start_native(line)
        os.register_at_fork(after_in_child=lambda: _start_native(line))


def end_with_pool_owner() -> None:
    """The initializer of a process pool: its workers would wait for work forever after their owner was killed."""
    from multiprocessing import parent_process

    owner = parent_process()
    if owner is not None:
        threading.Thread(target=_exit_after, args=(owner.sentinel,), name="lifeline", daemon=True).start()


def _exit_after(sentinel: int) -> None:
    from multiprocessing.connection import wait

    wait([sentinel])
    os._exit(1)


def _start_native(line: Held) -> None:
    """Wait in a thread of the system, since gevent has replaced those of Python."""
    from gevent.monkey import get_original

    sleep = get_original("time", "sleep")
    get_original("_thread", "start_new_thread")(_wait, (line, sleep))


def _wait(line: Held, sleep: Callable[[float], None] = time.sleep) -> None:
    try:
        os.read(line.descriptor, 1)
    except OSError:  # not a descriptor that a parent handed over
        return
    if line.folder:
        atexit.register(shutil.rmtree, line.folder, ignore_errors=True)
    os.kill(os.getpid(), signal.SIGTERM)
    sleep(GRACE_SECONDS)
    if line.folder:
        shutil.rmtree(line.folder, ignore_errors=True)
    os._exit(1)
