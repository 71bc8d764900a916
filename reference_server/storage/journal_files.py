"""The journal files of an open folder. Lines are appended to the newest file; a snapshot replaces the oldest ones."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

from reference_server.storage.folder import sync_folder
from reference_server.storage.journal_lines import JournalFile

LOG = logging.getLogger("scimulator.storage")

Fault = Callable[[str], None]


class SyncFailed(Exception):
    """It is unknown whether the written data is on disk; the message states the reason."""


class JournalFiles:
    """The files of one folder, of which the last one is open. Methods raise OSError unless documented otherwise."""

    def __init__(self, folder: Path, files: list[JournalFile], end: int, fault: Fault) -> None:
        self._folder = folder
        self._fault = fault
        self._files = files or [JournalFile(folder / "journal-000001.log", end, 0)]
        self._descriptor = self._open(self._files[-1].path)

    @property
    def size(self) -> int:
        """The total size of the files. There is rarely more than one."""
        files = self._files
        return files[0].size if len(files) == 1 else sum(file.size for file in files)

    def append(self, data: bytes, last: int) -> None:
        """Write lines durably; the last one has this sequence. Raises SyncFailed, or OSError if nothing was written."""
        file = self._files[-1]
        try:
            self._fault("before_append")
            view = memoryview(data)
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError as error:
            self._cut_back(file.size, error)
            raise
        try:
            self._fault("before_fsync")
            os.fdatasync(self._descriptor)
        except OSError as error:
            # The data can be lost although a second sync succeeds, or it can be on disk after all.
            raise SyncFailed(error.strerror or str(error)) from None
        file.size += len(data)
        file.last = last
        self._fault("after_fsync")

    def check_space(self, size: int) -> None:
        """Test whether this number of further bytes can be written."""
        end = self._files[-1].size
        try:
            os.posix_fallocate(self._descriptor, end, size)
        finally:
            os.ftruncate(self._descriptor, end)

    def start_next(self) -> None:
        """Continue in a new file, or in the same one if it cannot be created."""
        newest = self._files[-1]
        if not newest.size:
            return
        path = self._folder / f"journal-{newest.number + 1:06d}.log"
        try:
            descriptor = self._open(path)
        except OSError as error:
            LOG.warning(
                "cannot create a new journal file; the server keeps using the current one: %s", error.strerror or error
            )
            return
        os.close(self._descriptor)
        self._descriptor = descriptor
        self._files.append(JournalFile(path, newest.last, 0))

    def remove_until(self, sequence: int) -> None:
        """Delete the files that a snapshot includes, oldest first."""
        while len(self._files) > 1 and self._files[0].last <= sequence:
            self._files[0].path.unlink(missing_ok=True)
            del self._files[0]

    def close(self) -> None:
        os.close(self._descriptor)

    def _cut_back(self, size: int, reason: OSError) -> None:
        """Truncate the remains of a failed write at the end of the newest file."""
        try:
            os.ftruncate(self._descriptor, size)
        except OSError:
            raise SyncFailed(reason.strerror or str(reason)) from None

    def _open(self, path: Path) -> int:
        self._fault("before_open")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            sync_folder(self._folder)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor
