"""Files that only their owner can read: reports, streams, tapes, snapshots, exports, ready-files.

Files are created atomically, and never through a link that another user put in their place.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

FILE_MODE, FOLDER_MODE = 0o600, 0o700
MOST_LINKS = 40  # that the system follows as well
_DESCRIPTORS = re.compile(r"/proc/(\d+)(?:/task/\d+)?/fd")


def private_folder(path: Path) -> None:
    """Create a folder and its missing parents for the owner only. An existing folder is not changed. Raises OSError."""
    for folder in reversed([path, *path.parents]):
        if not folder.is_dir():
            folder.mkdir(mode=FOLDER_MODE, exist_ok=True)


def create_private(path: Path) -> BinaryIO:
    """Replace `path` with a new empty file for writing in steps; a device or a pipe is opened. Raises OSError."""
    if is_special(path):
        return _opened(path)
    descriptor, draft = _draft(path)
    try:
        os.replace(draft, path)
    except BaseException:
        os.close(descriptor)
        os.unlink(draft)
        raise
    return os.fdopen(descriptor, "wb")


def write_private(path: Path, content: str | bytes) -> None:
    """Write a file atomically and create the missing parent folders. Raises OSError."""
    private_folder(path.parent)
    with written_whole(path) as file:
        file.write(content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content)


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file that durably replaces `path` if the block ends without an error. Raises OSError."""
    if is_special(path):
        with _opened(path) as file:
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
    """Write a new file atomically; raises FileExistsError if a file or a link exists, or another OSError."""
    descriptor, draft = _draft(path)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # fails if a file or a link exists, whereas a rename would replace it
    except FileExistsError:
        raise FileExistsError(17, "exists already", str(path)) from None
    finally:
        os.unlink(draft)


def check_new(path: Path) -> None:
    """Raise OSError if `write_new` cannot create files in this folder. Nothing is left there."""
    descriptor, draft = _draft(path)
    os.close(descriptor)
    os.unlink(draft)


def check_writable(path: Path) -> None:
    """Raise OSError if the file cannot be written. Its content is kept, and a missing file is still missing afterwards."""
    private_folder(path.parent)
    if is_special(path):
        return
    descriptor, draft = _draft(path)
    os.close(descriptor)
    if os.path.lexists(path):
        os.unlink(draft)
    else:
        try:
            os.rename(draft, path)
        except OSError as error:
            os.unlink(draft)
            raise OSError(error.errno, error.strerror, str(path)) from None
        os.unlink(path)
    if path.is_dir():
        raise IsADirectoryError(21, "Is a directory", str(path))


def private_opener(name: str, flags: int) -> int:
    """An opener for `open(…, opener=private_opener)` that creates files with the mode of private files."""
    return os.open(name, flags, FILE_MODE)


def is_special(path: Path) -> bool:
    """Whether the path is a device, a pipe, or an open file, like /dev/stdout, which is written to and never replaced."""
    if _descriptor(path) is not None:
        return True
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _descriptor(path: Path) -> tuple[int, int] | None:
    """(process, descriptor) of a path such as /dev/stdout, /dev/fd/3, or a link to one of these."""
    with suppress(OSError):
        for _ in range(MOST_LINKS):
            found = _DESCRIPTORS.fullmatch(str(path.parent.resolve()))
            if found and path.name.isdigit():
                return int(found[1]), int(path.name)
            if not path.is_symlink():
                break
            path = path.parent / path.readlink()
    return None


def _opened(path: Path) -> BinaryIO:
    """Open a special path for writing. An open file of this process is written where it ends, not from its beginning."""
    process, descriptor = _descriptor(path) or (None, -1)
    return os.fdopen(os.dup(descriptor), "wb") if process == os.getpid() else path.open("wb")


def _draft(path: Path) -> tuple[int, str]:
    """(descriptor, name) of a new file with mode 600 in the same folder as another file."""
    try:
        return tempfile.mkstemp(prefix=f".{path.name[:100]}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
