"""Look-ups that share a statement: each gets the lines with the numbers of its kind and its own."""

from __future__ import annotations

from typing import Any

from reference_server.scale.postgres.lookups import COUNTED, LISTED, RECORD, SPACE, answers, statement


def test_the_values_of_look_ups_are_sent_as_one_array_for_each_parameter() -> None:
    sent, given = statement({RECORD: [(1, "a"), (2, "b")], SPACE: [("people",)]})
    assert given == {"record_spaces": "{1,2}", "record_keys": ["a", "b"], "space_names": ["people"]}
    assert str(sent).count("UNION ALL") == 1


def test_the_same_kinds_share_a_statement() -> None:
    kinds: dict[Any, Any] = {RECORD: [(1, "a")], SPACE: [("people",)]}
    reversed_kinds = dict(reversed(kinds.items()))
    assert statement(kinds)[0] is statement(reversed_kinds)[0]
    assert statement(kinds)[0] is not statement({RECORD: [(1, "a")]})[0]


def test_each_look_up_gets_its_own_lines() -> None:
    keys, under = [(1, "a"), (1, "b")], [(1, "name", b"x"), (1, "name", b"y")]
    lines = [(RECORD.number, 2, None, 7, "b", "{}"), *[(LISTED.number, 1, 3, 7, "b", "{}")] * 2]
    found = answers({RECORD: keys, LISTED: under}, lines)
    assert found[RECORD][1, "a"] is None
    assert (found[RECORD][1, "b"].position, found[RECORD][1, "b"].key) == (7, "b")
    assert {asked[2]: len(rows) for asked, rows in found[LISTED].items()} == {b"x": 2, b"y": 0}


def test_an_index_that_is_not_built_is_not_an_empty_one() -> None:
    asked = [(1, "name", b"x")]
    for kind, empty in ((LISTED, []), (COUNTED, 0)):
        not_built = (kind.number, 1, None, 0, None, None)
        assert answers({kind: asked}, [not_built])[kind] == {asked[0]: None}
        counted = [(kind.number, 1, 3, 0, None, None)] if kind is COUNTED else []
        assert answers({kind: asked}, counted)[kind] == {asked[0]: empty}
