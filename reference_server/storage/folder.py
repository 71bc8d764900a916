"""The data folder: created, marked with its format, locked by one process at a time."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from reference_server.storage.tables import FolderInUse, FolderNotWritable, FolderTooNew
from secrecy.private_files import private_opener

FORMAT = 2  # of the stored data; `migrations` has the steps between formats
FORMAT_FILE = "format.json"
LOCK_FILE = "lock"


def open_folder(folder: Path) -> tuple[IO[str], int]:
    """Create and lock the folder; returns the lock and the format found.

    The lock holds until the file is closed or the process dies.

    Raises FolderNotWritable, FolderInUse (naming the holder) or FolderTooNew.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = open(folder / LOCK_FILE, "a+", opener=private_opener)  # noqa: SIM115
    except OSError as error:
        raise FolderNotWritable(f"data folder {folder}: {error.strerror or error}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = _holder(lock)
        lock.close()
        raise FolderInUse(f"data folder {folder} is in use by {holder}") from None
    try:
        found = _read_format(folder)
        lock.seek(0)
        lock.truncate()
        json.dump({"pid": os.getpid(), "host": socket.gethostname(), "since": datetime.now(UTC).isoformat()}, lock)
        lock.flush()
    except OSError as error:
        lock.close()
        raise FolderNotWritable(f"data folder {folder}: {error.strerror or error}") from None
    except FolderTooNew:
        lock.close()
        raise
    return lock, found


def write_format(folder: Path, number: int) -> None:
    """Mark the folder with a format, durably. Raises OSError."""
    draft = folder / (FORMAT_FILE + ".part")
    with open(draft, "w", opener=private_opener) as file:
        json.dump({"format": number, "program": "scimulator"}, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / FORMAT_FILE)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Make renamed and new files in the folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _holder(lock: IO[str]) -> str:
    lock.seek(0)
    try:
        facts = json.load(lock)
        return f"process {facts['pid']} on {facts['host']} since {facts['since'][:19]}Z"
    except (ValueError, KeyError, TypeError):
        return "another process"


def _read_format(folder: Path) -> int:
    marker = folder / FORMAT_FILE
    if not marker.exists():
        if (folder / "snapshot.json").exists() or any(folder.glob("journal-*.log")):
            return 1  # data without a mark may have any format; migrations do not change what is already migrated
        write_format(folder, FORMAT)
        return FORMAT
    try:
        found = json.loads(marker.read_text())["format"]
    except (ValueError, KeyError, TypeError):
        found = None
    if type(found) is not int or found < 1:
        raise FolderNotWritable(f"{marker}: expected a JSON object with a format number")
    if found > FORMAT:
        raise FolderTooNew(f"data folder {folder} has format {found}; this version reads up to {FORMAT}")
    return found
