"""The data folder: created, marked with its format, and locked by one process at a time."""

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

FORMAT = 4  # format of the stored data; `migrations` contains the steps between formats
FORMAT_FILE = "format.json"
LOCK_FILE = "lock"
PART = ".part"  # suffix of a file that is being written


def open_folder(folder: Path) -> tuple[IO[str], int | None]:
    """Create and lock the folder. Returns the lock and the format of the folder, or None if it has no format mark.

    The lock is held until the file is closed or the process ends.

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
    except (FolderTooNew, FolderNotWritable):
        lock.close()
        raise
    return lock, found


def write_format(folder: Path, number: int) -> None:
    """Write the format mark of the folder durably. Raises OSError."""
    replace_durably(folder / FORMAT_FILE, json.dumps({"format": number, "program": "scimulator"}).encode())


def replace_durably(path: Path, data: bytes) -> None:
    """Write a file atomically, so that it is complete or absent if the process is killed. Raises OSError."""
    draft = path.with_name(path.name + PART)
    with open(draft, "wb", opener=private_opener) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Sync the folder, which makes renamed and new files durable."""
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


def _read_format(folder: Path) -> int | None:
    marker = folder / FORMAT_FILE
    if not marker.exists():
        return None
    try:
        found = json.loads(marker.read_text())["format"]
    except (ValueError, KeyError, TypeError):
        found = None
    if type(found) is not int or found < 1:
        raise FolderNotWritable(f"{marker}: expected a JSON object with a format number")
    if found > FORMAT:
        raise FolderTooNew(
            f"data folder {folder} has format {found}, but this version supports only formats up to {FORMAT}"
        )
    return found
