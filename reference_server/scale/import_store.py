"""Import: the lines of an export into a store that never held anything, in the same order and at the same positions.

The whole file is checked before the store is opened. Then it is written in batches; a note in the store, made with the
first and removed with the last, keeps servers away from a part, and lets the same file go on where it was cut off. Before the
note is removed the store is opened again and read back, and must hold what the file says. Older data is migrated then.
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

BATCH = 1_000  # records to a commit
NOTE = "import"  # the id of the note: {"id", "sha256" of the file, "is_read_back"}
Phase = Callable[[str], Told]  # what is being done → whom to tell how far it is


class NotEmpty(Exception):
    """The store holds something else already; the message says what."""


class ReadBackDiffers(Exception):
    """The store does not hold what the file says after all."""


async def import_store(data: str, file: BinaryIO, name: str, phase: Phase) -> Checked:
    """Import a file (it must be seekable); returns what it held.

    Raises UnfitExport, NotEmpty, ReadBackDiffers, or one of open_store.CANNOT_OPEN.
    """
    checked = check_export(file, name, phase("checking"))
    is_read_back = await _write(data, file, name, checked, phase)
    gc.collect()  # the store of a folder refers to itself, and is as large as what it holds
    await _read_back(data, checked, phase, is_read_back)
    return checked


async def _write(data: str, file: BinaryIO, name: str, checked: Checked, phase: Phase) -> bool:
    """Write what is not there yet; returns whether an import that was cut off had been read back already."""
    async with _alone(data) as tables:
        is_read_back = await tables.write(partial(_begin, tables, data, checked))
        if not is_read_back:
            await _Copy(tables, name, checked.records, phase("importing")).carry_out(file)
        return is_read_back


async def _read_back(data: str, checked: Checked, phase: Phase, is_read_back: bool) -> None:
    """Open the store again, so that what is compared is what will be found, and let servers in."""
    async with _alone(data) as tables:
        if not is_read_back:
            found = await export_store(tables, len, phase("reading back"), header=checked.header)
            if found.sha256 != checked.reading_back:
                raise ReadBackDiffers(
                    f"{place_of(data)}: expected sha256 {checked.reading_back}, read back {found.sha256}; "
                    "no server will open it"
                )
        await tables.write(partial(_finish, tables, checked))


@asynccontextmanager
async def _alone(data: str) -> AsyncIterator[Tables]:
    """The store, which nobody else imports into."""
    tables = await open_store(data, half_imported=True)
    try:
        async with tables.alone(IMPORT_TABLE):
            yield tables
    finally:
        await tables.aclose()


def _begin(tables: Tables, data: str, checked: Checked) -> bool:
    """Note the import, or find the note of one that was cut off; returns whether that had come to its end."""
    note = tables.table(IMPORT_TABLE).get(NOTE)
    if note is None:
        if tables.positions().keys() - {IMPORT_TABLE}:
            raise NotEmpty(f"{place_of(data)}: expected a store that nothing was ever written to, not even by a server")
        _note(tables, checked, is_read_back=False)
    elif note["sha256"] != checked.sha256:
        raise NotEmpty(f"{place_of(data)} holds part of another file: expected the one with sha256 {note['sha256']}")
    return bool(note and note["is_read_back"])


def _finish(tables: Tables, checked: Checked) -> None:
    """What was read back was right: bring it to this version's format and let servers in."""
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
    """The lines of a checked file on their way into the tables; what is there already is passed over."""

    def __init__(self, tables: Tables, name: str, records: int, told: Told) -> None:
        self._tables = tables
        self._name = name
        self._records = records
        self._told = told
        self._next: dict[str, int] = {}  # table → the position that its next new record takes
        self._ends: dict[str, int] = {}  # the same, when all of it is there

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
            except ValueError as error:  # a database takes no NUL, for one
                raise UnfitExport(f"{self._name}: {error}") from None
            self._next[table.name] = position + 1
        transaction.commit()

    def _skip_to_the_ends(self) -> None:
        transaction = self._tables.transaction()
        for name, position in self._ends.items():
            if position > 1:
                transaction.skip(self._tables.table(name), position)
        transaction.commit()
