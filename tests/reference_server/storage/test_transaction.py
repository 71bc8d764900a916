"""A transaction holds its changes back until it is committed, and commits each of them once; a rollback leaves no trace."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from reference_server.storage.indexed_rows import Rows
from reference_server.storage.rows_table import RowsTable
from reference_server.storage.tables import StorageFailed
from reference_server.storage.transaction import DONE, Batch, StagedTransaction, Step, Undo, forget, give_back


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


async def wait(batch: Batch) -> str:
    await batch
    return "durable"


def test_canceling_one_task_does_not_affect_the_others() -> None:
    async def life() -> list[Any]:
        batch = Batch()
        tasks = [asyncio.create_task(wait(batch)) for _ in range(3)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.sleep(0)
        assert [task.done() for task in tasks] == [False, True, False]
        batch.end(None)
        return await asyncio.gather(*tasks, return_exceptions=True)

    first, second, third = asyncio.run(life())
    assert (first, third) == ("durable", "durable")
    assert isinstance(second, asyncio.CancelledError)


def test_a_coroutine_without_a_task_is_resumed_by_a_callback() -> None:
    batch = Batch()
    work = wait(batch)
    resumed: list[Any] = []

    async def life() -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(lambda: work.send(None).add_done_callback(resumed.append))
        await asyncio.sleep(0)
        assert not resumed
        batch.end(None)
        assert resumed == [batch]

    asyncio.run(life())
    with pytest.raises(StopIteration) as ended:
        work.send(None)
    assert ended.value.value == "durable"


def test_everyone_who_waits_receives_an_error_of_their_own() -> None:
    async def life() -> list[Any]:
        batch = Batch()
        tasks = [asyncio.create_task(wait(batch)) for _ in range(2)]
        await asyncio.sleep(0)
        batch.end("the disk is full")
        late = asyncio.create_task(wait(batch))
        return await asyncio.gather(*tasks, late, return_exceptions=True)

    failed = asyncio.run(life())
    assert [type(one) for one in failed] == [StorageFailed] * 3
    assert len({id(one) for one in failed}) == 3


def test_waiting_for_nothing_takes_no_turn_of_the_loop() -> None:
    work = wait(DONE)
    with pytest.raises(StopIteration):
        work.send(None)
