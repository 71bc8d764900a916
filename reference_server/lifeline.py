"""Ends a child process together with its parent, even if the parent is killed or crashes.

The parent holds the write end of a pipe, which the operating system closes when the parent ends. The child waits for that.

    line = Lifeline(folder)
    child = subprocess.Popen(command, env={**os.environ, **line.environment}, pass_fds=line.descriptors)
    line.handed_over()  # and keep `line` for as long as the child is to live

The child calls `end_with_parent` before it does anything else. `start_guarded` starts programs that know nothing of this.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import subprocess
    from concurrent.futures import ProcessPoolExecutor

VARIABLE = "SCIMULATOR_LIFELINE"  # descriptor, or descriptor:folder
GRACE_SECONDS = 10.0  # for a clean shutdown

# A guard waits for the end of its input, and then sends the signal $0 to the process group. The shell becomes the program,
# so that it has the process id that the parent knows. The guard is an orphan: the program has no child that it does not know.
GUARDED = """
exec 3<&0 </dev/null
({ read -r _ <&3; kill -s "$0" 0; } >/dev/null 2>&1 &)
exec "$@" 3<&-
"""


class Lifeline:
    """The parent's end of the pipe. `folder` is a temporary folder that the child deletes if the parent is gone."""

    def __init__(self, folder: Path | None = None) -> None:
        self._theirs, self._ours = os.pipe()
        self._folder = folder

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables to add for the child."""
        return {VARIABLE: f"{self._theirs}:{self._folder or ''}"}

    @property
    def descriptors(self) -> tuple[int]:
        """The descriptors that the child inherits (`pass_fds`)."""
        return (self._theirs,)

    def handed_over(self) -> None:
        """Close the parent's copy of the child's end after the child has started."""
        if self._theirs >= 0:
            os.close(self._theirs)
            self._theirs = -1

    def let_go(self) -> None:
        """Close the parent's end, which ends the child."""
        self.handed_over()
        if self._ours >= 0:
            os.close(self._ours)
            self._ours = -1

    def __del__(self) -> None:
        self.let_go()


class Held(NamedTuple):
    """The child's end: the descriptor to watch, and the folder to delete when it closes."""

    descriptor: int
    folder: str


def held() -> Held | None:
    """The lifeline of this process, if its parent passed one. Children of this process do not inherit it."""
    told = os.environ.pop(VARIABLE, "")
    descriptor, _, folder = told.partition(":")
    return Held(int(descriptor), folder) if descriptor.isdigit() else None


def end_with_parent() -> None:
    """Make this process send itself SIGTERM when its parent ends. Does nothing without a lifeline. Main thread only."""
    line = held()
    if line is not None:
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that exit handlers still run
        threading.Thread(target=_wait, args=(line,), name="lifeline", daemon=True).start()


def end_with_parent_under_gevent() -> None:
    """The same for Locust and its forked processes, in which no event loop runs while a worker waits for its master."""
    line = held()
    if line is not None:
        _start_native(line)
        os.register_at_fork(after_in_child=lambda: _start_native(line))


def start_guarded(
    command: Sequence[str], *, by: signal.Signals = signal.SIGKILL, **options: Any
) -> subprocess.Popen[Any]:
    """Start any program in a session of its own. Its process group gets the signal `by` when this process ends.

    The same happens when `stdin` of the returned process is closed, as `with` does at the end. `options` are those of
    subprocess.Popen. Raises OSError if there is no such program.
    """
    import errno
    import subprocess

    if shutil.which(command[0]) is None:
        raise FileNotFoundError(errno.ENOENT, "No such file, or it is not executable", command[0])
    guarded = ["/bin/sh", "-c", GUARDED, by.name.removeprefix("SIG"), *command]
    return subprocess.Popen(guarded, stdin=subprocess.PIPE, start_new_session=True, **options)


@contextmanager
def process_pool(
    processes: int, initializer: Callable[..., None] | None = None, initargs: tuple[Any, ...] = ()
) -> Iterator[ProcessPoolExecutor]:
    """A pool of new processes. When the block ends, including after Ctrl-C, waiting tasks are canceled.

    The pool itself would first carry out all of them. An `initializer` calls `end_with_pool_owner`, the default.
    """
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    pool = ProcessPoolExecutor(processes, get_context("spawn"), initializer or end_with_pool_owner, initargs)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


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
    """Wait in an operating system thread, because gevent has replaced Python's threads."""
    from gevent.monkey import get_original

    sleep = get_original("time", "sleep")
    get_original("_thread", "start_new_thread")(_wait, (line, sleep))


def _wait(line: Held, sleep: Callable[[float], None] = time.sleep) -> None:
    try:
        os.read(line.descriptor, 1)
    except OSError:  # the descriptor is not one that a parent passed
        return
    if line.folder:
        atexit.register(shutil.rmtree, line.folder, ignore_errors=True)
    os.kill(os.getpid(), signal.SIGTERM)
    sleep(GRACE_SECONDS)
    if line.folder:
        shutil.rmtree(line.folder, ignore_errors=True)
    os._exit(1)
