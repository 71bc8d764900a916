"""A transaction holds its changes back until it is committed, and commits each of them once."""

from __future__ import annotations

from reference_server.storage.indexed_rows import Rows
from reference_server.storage.rows_table import RowsTable
from reference_server.storage.transaction import StagedTransaction, Step


def test_changes_of_several_tables_are_applied_together_in_their_order() -> None:
    applied: list[list[Step]] = []
    people, groups = RowsTable(Rows("people")), RowsTable(Rows("groups"))
    transaction = StagedTransaction(applied.append)
    transaction.put(people, {"id": "a"})
    transaction.remove(groups, "g")
    transaction.drop(groups)
    transaction.skip(people, 7)
    assert applied == []
    transaction.commit()
    assert applied == [
        [(people.rows, "a", {"id": "a"}), (groups.rows, "g", None), (groups.rows, None, None), (people.rows, None, 7)]
    ]


def test_a_second_commit_does_not_repeat_the_first() -> None:
    applied: list[list[Step]] = []
    transaction = StagedTransaction(applied.append)
    transaction.put(RowsTable(Rows("people")), {"id": "a"})
    transaction.commit()
    transaction.commit()
    assert [len(steps) for steps in applied] == [1, 0]
