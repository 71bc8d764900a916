"""Files that only their owner can read: reports, streams, tapes, snapshots, exports, ready-files.

A file appears whole or not at all, and never through a link that somebody else has put in its place.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

FILE_MODE, FOLDER_MODE = 0o600, 0o700


def private_folder(path: Path) -> None:
    """Make a folder, and what is missing above it, for its owner alone; one that exists stays as it is. Raises OSError."""
    for folder in reversed([path, *path.parents]):
        if not folder.is_dir():
            folder.mkdir(mode=FOLDER_MODE, exist_ok=True)


def create_private(path: Path) -> BinaryIO:
    """A new empty file in the place of `path`, to be written step by step; a device or a pipe is opened. Raises OSError."""
    if _is_special(path):
        return path.open("wb")
    descriptor, draft = _draft(path)
    try:
        os.replace(draft, path)
    except BaseException:
        os.close(descriptor)
        os.unlink(draft)
        raise
    return os.fdopen(descriptor, "wb")


def write_private(path: Path, content: str | bytes) -> None:
    """Write a whole file, with the folders that are missing above it. Raises OSError."""
    private_folder(path.parent)
    with written_whole(path) as file:
        file.write(content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content)


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path`, durably, when the block ends without an error. Raises OSError."""
    if _is_special(path):
        with path.open("wb") as file:
            yield file
        return
    descriptor, draft = _draft(path)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(draft)
        raise


def write_new(path: Path, content: bytes) -> None:
    """Write a whole file where there is none, not even a link; raises FileExistsError, or another OSError."""
    descriptor, draft = _draft(path)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # fails where a file or a link is, whereas a rename would replace it
    except FileExistsError:
        raise FileExistsError(17, "exists already", str(path)) from None
    finally:
        os.unlink(draft)


def check_writable(path: Path) -> None:
    """Raise OSError unless the file can be written; what it holds is kept, and one that is missing is made."""
    private_folder(path.parent)
    if _is_special(path):
        return
    descriptor, draft = _draft(path)
    os.close(descriptor)
    os.unlink(draft)
    if path.is_dir():
        raise IsADirectoryError(21, "Is a directory", str(path))
    if not path.exists():
        create_private(path).close()


def private_opener(name: str, flags: int) -> int:
    """For `open(…, opener=private_opener)`: a file that is made gets the mode of private files."""
    return os.open(name, flags, FILE_MODE)


def _is_special(path: Path) -> bool:
    """Whether the path names a device or a pipe, like /dev/stdout, which is written to and never replaced."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _draft(path: Path) -> tuple[int, str]:
    """(descriptor, name) of a new file beside another, of the mode 600."""
    try:
        return tempfile.mkstemp(prefix=f".{path.name[:100]}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
