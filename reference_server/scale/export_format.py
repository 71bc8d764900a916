"""The format of an export file: JSON lines, each table with its records, and a hash of all of them in the last line.

    {"scimulator": "0.1.0", "format": 2, "tables": 1, "exported": "2026-03-02T06:00:00+00:00"}
    {"table": "tenants", "records": 1, "next_position": 2}
    {"table": "tenants", "position": 1, "record": {"id": "tenant_1", …}}
    {"records": 1, "sha256": "…"}

Positions are kept because cursors contain them. A gap is a deleted record, and `next_position` is the position of the next
record, so tables without records are listed, too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import orjson

from reference_server.scale.record_shapes import wrong_field
from reference_server.storage.folder import FORMAT
from reference_server.storage.tables import Record

IMPORT_TABLE = "import"  # contains a record while an import is in progress; never exported
HEADER = '{"scimulator": version, "format": n, "tables": n, "exported": time}'
TABLE = '{"table": name, "records": n, "next_position": n}'
RECORD = '{"table": name, "position": n, "record": {"id": …}}'
END = '{"records": n, "sha256": hash}'
Told = Callable[[int, int], None]  # (processed records, total records)


class UnfitExport(Exception):
    """The file is not a complete and valid export; the message names the line and what was expected."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The content of a complete file; `reading_back` is the hash of its lines as this version would write them."""

    header: bytes
    format: int
    tables: int  # tables with records
    records: int
    sha256: str
    reading_back: str


class ExportWriter:
    """Writes the lines of one file and counts tables and records."""

    def __init__(self, write: Callable[[bytes], object], header: bytes) -> None:
        self._write = write
        self._hash = hashlib.sha256()
        self.tables = self.records = 0
        self._put(header)

    @property
    def sha256(self) -> str:
        """The hash of everything that was written, in hexadecimal."""
        return self._hash.hexdigest()

    def table(self, name: str, records: int, next_position: int) -> None:
        self.tables += bool(records)
        self._put(orjson.dumps({"table": name, "records": records, "next_position": next_position}) + b"\n")

    def rows(self, name: str, rows: list[tuple[int, bytes]]) -> None:
        """Write records (position, JSON) of the table that was announced with `table`."""
        begin = b'{"table":%b,"position":' % orjson.dumps(name)
        self._put(b"".join([b'%b%d,"record":%b}\n' % (begin, position, json) for position, json in rows]))
        self.records += len(rows)

    def end(self) -> None:
        self._write(orjson.dumps({"records": self.records, "sha256": self.sha256}) + b"\n")

    def _put(self, lines: bytes) -> None:
        self._hash.update(lines)
        self._write(lines)


def lines_of(file: BinaryIO) -> Iterator[dict[str, Any]]:
    """The lines of a verified file, without its header and its last line."""
    file.seek(0)
    file.readline()
    for line in file:
        parsed = orjson.loads(line)
        if "table" not in parsed:
            return
        yield parsed


def check_export(file: BinaryIO, name: str, told: Told) -> Checked:
    """Verify the lines, the counts, and the hash of a file. Raises UnfitExport with a message that begins with `name`."""
    file.seek(0)
    checker = _Checker(name, told)
    for line in file:
        checker.follow(line)
    return checker.end()


class _Checker:
    """Checks each line against what must come next."""

    def __init__(self, name: str, told: Told) -> None:
        self._name = name
        self._told = told
        self._line = 0
        self._hash = hashlib.sha256()
        self._tables = self._announced = 0  # number of tables read so far, and number of tables in the header
        self._header, self._format = b"", 0
        self._table, self._last, self._next, self._missing = "", 0, 1, 0
        self._ids: set[int] = set()  # hashes need less memory than half a million ids
        self._written: ExportWriter | None = None  # computes `reading_back`; its output is discarded
        self._sha256: str | None = None  # from the last line

    def follow(self, line: bytes) -> None:
        self._line += 1
        try:
            parsed = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise self._unfit(f"expected JSON: {error}") from None
        if not isinstance(parsed, dict) or self._sha256 is not None:
            raise self._unfit("expected nothing after the hash" if self._sha256 else "expected a JSON object")
        if self._line == 1:
            self._begin(line, parsed)
        elif "record" in parsed:
            self._take_record(parsed)
        elif "table" in parsed:
            self._take_table(parsed)
        else:
            self._take_end(parsed)
        self._hash.update(line)

    def end(self) -> Checked:
        written = self._written
        if written is None or self._sha256 is None:
            raise UnfitExport(
                f"{self._name}: ends after line {self._line}: expected a last line {END}; the file is incomplete"
            )
        return Checked(self._header, self._format, written.tables, written.records, self._sha256, written.sha256)

    def _begin(self, line: bytes, parsed: dict[str, Any]) -> None:
        if not _are_counts(parsed, "format", "tables") or "scimulator" not in parsed or parsed["format"] < 1:
            raise self._unfit(f"expected a header {HEADER}")
        if parsed["format"] > FORMAT:
            raise self._unfit(f"has format {parsed['format']}, but this version supports only formats up to {FORMAT}")
        self._header, self._format, self._announced = line, parsed["format"], parsed["tables"]
        self._written = ExportWriter(len, line)

    def _take_table(self, parsed: dict[str, Any]) -> None:
        self._expect_whole_table()
        table = parsed["table"]
        if not isinstance(table, str) or not _are_counts(parsed, "records", "next_position"):
            raise self._unfit(f"expected {TABLE}")
        if table <= self._table or table == IMPORT_TABLE:
            raise self._unfit(f"unexpected table {table}: tables must be sorted by name")
        if parsed["next_position"] <= max(parsed["records"], 1):
            raise self._unfit(f"next_position: expected more than {max(parsed['records'], 1)}")
        self._tables += 1
        self._ids.clear()
        self._table, self._last = table, 0
        self._next, self._missing = parsed["next_position"], parsed["records"]
        assert self._written is not None
        self._written.table(table, self._missing, self._next)

    def _take_record(self, parsed: dict[str, Any]) -> None:
        record: Record = parsed["record"]
        if not isinstance(record, dict) or not isinstance(record.get("id"), str) or not _are_counts(parsed, "position"):
            raise self._unfit(f"expected {RECORD}")
        if parsed.get("table") != self._table or not self._missing:
            raise self._unfit(f"expected no more records of {parsed.get('table')} here")
        position = parsed["position"]
        if not self._last < position < self._next:
            raise self._unfit(f"position: expected a number from {self._last + 1} to {self._next - 1}, got {position}")
        if hash(record["id"]) in self._ids:
            raise self._unfit("id: an earlier record of the table has the same id")
        if wrong := wrong_field(self._table, record, self._format):
            raise self._unfit(f"{wrong}: missing or invalid in this record of {self._table}")
        self._ids.add(hash(record["id"]))
        self._last, self._missing = position, self._missing - 1
        assert self._written is not None
        self._written.rows(self._table, [(position, orjson.dumps(record))])
        self._told(self._written.records, 0)

    def _take_end(self, parsed: dict[str, Any]) -> None:
        self._expect_whole_table()
        if not _are_counts(parsed, "records") or not isinstance(parsed.get("sha256"), str):
            raise self._unfit(f"expected one of {TABLE}, {RECORD}, {END}")
        assert self._written is not None
        for name, said, found in (
            ("tables", self._announced, self._tables),
            ("records", parsed["records"], self._written.records),
            ("sha256", parsed["sha256"], self._hash.hexdigest()),
        ):
            if said != found:
                raise self._unfit(
                    f"{name}: expected {found} according to the content, got {said}: the file was modified"
                )
        self._sha256 = parsed["sha256"]

    def _expect_whole_table(self) -> None:
        if self._missing:
            records = "record" if self._missing == 1 else "records"
            raise self._unfit(f"expected {self._missing} more {records} of {self._table}")

    def _unfit(self, what: str) -> UnfitExport:
        return UnfitExport(f"{self._name}:{self._line}: {what}")


def _are_counts(parsed: dict[str, Any], *names: str) -> bool:
    """Whether these are non-negative integers that JSON can represent exactly."""
    return all(type(parsed.get(name)) is int and 0 <= parsed[name] < 2**53 for name in names)
