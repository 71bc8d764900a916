"""Export files, good and bad, and what the tests of export and import do with them."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reference_server.scale.export_format import Checked, Told
from reference_server.scale.export_store import export_store
from reference_server.scale.import_store import import_store
from reference_server.scale.open_store import open_store
from reference_server.storage.tables import Tables

FORMAT_1 = Path(__file__).parents[2] / "fixtures" / "store" / "format-1.jsonl"
ENGINES = ["folder", "postgres"]
HEADER = b'{"scimulator":"0.1.0","format":2,"tables":%d,"exported":"now"}'
A = b'{"table":"a","records":2,"next_position":5}'
FIRST = b'{"table":"a","position":2,"record":{"id":"x"}}'
SECOND = b'{"table":"a","position":4,"record":{"id":"y"}}'
GOOD = [HEADER % 1, A, FIRST, SECOND]


def quiet(doing: str) -> Told:
    return lambda done, total: None


def imported(target: str, file: bytes, phase: Callable[[str], Told] = quiet) -> Checked:
    return asyncio.run(import_store(target, io.BytesIO(file), "moved.jsonl", phase))


def exported(data: str) -> bytes:
    async def life() -> bytes:
        tables, written = await open_store(data, make=False), io.BytesIO()
        await export_store(tables, written.write, quiet(""))
        await tables.aclose()
        return written.getvalue()

    return asyncio.run(life())


def content(file: bytes) -> list[bytes]:
    """The lines without the header, which has a time, and without the hash over it."""
    return file.splitlines()[1:-1]


def lived(data: str, work: Callable[[Tables], Any]) -> Any:
    """What a unit of work on a store gives."""

    async def life() -> Any:
        tables = await open_store(data)
        try:
            return await tables.write(lambda: work(tables))
        finally:
            await tables.aclose()

    return asyncio.run(life())


def put(tables: Tables, table: str, *keys: str) -> None:
    transaction = tables.transaction()
    for key in keys:
        transaction.put(tables.table(table), {"id": key, "text": "Łódź \x00\u2028\U0001f600", "n": 1.5})
    transaction.commit()


def remove(tables: Tables, table: str, *keys: str) -> None:
    transaction = tables.transaction()
    for key in keys:
        transaction.remove(tables.table(table), key)
    transaction.commit()


def random_life(tables: Tables) -> None:
    """Tables with gaps at the beginning, in the middle, at the end; one that was emptied, one that was dropped."""
    dice = random.Random(7)
    for number in range(40):
        put(tables, dice.choice("abc"), *(f"{number}/{n}" for n in range(60)))
    for name in "abc":
        keys = [record["id"] for record in tables.table(name)]
        remove(tables, name, keys[0], keys[-1], *dice.sample(keys, len(keys) // 3))
    put(tables, "emptied", "x", "y")
    remove(tables, "emptied", "x", "y")
    put(tables, "dropped", "x")
    transaction = tables.transaction()
    transaction.drop(tables.table("dropped"))
    transaction.commit()


def signed(lines: list[bytes]) -> bytes:
    """These lines with counts and hash that fit them."""
    body = b"".join(line + b"\n" for line in lines)
    records = sum(b'"record":' in line for line in lines)
    return body + json.dumps({"records": records, "sha256": hashlib.sha256(body).hexdigest()}).encode() + b"\n"


DYING = """
import asyncio, os, sys
from reference_server.scale.import_store import import_store

def phase(doing):
    left = int(sys.argv[4]) if doing == sys.argv[3] else -1
    if left == 0:
        os._exit(9)
    def told(done, total):
        nonlocal left
        left -= 1
        if left == 0:
            os._exit(9)
    return told

asyncio.run(import_store(sys.argv[1], open(sys.argv[2], "rb"), "moved.jsonl", phase))
"""


BAD = {
    "nothing": (b"", "ends after line 0: expected a last line"),
    "cut off": (signed(GOOD)[:-20], "moved.jsonl:5: expected JSON"),
    "without an end": (b"\n".join(GOOD) + b"\n", "ends after line 4: expected a last line"),
    "no JSON": (signed([b"hello"]), "moved.jsonl:1: expected JSON"),
    "no object": (signed([b"[]"]), "moved.jsonl:1: expected a JSON object"),
    "no header": (signed([A]), "moved.jsonl:1: expected a header"),
    "newer": (signed([b'{"scimulator":"9","format":99,"tables":0}']), "moved.jsonl:1: has format 99, but this version supports only formats up to 4"),
    "format 0": (signed([b'{"scimulator":"9","format":0,"tables":0}']), "moved.jsonl:1: expected a header"),
    "tables missing": (signed([HEADER % 2, *GOOD[1:]]), "moved.jsonl:5: tables: expected 1 according to the content, got 2"),
    "record missing": (signed(GOOD[:3]), "moved.jsonl:4: expected 1 more record of a"),
    "record too many": (signed([*GOOD, SECOND]), "moved.jsonl:5: expected no more records of a"),
    "record of another table": (signed([*GOOD[:2], FIRST.replace(b'"a"', b'"b"')]), "moved.jsonl:3: expected no more records of b"),
    "order": (signed([*GOOD[:2], SECOND, FIRST]), "moved.jsonl:4: position: expected a number from 5 to 4, got 2"),
    "place beyond the end": (signed([*GOOD[:3], SECOND.replace(b"4", b"5")]), "moved.jsonl:4: position: expected a number from 3 to 4"),
    "twice the same id": (signed([*GOOD[:3], SECOND.replace(b"y", b"x")]), "moved.jsonl:4: id: an earlier record"),
    "no id": (signed([*GOOD[:3], SECOND.replace(b"id", b"ID")]), "moved.jsonl:4: expected {"),
    "position as text": (signed([*GOOD[:3], SECOND.replace(b"4", b'"4"')]), "moved.jsonl:4: expected {"),
    "table twice": (signed([HEADER % 2, *GOOD[1:], A]), "moved.jsonl:5: unexpected table a: tables must be sorted by name"),
    "our own note": (signed([GOOD[0], A.replace(b'"a"', b'"import"')]), "moved.jsonl:2: unexpected table import"),
    "no room": (signed([GOOD[0], A.replace(b"5", b"2")]), "moved.jsonl:2: next_position: expected more than 2"),
    "table of no name": (signed([GOOD[0], b'{"table":1}']), "moved.jsonl:2: expected {"),
    "line of no kind": (signed([*GOOD, b'{"tabel":1}']), "moved.jsonl:5: expected one of"),
    "count": (signed(GOOD).replace(b'"records": 2', b'"records": 3'), "moved.jsonl:5: records: expected 2"),
    "changed": (signed(GOOD).replace(b'{"id":"x"}', b'{"id":"z"}'), "moved.jsonl:5: sha256: expected"),
    "more after the end": (signed(GOOD) + b"{}\n", "moved.jsonl:6: expected nothing after the hash"),
}  # fmt: skip
