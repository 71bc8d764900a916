"""Work in threads that Ctrl-C does not interrupt: running checks finish and remove their resources."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")


def work_off(items: Iterable[T], work: Callable[[T], None], stopped: threading.Event, threads: int) -> None:
    """`work` on each item, `threads` at once; an exception of one stops the others and is raised here.

    KeyboardInterrupt sets `stopped`, waits for the items under way, and is raised again.
    """
    waiting: SimpleQueue[T] = SimpleQueue()
    number = 0
    for item in items:
        waiting.put(item)
        number += 1
    if not number:
        return
    left, errors, lock, done = min(threads, number), list[BaseException](), threading.Lock(), threading.Event()

    def serve() -> None:
        nonlocal left
        try:
            with suppress(Empty):
                while not stopped.is_set():
                    work(waiting.get_nowait())
        except BaseException as error:
            errors.append(error)
            stopped.set()
        with lock:
            left -= 1
            if left == 0:
                done.set()

    for _ in range(left):
        threading.Thread(target=serve, daemon=True).start()
    try:
        while not done.wait(1.0):  # in slices, so that a signal is seen on every platform
            pass
    except KeyboardInterrupt:
        stopped.set()
        done.wait()
        raise
    if errors:
        raise errors[0]
