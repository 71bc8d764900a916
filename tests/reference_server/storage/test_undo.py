"""Commits that are rolled back leave a table unchanged, including its indexes and its order."""

from __future__ import annotations

from reference_server.storage.indexed_rows import Rows
from reference_server.storage.undo import Undo, forget, give_back


def rows() -> Rows:
    table = Rows("people")
    table.order_by("number")
    table.add_indexes({"city": lambda record: (record["city"],)})
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
