"""The hash index: documents by value, in the order in which they received it."""

from __future__ import annotations

from reference_server.storage.index import HashIndex
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
