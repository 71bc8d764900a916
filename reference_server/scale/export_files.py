"""The files of export and import: written atomically with mode 600, and readable twice, even from a pipe."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from secrecy import private_files

STANDARD = "-"  # stdin or stdout


@contextmanager
def written_whole(output: str) -> Iterator[BinaryIO]:
    """Open a file with mode 600 that replaces `output` if the block ends without an error. Raises OSError."""
    if output == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    else:
        with private_files.written_whole(Path(output)) as file:
            yield file


@contextmanager
def read_twice(name: str) -> Iterator[BinaryIO]:
    """Open a file that can be read twice; a pipe is copied to a temporary file. Raises OSError."""
    with sys.stdin.buffer if name == STANDARD else open(name, "rb") as file:
        if file.seekable():
            yield file
            return
        with tempfile.TemporaryFile() as kept:
            shutil.copyfileobj(file, kept)
            yield kept
