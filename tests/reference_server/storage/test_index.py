"""The hash index: documents by value, in the order in which they received it."""

from __future__ import annotations

from reference_server.storage.index import HashIndex
from reference_server.storage.tables import KeysOfAttribute, Record


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


def test_keys_are_computed_only_if_the_value_is_another_object() -> None:
    made, tags = list[int](), ["a"]

    def keys(part: Record) -> tuple[str, ...]:
        made.append(1)
        return tuple(part["tags"])

    index = HashIndex(KeysOfAttribute("resource", "tags", keys))
    index.replace(1, None, {"resource": {"tags": tags}})
    index.replace(1, {"resource": {"tags": tags}}, {"resource": {"tags": tags, "title": "x"}})
    assert (len(made), list(index.ids("a"))) == (1, [1])
    index.replace(1, {"resource": {"tags": tags}}, {"resource": {"tags": ["b"]}})
    assert (len(made), list(index.ids("a")), list(index.ids("b"))) == (3, [], [1])
    index.replace(1, {"resource": {"tags": ["b"]}}, None)
    index.replace(2, None, {"resource": {"title": "x"}})
    assert (len(made), list(index.ids("b"))) == (4, [])
