"""Import: writes the records of an export file to a new store, in the same order and at the same positions.

The complete file is verified before the store is opened, then written in batches. Before the first batch, a note is written to
the store. It prevents servers from opening a partial import and allows an interrupted import to continue with the same file. At
the end, the store is reopened and read back. If its content equals that of the file, older data is migrated and the note is
deleted.
"""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from itertools import islice
from typing import Any, BinaryIO

from reference_server.scale.export_format import IMPORT_TABLE, Checked, Told, UnfitExport, check_export, lines_of
from reference_server.scale.export_store import export_store
from reference_server.scale.open_store import open_store, place_of
from reference_server.storage.folder import FORMAT
from reference_server.storage.migrations import migrate
from reference_server.storage.tables import Tables

BATCH = 1_000  # records per commit
NOTE = "import"  # the id of the note: {"id", "sha256" of the file, "is_read_back"}
Phase = Callable[[str], Told]  # name of a step → callback for its progress


class NotEmpty(Exception):
    """The store already contains other data; the message describes it."""


class ReadBackDiffers(Exception):
    """The content of the store differs from the file."""


async def import_store(data: str, file: BinaryIO, name: str, phase: Phase) -> Checked:
    """Import a seekable file and return a summary of its content.

    Raises UnfitExport, NotEmpty, ReadBackDiffers, or one of open_store.CANNOT_OPEN.
    """
    checked = check_export(file, name, phase("checking"))
    is_read_back = await _write(data, file, name, checked, phase)
    gc.collect()  # the store of a folder contains reference cycles and uses as much memory as its data
    await _read_back(data, checked, phase, is_read_back)
    return checked


async def _write(data: str, file: BinaryIO, name: str, checked: Checked, phase: Phase) -> bool:
    """Write the missing records; returns whether an interrupted import was already read back."""
    async with _alone(data) as tables:
        is_read_back = await tables.write(partial(_begin, tables, data, checked))
        if not is_read_back:
            await _Copy(tables, name, checked.records, phase("importing")).carry_out(file)
        return is_read_back


async def _read_back(data: str, checked: Checked, phase: Phase, is_read_back: bool) -> None:
    """Reopen the store, compare it with the file, and allow servers to open it."""
    async with _alone(data) as tables:
        if not is_read_back:
            found = await export_store(tables, len, phase("reading back"), header=checked.header)
            if found.sha256 != checked.reading_back:
                raise ReadBackDiffers(
                    f"{place_of(data)}: expected sha256 {checked.reading_back}, read back {found.sha256}; "
                    "servers will refuse to open it"
                )
        await tables.write(partial(_finish, tables, checked))


@asynccontextmanager
async def _alone(data: str) -> AsyncIterator[Tables]:
    """Open the store and lock out other imports."""
    tables = await open_store(data, half_imported=True)
    try:
        async with tables.alone(IMPORT_TABLE):
            yield tables
    finally:
        await tables.aclose()


def _begin(tables: Tables, data: str, checked: Checked) -> bool:
    """Write the note, or find the note of an interrupted import; returns whether that import was already read back."""
    note = tables.table(IMPORT_TABLE).get(NOTE)
    if note is None:
        if tables.positions().keys() - {IMPORT_TABLE}:
            raise NotEmpty(f"{place_of(data)}: expected an empty store that no server has used")
        _note(tables, checked, is_read_back=False)
    elif note["sha256"] != checked.sha256:
        raise NotEmpty(
            f"{place_of(data)} contains a partial import of another file: expected the file with sha256 {note['sha256']}"
        )
    return bool(note and note["is_read_back"])


def _finish(tables: Tables, checked: Checked) -> None:
    """Migrate the imported data to the current format and delete the note."""
    if checked.format < FORMAT:
        _note(tables, checked, is_read_back=True)
        migrate(tables, checked.format, FORMAT)
    transaction = tables.transaction()
    transaction.remove(tables.table(IMPORT_TABLE), NOTE)
    transaction.commit()


def _note(tables: Tables, checked: Checked, *, is_read_back: bool) -> None:
    transaction = tables.transaction()
    note = {"id": NOTE, "sha256": checked.sha256, "is_read_back": is_read_back}
    transaction.put(tables.table(IMPORT_TABLE), note)
    transaction.commit()


class _Copy:
    """Copies the lines of a verified file to the tables, except those that an interrupted import has already written."""

    def __init__(self, tables: Tables, name: str, records: int, told: Told) -> None:
        self._tables = tables
        self._name = name
        self._records = records
        self._told = told
        self._next: dict[str, int] = {}  # table → the position of its next new record
        self._ends: dict[str, int] = {}  # the same at the end of the import

    async def carry_out(self, file: BinaryIO) -> None:
        self._next = await self._tables.read(self._tables.positions)
        lines, done = lines_of(file), 0
        while batch := list(islice(lines, BATCH)):
            await self._tables.write(partial(self._write, batch))
            done += sum("record" in line for line in batch)
            self._told(done, self._records)
        await self._tables.write(self._skip_to_the_ends)

    def _write(self, batch: list[dict[str, Any]]) -> None:
        transaction = self._tables.transaction()
        for line in batch:
            if "record" not in line:
                self._ends[line["table"]] = line["next_position"]
                continue
            table, position = self._tables.table(line["table"]), line["position"]
            following = self._next.get(table.name, 1)
            if position < following:
                continue
            if position > following:
                transaction.skip(table, position)
            try:
                transaction.put(table, line["record"])
            except ValueError as error:  # for example, PostgreSQL cannot store NUL
                raise UnfitExport(f"{self._name}: {error}") from None
            self._next[table.name] = position + 1
        transaction.commit()

    def _skip_to_the_ends(self) -> None:
        transaction = self._tables.transaction()
        for name, position in self._ends.items():
            if position > 1:
                transaction.skip(self._tables.table(name), position)
        transaction.commit()
