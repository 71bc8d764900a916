"""The first cycle on the wire: what is sent, in which order, and what is not sent again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from loadtests.scenarios.catalog import carry_out
from loadtests.scenarios.operations import Check, failure_of
from loadtests.scenarios.workload import Workload
from simulator.provisioning.request import Request
from tests.loadtests.first_cycle import first_cycle

Answer = Callable[[Request], tuple[int, Any]]


class Recorder:
    """Notes every request and answers it as told, judged as a run judges."""

    def __init__(self, answer: Answer) -> None:
        self.sent: list[Request] = []
        self.answer = answer

    def __call__(self, request: Request, check: Check) -> Any:
        self.sent.append(request)
        status, body = self.answer(request)
        return None if failure_of(request.operation, status, body, check) else body if body is not None else {}

    def run(self, work: Workload) -> Workload:
        while unit := work.take():
            work.give_back(ok=carry_out(work, unit, self))
        return work

    def count(self, operation: str) -> int:
        return sum(request.operation == operation for request in self.sent)


def empty_target(request: Request) -> tuple[int, Any]:
    """An empty target; everything that is created gets an id."""
    if request.method == "GET":
        return 200, {"totalResults": 0}
    if request.method == "POST":
        assert request.body is not None
        return 201, {"id": f"id of {request.body['externalId']}"}
    return 204, None


def full_target(request: Request) -> tuple[int, Any]:
    """A target in which all users already exist."""
    if request.method == "GET":
        attribute, _, value = parse_qs(urlsplit(request.path).query)["filter"][0].partition(" eq ")
        name = value.strip('"')
        if request.operation == "probe user":
            return 200, {"totalResults": 0, "Resources": []}
        return 200, {"totalResults": 1, "Resources": [{"id": f"id of {name}", attribute: name}]}
    assert request.method == "PATCH"
    return 204, None


def test_an_empty_target_gets_everything_once_and_in_order() -> None:
    recorder = Recorder(empty_target)
    work = recorder.run(first_cycle(3, 12))
    members = sum(len(group.member_indexes) for group in work.groups)
    expected = {"probe user": 1, "match user": 12, "create user": 12, "match group": len(work.groups)}
    expected |= {"create group": len(work.groups), "add member": members, "set manager": 11}
    assert {name: recorder.count(name) for name in expected} == expected
    assert len(recorder.sent) == sum(expected.values())
    assert work.record.failed == 0
    assert len(work.record.made) == 12 + len(work.groups)
    kinds = [request.operation for request in recorder.sent]
    assert kinds[0] == "probe user"
    assert kinds[1:5] == ["match user", "create user"] * 2
    assert max(i for i, kind in enumerate(kinds) if kind == "create user") < kinds.index("match group")
    assert max(i for i, kind in enumerate(kinds) if kind == "create group") < kinds.index("add member")


def test_every_member_is_added_by_a_patch_of_its_own() -> None:
    recorder = Recorder(empty_target)
    recorder.run(first_cycle(3, 5))
    bodies = [request.body for request in recorder.sent if request.operation == "add member"]
    assert bodies
    for body in bodies:
        assert body is not None
        (operation,) = body["Operations"]
        assert operation["path"] == "members"
        assert len(operation["value"]) == 1


def test_names_of_operations_hold_no_id_so_that_figures_add_up() -> None:
    recorder = Recorder(empty_target)
    recorder.run(first_cycle(3, 20))
    assert len({request.operation for request in recorder.sent}) == 7


def test_a_run_that_continues_creates_no_user_twice() -> None:
    recorder = Recorder(full_target)
    work = recorder.run(first_cycle(3, 8))
    assert recorder.count("create user") == recorder.count("create group") == 0
    assert work.record.made == []
    assert len(work.record.user_ids) == 8
    assert work.record.failed == 0


def test_no_one_is_created_when_the_match_failed() -> None:
    recorder = Recorder(lambda request: (500, None) if request.operation == "match user" else empty_target(request))
    work = recorder.run(first_cycle(3, 4))
    assert recorder.count("create user") == 0
    assert recorder.count("add member") == recorder.count("set manager") == 0
    assert work.record.user_ids == {}
    assert work.finished
    assert work.record.failed == 4 + sum(len(group.member_indexes) for group in work.groups) + 3


def test_a_target_that_ignores_filters_links_no_one_to_a_stranger() -> None:
    stranger = {"totalResults": 1, "Resources": [{"id": "x", "userName": "stranger"}]}
    recorder = Recorder(lambda request: (200, stranger) if request.operation == "match user" else empty_target(request))
    assert recorder.run(first_cycle(3, 4)).record.user_ids == {}


def test_the_requests_are_the_same_in_every_run() -> None:
    first, second = Recorder(empty_target), Recorder(empty_target)
    first.run(first_cycle(5, 10))
    second.run(first_cycle(5, 10))
    assert first.sent == second.sent
