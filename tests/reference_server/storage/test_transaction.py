"""A transaction holds its changes back until it is committed, and commits each of them once; a rollback leaves no trace."""

from __future__ import annotations

from reference_server.storage.indexed_rows import Rows
from reference_server.storage.rows_table import RowsTable
from reference_server.storage.transaction import StagedTransaction, Step, Undo, forget, give_back


def test_changes_of_several_tables_are_applied_together_in_their_order() -> None:
    applied: list[list[Step]] = []
    people, groups = RowsTable(Rows("people")), RowsTable(Rows("groups"))
    transaction = StagedTransaction(applied.append, lambda: None)
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
    transaction = StagedTransaction(applied.append, lambda: None)
    transaction.put(RowsTable(Rows("people")), {"id": "a"})
    transaction.commit()
    transaction.commit()
    assert [len(steps) for steps in applied] == [1, 0]


def rows() -> Rows:
    table = Rows("people")
    table.define({"city": lambda record: (record["city"],)}, "number")
    for doc_id, city in enumerate(["Oslo", "Bergen", "Oslo"], 1):
        table.set(doc_id, {"id": str(doc_id), "city": city, "number": doc_id})
    return table


def test_changes_additions_removals_and_drops_are_rolled_back() -> None:
    table, untouched = rows(), rows()
    commits: list[Undo] = []
    for doc_id, record in (
        (1, {"id": "1", "city": "Voss", "number": 9}),
        (4, {"id": "4", "city": "Oslo", "number": 10}),
    ):
        commits.append([(table, doc_id, table.by_id.get(doc_id))])
        table.set(doc_id, record)
    commits.append([(table, 2, table.by_id.get(2)), (table, None, dict(table.by_id))])
    table.clear()
    give_back(commits)
    assert dict(sorted(table.by_id.items())) == untouched.by_id
    assert table.id_of == untouched.id_of
    assert set(table.indexes["city"].ids("Oslo")) == {1, 3}
    assert table.above(1) == untouched.above(1)
    assert table.highest() == 3
    assert table.order() == [1, 2, 3]
    table.set(1, None)
    give_back(commits)
    assert 1 not in table.by_id, "taken back twice"


def test_what_is_durable_is_forgotten() -> None:
    table, documents = rows(), dict(rows().by_id)
    commits: list[Undo] = [[(table, 1, table.by_id[1]), (table, None, documents)], [(table, 2, None)]]
    forget(commits)
    assert commits == [[], []]
    assert documents == {}
    assert len(table.by_id) == 3
