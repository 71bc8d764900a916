"""Ends a run whose output can no longer be written, for example because the disk is full, and lets it clean up first."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from secrecy.private_files import create_private

CLOSED_PIPE = 141  # what a shell shows for a program that SIGPIPE ended


class OutputLost(SystemExit):
    """Output cannot be written: its reader closed it (exit code 141), or another reason that the message names (2).

    It is raised once for each output. What is written later is discarded, so that the end of the run can clean up. Event
    loops, task groups, and `except Exception` let a SystemExit pass, as they do Ctrl-C.
    """

    def __init__(self, place: str | Path, error: OSError) -> None:
        super().__init__(CLOSED_PIPE if error.errno == errno.EPIPE else 2)
        self._told = f"{place}: {error.strerror or error}"

    def __str__(self) -> str:
        return self._told


class OutputFile:
    """A private file that is written in steps. Creating it raises OSError; writing, flushing, and closing it OutputLost."""

    def __init__(self, path: Path) -> None:
        self._path, self._file = path, create_private(path)

    def write(self, content: bytes) -> None:
        try:
            self._file.write(content)
        except OSError as error:
            self._lose(error)

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError as error:
            self._lose(error)

    def close(self) -> None:
        try:
            self._file.close()
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> NoReturn:
        lost, self._file = self._file, open(os.devnull, "wb")  # noqa: SIM115
        with suppress(OSError):
            lost.close()
        raise OutputLost(self._path, error)
