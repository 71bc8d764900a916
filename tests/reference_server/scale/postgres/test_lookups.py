"""Look-ups that share a statement: each gets the lines with its number."""

from __future__ import annotations

from reference_server.scale.postgres.lookups import COUNTED, LISTED, RECORD, SPACE


def test_the_values_of_look_ups_are_sent_as_one_array_for_each_parameter() -> None:
    assert RECORD.given([(1, "a"), (2, "b")]) == {"given_spaces": [1, 2], "given_keys": ["a", "b"]}
    assert SPACE.given([("people",)]) == {"given_names": ["people"]}


def test_each_look_up_gets_its_own_lines() -> None:
    line = {"position": 7, "key": "b", "body": "{}"}
    found = RECORD.answers([(1, "a"), (1, "b")], [{0: 2, **line}])
    assert found[1, "a"] is None
    assert (found[1, "b"].position, found[1, "b"].key) == (7, "b")
    listed = LISTED.answers([(1, "name", b"x"), (1, "name", b"y")], [{0: 1, "index": 3, **line}] * 2)
    assert {asked[2]: len(rows) for asked, rows in listed.items()} == {b"x": 2, b"y": 0}


def test_an_index_that_is_not_built_is_not_an_empty_one() -> None:
    asked = [(1, "name", b"x")]
    not_built = {0: 1, "index": None, "position": None, "key": None, "body": None, "size": 0}
    assert LISTED.answers(asked, [not_built]) == COUNTED.answers(asked, [not_built]) == {asked[0]: None}
    assert LISTED.answers(asked, []) == {asked[0]: []}
    assert COUNTED.answers(asked, [{**not_built, "index": 3}]) == {asked[0]: 0}
