"""Changed PATCH operations: what the server still receives when a defect leaves out or replaces some."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from conformance.defects.patch_operations import Operation, changed, is_, paths, quietly, without_operations
from conformance.defects.wire import Request, Server
from tests.conformance.defects.recorder import ANNA, Recorder

ADD: Operation = {"op": "Add", "path": 'emails[type eq "work"].value', "value": "a@x"}
REMOVE: Operation = {"op": "remove", "path": "title"}
WHOLE: Operation = {"op": "replace", "value": {"active": False}}


def patch(*operations: Operation) -> Request:
    body = {"schemas": ["urn:x"], "Operations": operations}
    return Request("PATCH", "/Users/1", "", {"authorization": "Bearer t"}, orjson.dumps(body))


@pytest.mark.parametrize(
    ("unwanted", "sent"),
    [([], [ADD, REMOVE]), ([ADD], [REMOVE]), ([REMOVE], [ADD]), ([WHOLE], [ADD, REMOVE])],
)
def test_only_the_unwanted_operations_are_left_out(unwanted: list[Operation], sent: list[Operation]) -> None:
    recorder = Recorder()
    without_operations(patch(ADD, REMOVE), Server(recorder), unwanted)
    (received,) = recorder.seen
    assert received.json == {"schemas": ["urn:x"], "Operations": sent}


def test_without_any_operation_left_success_is_reported_and_nothing_is_written() -> None:
    recorder = Recorder()
    replies = [without_operations(patch(ADD), Server(recorder), [ADD]), quietly(patch(ADD), Server(recorder))]
    assert [(reply.status, reply.json) for reply in replies] == [(200, ANNA)] * 2
    assert recorder.seen == [Request("GET", "/Users/1", "", {"authorization": "Bearer t"})] * 2


@pytest.mark.parametrize(
    ("new", "sent"),
    [
        ({"op": "add"}, [{"op": "add"}, {"op": "add"}]),
        ([], []),
        ([{"op": "a"}, {"op": "b"}], [{"op": "a"}, {"op": "b"}] * 2),
    ],
)
def test_one_operation_becomes_one_none_or_several(new: Any, sent: list[Operation]) -> None:
    recorder = Recorder()
    changed(patch(ADD, REMOVE), Server(recorder), lambda operation: new)
    assert recorder.seen[0].operations == sent


def test_a_request_without_operations_passes_unchanged() -> None:
    request, recorder = Request("PUT", "/Users/1", body=b'{"Operations": [{"op": "add"}]}'), Recorder()
    changed(request, Server(recorder), lambda operation: [])
    assert recorder.seen == [request]


def test_paths_are_listed_and_an_operation_without_one_has_an_empty_path() -> None:
    assert paths(patch(REMOVE, WHOLE)) == ["title", ""]


@pytest.mark.parametrize(
    ("operation", "op", "path", "expected"),
    [
        (ADD, "add", "emails", True),
        (ADD, "add", "", True),
        (ADD, "replace", "emails", False),
        (ADD, "add", "title", False),
        (WHOLE, "replace", "", True),
        (WHOLE, "replace", "active", False),
        ({}, "add", "", False),
    ],
)
def test_the_op_is_compared_case_insensitively_and_the_path_by_its_beginning(
    operation: Operation, op: str, path: str, expected: bool
) -> None:
    assert is_(operation, op, path) is expected
