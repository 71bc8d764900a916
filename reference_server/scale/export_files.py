"""The files of export and import: written atomically with mode 600, and read twice even from a pipe."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

STANDARD = "-"  # stdin or stdout


@contextmanager
def written_whole(output: str) -> Iterator[BinaryIO]:
    """Open a file of mode 600 that replaces `output` when the block ends without an error. Raises OSError."""
    path = Path(output).resolve()
    if output == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    elif path.exists() and not path.is_file():  # a device or a pipe
        with path.open("wb") as file:
            yield file
    else:
        descriptor, draft = _draft(path, output)
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


def _draft(path: Path, output: str) -> tuple[int, str]:
    """(descriptor, name) of a new file in the folder of another, mode 600."""
    try:
        return tempfile.mkstemp(prefix=path.name + ".", suffix=".part", dir=path.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, output) from None


@contextmanager
def read_twice(name: str) -> Iterator[BinaryIO]:
    """Open a file that can be read again from its beginning; a pipe is copied to a temporary file. Raises OSError."""
    with sys.stdin.buffer if name == STANDARD else open(name, "rb") as file:
        if file.seekable():
            yield file
            return
        with tempfile.TemporaryFile() as kept:
            shutil.copyfileobj(file, kept)
            yield kept
