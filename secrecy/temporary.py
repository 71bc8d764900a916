"""Temporary folders that are always deleted: the next process that creates one deletes those of killed processes."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "scimulator-"
LOCK = "lock"  # locked by the process that uses the folder
MEMORY = Path("/dev/shm")  # where Linux keeps files in memory
ROOM = 2 * 1024**3  # free bytes of MEMORY that make it usable; a server with 50,000 users writes about 300 MB


@contextmanager
def temporary_folder(*, in_memory: bool = False) -> Iterator[Path]:
    """A new folder for the owner only, which is deleted when the block ends. Raises OSError.

    With `in_memory`, its files are kept in memory if the system offers enough of it and TMPDIR names no other place. They
    survive the death of a process, but not of the machine, and a sync of such a file does not wait for a disk.
    """
    usual = Path(tempfile.gettempdir())
    for each in (usual, MEMORY):
        _remove_abandoned(each)
    place = MEMORY if in_memory and _has_room() else usual
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    try:
        with (folder / "new").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # From now on, other processes find the folder and see that it is locked.
            (folder / "new").rename(folder / LOCK)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _has_room() -> bool:
    """Whether MEMORY can be used for a folder."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK | os.X_OK):
        return False
    return shutil.disk_usage(MEMORY).free >= ROOM


def _remove_abandoned(place: Path) -> None:
    """Remove the folders of processes that were killed."""
    for folder in place.glob(PREFIX + "*"):
        with suppress(OSError), _own(folder / LOCK).open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while its process is running
            shutil.rmtree(folder, ignore_errors=True)


def _own(path: Path) -> Path:
    """The path, if the file belongs to this user; raises OSError."""
    if path.lstat().st_uid != os.getuid():
        raise PermissionError(path)
    return path
