"""A page is parsed like any JSON, and resources that have not changed are the same objects in the next reading."""

from __future__ import annotations

import random
from typing import Any

import orjson
import pytest

from simulator.verify.known_resources import KnownResources

USERS = [{"schemas": ["u"], "id": str(number), "groups": [{"value": "g"}, {"value": "h"}]} for number in range(5)]


def page(resources: Any, **others: Any) -> bytes:
    return orjson.dumps({"schemas": ["l"], "totalResults": 5, **others, "Resources": resources})


def test_resources_that_have_not_changed_are_the_same_objects_in_the_next_reading() -> None:
    known = KnownResources()
    first = known.page(page(USERS))
    known.begin()
    second = known.page(page([*USERS[1:], {**USERS[0], "active": False}]))
    assert first["Resources"] == USERS
    assert second["Resources"] == [*USERS[1:], {**USERS[0], "active": False}]
    assert all(new is old for new, old in zip(second["Resources"][:-1], first["Resources"][1:], strict=True))


def test_a_resource_that_is_listed_twice_appears_twice() -> None:
    known = KnownResources()
    for _ in range(2):
        assert known.page(page([USERS[0], USERS[1], USERS[0]]))["Resources"] == [USERS[0], USERS[1], USERS[0]]
        known.begin()


@pytest.mark.parametrize(
    "body",
    [
        page([]),
        page(None),
        page(["a", "b"]),
        page([{"schemas": [{"schemas": 1}, {"schemas": 2}]}]),
        page([{"a": 1}, {"b": 2}, {"a": {"a": [{"a": 1}, {"a": 2}]}}]),
        page([{"a": '},{"a":'}, {"a": '"Resources":[{"a":1}]}'}]),
        page(USERS, note='"Resources":['),
        page(USERS, Resource=[{"Resources": [1]}]),
        page(USERS).replace(b":", b": "),
        page(USERS)[:-1] + b',"itemsPerPage":5}',
        b'{"x\\"Resources":[{"a":1}]}',
        b'{"Resources":[{"a":1}],"Resources":[{"a":2},{"a":3}]}',
    ],
)
def test_a_page_is_parsed_correctly_or_left_to_the_parser(body: bytes) -> None:
    assert KnownResources().page(body) in (None, orjson.loads(body))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        page(USERS)[:-1],
        page(USERS)[1:],
        b'"Resources":[{"a":1}]}',
        b'{"Resources":[{"a":1},]}',
        b'{"Resources":[{"a":1}{"a":2}]}',
        b'{"Resources":[{"a":1},{"a":}]}',
        b'{"Resources":[{"a":NaN}]}',
        b'{"Resources":[{"a":"\\ud800"}]}',
        b'{"Resources":[{"a":' + b"[" * 300 + b"]" * 300 + b"}]}",
    ],
)
def test_what_is_not_a_page_is_left_to_the_parser(body: bytes) -> None:
    assert KnownResources().page(body) is None


def test_damaged_pages_are_never_parsed_differently() -> None:
    dice, whole = random.Random(1), page(USERS)
    for _ in range(3_000):
        place = dice.randrange(len(whole))
        body = (
            whole[:place]
            + dice.choice([b"", b",", b'"', b"}", b"]", b'{"schemas":', b"\\"])
            + whole[place + dice.randrange(3) :]
        )
        found = KnownResources().page(body)
        assert found is None or found == orjson.loads(body)
