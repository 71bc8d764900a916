"""The store of one folder: transactions, compaction that starts by itself, failures of the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from reference_server.storage.database import open_tables
from reference_server.storage.tables import (
    StorageFailed,
)
from tests.reference_server.storage.people import held, put


def test_a_transaction_over_two_tables_is_one_record(tmp_path: Path) -> None:
    tables = open_tables(tmp_path)
    transaction = tables.transaction()
    transaction.put(tables.table("one"), {"id": "x"})
    transaction.put(tables.table("two"), {"id": "y"})
    assert tables.positions() == {}
    transaction.commit()
    assert tables.positions() == {"one": 2, "two": 2}
    journal = next(tmp_path.glob("journal-*.log"))
    assert journal.read_bytes().count(b'"one"') == journal.read_bytes().count(b'"two"') == 1
    assert len(journal.read_bytes().splitlines()) == 1
    tables.close()


def test_compaction_starts_by_itself(tmp_path: Path) -> None:
    tables = open_tables(tmp_path, compact_after_bytes=2_000)
    for number in range(60):
        put(tables, {"id": "same", "text": "x" * 100, "n": number})
    tables.close()
    assert (tmp_path / "snapshot.json").exists()
    again = open_tables(tmp_path)
    assert held(again)[0]["n"] == 59
    again.close()


@pytest.mark.parametrize("forever", [False, True])
@pytest.mark.parametrize("point", ["before_open", "before_append", "before_fsync", "mid_compaction", "before_rename"])
def test_the_nth_failure_of_a_life_loses_nothing_that_was_acknowledged(
    tmp_path: Path, point: str, forever: bool
) -> None:
    """n = 1, 2, 3, … until a whole life passes without meeting the fault."""
    for nth in range(1, 200):
        folder, met, acknowledged = tmp_path / str(nth), 0, set()

        def fault(where: str, nth: int = nth) -> None:
            nonlocal met
            if where == point:
                met += 1
                if met == nth or (forever and met > nth):
                    raise OSError(5, "Input/output error")

        try:
            tables = open_tables(folder, fault=fault)
            for number in range(12):
                put(tables, {"id": str(number), "city": "Oslo"})
                acknowledged.add(str(number))
                if number % 5 == 4:
                    tables.compact(wait=True)
            tables.close()
        except StorageFailed:
            if "tables" in locals():
                tables.close()
        again = open_tables(folder)
        held = {record["id"] for record in again.table("people")}
        again.close()
        assert acknowledged <= held
        if met < nth:
            return
    raise AssertionError("the fault was met in every life")
