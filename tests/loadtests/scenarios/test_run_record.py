"""The record of a run survives JSON, adds up over workers, and leaves out what another worker owns."""

from __future__ import annotations

import json

from loadtests.scenarios.run_record import Made, RunRecord, record_from_json

RECORD = RunRecord(
    user_ids={0: "a", 1: "b"},
    group_ids={3: "g"},
    made=[Made("/Users", 0, "a"), Made("/Groups", 3, "g")],
    revisions={1: 2},
    inactive={1},
    joined={7, 5},
    left_groups={(3, 1), (3, 0)},
    leaver_seconds={1: 0.25, 5: None},
    failed=2,
)


def test_a_record_survives_json() -> None:
    assert record_from_json(json.loads(json.dumps(RECORD.to_json()))) == RECORD
    assert record_from_json(RunRecord().to_json()) == RunRecord()


def test_json_lists_are_sorted_and_keys_are_strings() -> None:
    value = RECORD.to_json()
    assert (value["joined"], value["left_groups"]) == ([5, 7], [[3, 0], [3, 1]])
    assert value["user_ids"] == {"0": "a", "1": "b"}
    assert value["leaver_seconds"] == {"1": 0.25, "5": None}


def test_records_of_workers_add_up() -> None:
    whole = RunRecord()
    whole.add(RECORD)
    whole.add(RunRecord(user_ids={2: "c"}, made=[Made("/Users", 2, "c")], inactive={2}, failed=1))
    assert whole.user_ids == {0: "a", 1: "b", 2: "c"}
    assert [made.path for made in whole.made] == ["/Users/a", "/Groups/g", "/Users/c"]
    assert (whole.inactive, whole.failed) == ({1, 2}, 3)
    assert RECORD.user_ids == {0: "a", 1: "b"}, "what was added is unchanged"


def test_ids_that_were_only_looked_up_are_left_out() -> None:
    own = RECORD.owned(lambda number: number % 2 == 0)
    assert (own.user_ids, own.group_ids) == ({0: "a"}, {})
    assert own.revisions == RECORD.revisions


def test_leavers_that_stayed_active_are_listed() -> None:
    assert RECORD.still_active == [5]
