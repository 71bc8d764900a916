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


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A new folder for the owner only, which is deleted when the block ends. Raises OSError."""
    _remove_abandoned(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        with (folder / "new").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # From now on, other processes find the folder and see that it is locked.
            (folder / "new").rename(folder / LOCK)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(place: Path) -> None:
    for folder in place.glob(PREFIX + "*"):
        with suppress(OSError), _own(folder / LOCK).open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while its process is running
            shutil.rmtree(folder, ignore_errors=True)


def _own(path: Path) -> Path:
    """The path, if the file belongs to this user; raises OSError."""
    if path.lstat().st_uid != os.getuid():
        raise PermissionError(path)
    return path
