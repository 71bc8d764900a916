"""The hash index: documents by value, in the order in which they received it."""

from __future__ import annotations

import pytest

from reference_server.storage.index import HashIndex, StagedIndex
from reference_server.storage.tables import Record


def by_tags(record: Record) -> tuple[str, ...]:
    return tuple(record["tags"])


def test_an_index_follows_documents_from_version_to_version() -> None:
    index = HashIndex(by_tags)
    first, second = {"tags": ["a"]}, {"tags": ["a", "b"]}
    index.replace(1, None, first)
    assert (list(index.ids("a")), index.count("a"), index.count("b")) == ([1], 1, 0)
    index.replace(2, None, second)
    index.replace(1, first, second)
    assert (list(index.ids("a")), list(index.ids("b"))) == ([1, 2], [2, 1])
    index.replace(2, second, first)
    index.replace(1, second, None)
    assert (list(index.ids("a")), list(index.ids("b")), index.count("a")) == ([2], [], 1)
    index.clear()
    assert list(index.ids("a")) == []


def test_a_document_that_names_a_value_twice_is_listed_once() -> None:
    index = HashIndex(by_tags)
    index.replace(1, None, {"tags": ["a", "a"]})
    assert list(index.ids("a")) == [1]


def test_a_new_document_joins_those_that_have_its_value_and_leaves_without_a_trace() -> None:
    index = HashIndex(by_tags)
    for doc_id in (1, 2, 3):
        index.insert(doc_id, {"tags": ["a", f"only {doc_id}", "a"]})
    assert (list(index.ids("a")), list(index.ids("only 2"))) == ([1, 2, 3], [2])
    index.remove(2, {"tags": ["a", "only 2", "a"]})
    assert (list(index.ids("a")), list(index.ids("only 2")), index.count("only 2")) == ([1, 3], [], 0)


class BySource:
    """Keys that are made of one value of a record."""

    made = 0
    source = ("resource", "tags")

    def __call__(self, record: Record) -> tuple[str, ...]:
        self.made += 1
        return tuple(record["resource"]["tags"])


def test_keys_are_computed_only_if_their_source_is_another_object() -> None:
    keys_of, tags = BySource(), ["a"]
    index = HashIndex(keys_of)
    index.replace(1, None, {"resource": {"tags": tags}})
    index.replace(1, {"resource": {"tags": tags}}, {"resource": {"tags": tags, "title": "x"}})
    assert (keys_of.made, list(index.ids("a"))) == (1, [1])
    index.replace(1, {"resource": {"tags": tags}}, {"resource": {"tags": ["b"]}})
    assert (keys_of.made, list(index.ids("a")), list(index.ids("b"))) == (3, [], [1])
    index.replace(1, {"resource": {"tags": ["b"]}}, None)
    assert list(index.ids("b")) == []


class ByTown:
    """Keys of an index that keeps the name of each person in a town."""

    field, only_key = "name", "town"

    def __call__(self, record: Record) -> tuple[str, ...]:
        return (record["town"],)


class Unread(dict[int, Record]):
    """Records that must not be read."""

    def __getitem__(self, doc_id: int) -> Record:
        raise AssertionError(f"document {doc_id} was read")


@pytest.mark.parametrize("staged", [False, True])
def test_a_field_that_never_changes_is_read_from_the_index(staged: bool) -> None:
    index, people = HashIndex(ByTown()), dict[int, Record]()

    def change(*numbers: int, away: bool = False) -> None:
        new = {} if away else {number: {"name": f"n{number}", "town": "Oslo"} for number in numbers}
        old = {number: people.pop(number) for number in numbers if away}
        if staged:
            changed = StagedIndex(index)
            changed.insert_all([*new], [*new.values()])
            changed.remove_all([*old], [*old.values()])
            changed.finish()
            changed.apply()
        else:
            for number in numbers:
                index.replace(number, old.get(number), new.get(number))
        people.update(new)

    def check() -> None:
        listed = tuple(people[number]["name"] for number in index.ids("Oslo"))
        assert index.fields(["Oslo", "Rome"], people, "name") == [listed, ()]
        assert index.fields(["Oslo"], people, "town") == [("Oslo",) * len(people)]
        if len(people) > 1:
            assert index.fields(["Oslo"], Unread(), "name") == [listed], "after the first time, no record is read"

    for numbers, away in (((1,), False), ((2,), False), ((1,), True), ((3, 1), False), ((2,), True), ((4, 5), False)):
        change(*numbers, away=away)
        check()
    change(*range(10, 400))
    check()
    change(*range(11, 399, 2), away=True)
    check()
    change(*range(11, 30))
    check()
