"""Compaction: the snapshot, what it drops, damage to it, failures while it is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tinydb

from reference_server.storage.database import open_tables
from reference_server.storage.tables import (
    JournalDamaged,
)
from tests.reference_server.storage.people import held, put, reread


def test_snapshot_opens_with_stock_tinydb(tmp_path: Path) -> None:
    tables = open_tables(tmp_path)
    put(tables, *({"id": f"p{n}", "name": "Zoë \u2028"} for n in range(3)))
    tables.compact(wait=True)
    with tinydb.TinyDB(tmp_path / "snapshot.json") as stock:
        assert [dict(document) for document in stock.table("people")] == held(tables)
        assert stock.table("people").all()[1]["id"] == "p1"
    tables.close()


def test_compaction_drops_old_journals_and_loses_nothing(tmp_path: Path) -> None:
    tables = open_tables(tmp_path)
    put(tables, {"id": "a"}, {"id": "b"})
    transaction = tables.transaction()
    transaction.remove(tables.table("people"), "b")
    transaction.commit()
    tables.compact(wait=True)
    put(tables, {"id": "c"})
    tables.close()
    assert [path.name for path in sorted(tmp_path.glob("journal-*"))] == ["journal-000002.log"]
    again = open_tables(tmp_path)
    assert [r["id"] for r in held(again)] == ["a", "c"]
    again.close()


def test_snapshot_that_is_none_is_reported(tmp_path: Path) -> None:
    open_tables(tmp_path).close()
    (tmp_path / "snapshot.json").write_text("{")
    with pytest.raises(JournalDamaged, match=r"snapshot\.json"):
        open_tables(tmp_path)


@pytest.mark.parametrize("place", [0.02, 0.3, 0.6, 0.95, 0.999])
def test_flipped_bit_in_the_snapshot_is_reported_with_its_place(tmp_path: Path, place: float) -> None:
    tables = open_tables(tmp_path)
    put(tables, *({"id": str(number), "city": "Oslo" * 10} for number in range(700)))
    tables.compact(wait=True)
    tables.close()
    path = tmp_path / "snapshot.json"
    data = bytearray(path.read_bytes())
    at = int(len(data) * place)
    data[at] ^= 1
    path.write_bytes(data)
    with pytest.raises(JournalDamaged, match=r"snapshot\.json") as told:
        open_tables(tmp_path)
    found = re.search(r"between byte (\d+) and byte (\d+)", str(told.value))
    if found:
        assert int(found[1]) <= at < int(found[2])


@pytest.mark.parametrize("point", ["mid_compaction", "before_snapshot_fsync", "before_rename", "after_rename"])
def test_failed_compaction_loses_nothing(tmp_path: Path, point: str) -> None:
    def fault(where: str) -> None:
        if where == point:
            raise OSError(5, "Input/output error")

    tables = open_tables(tmp_path, fault=fault)
    put(tables, {"id": "a"})
    tables.compact(wait=True)
    put(tables, {"id": "b"})
    tables.close()
    assert [r["id"] for r in reread(tmp_path)] == ["a", "b"]
