"""Bulk requests of the suite itself: portions within the target's limits, and only results that report success count."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.run import bulk
from conformance.target.client import Client
from conformance.target.discovery import Target
from tests.fake_target import Answer, Received, fake_target

JOBS = {number: ("/Users", {"userName": f"user{number}", "title": "t" * 100}) for number in range(1_200)}


def target_with(**limits: int) -> Target:
    return Target({"bulk": {"supported": True, **limits}})


@pytest.mark.parametrize(
    ("limits", "largest"),
    [
        ({"maxOperations": 1_000, "maxPayloadSize": 10**9}, 500),
        ({"maxOperations": 7, "maxPayloadSize": 10**9}, 7),
        ({}, 500),
    ],
)
def test_portions_hold_every_job_once_within_the_limits(limits: dict[str, int], largest: int) -> None:
    cut = list(bulk.portions(target_with(**limits), JOBS))
    assert [number for portion in cut for number in portion] == list(JOBS)
    assert max(map(len, cut)) <= largest
    assert len(cut[0]) <= bulk.TRIAL


def test_portions_stay_below_the_payload_limit() -> None:
    size = 4_000
    for portion in bulk.portions(target_with(maxOperations=1_000, maxPayloadSize=size), JOBS):
        operations = [
            {"method": "POST", "path": path, "bulkId": f"crowd{n}", "data": body} for n, (path, body) in portion.items()
        ]
        assert len(json.dumps({"schemas": [bulk.BULK_URN], "Operations": operations})) <= size


def test_no_jobs_need_no_portion() -> None:
    assert list(bulk.portions(target_with(), {})) == []


FEW = {number: JOBS[number] for number in range(3)}
BASE = "https://host/scim/Users/"
GOOD = [{"bulkId": f"crowd{n}", "status": "201", "location": f"{BASE}id{n}"} for n in range(3)]


@pytest.mark.parametrize(
    ("results", "ids"),
    [
        (GOOD, {0: "id0", 1: "id1", 2: "id2"}),
        (GOOD[::-1], {0: "id0", 1: "id1", 2: "id2"}),
        ([{**GOOD[0], "status": {"code": "201"}}, {**GOOD[1], "status": "409"}], {0: "id0"}),
        ([{**GOOD[0], "location": None}, {**GOOD[1], "bulkId": "other"}, "no result"], {}),
        ("no list", {}),
    ],
)
def test_only_results_that_report_success_count(results: Any, ids: dict[int, str]) -> None:
    with fake_target() as target:
        target.rule = lambda request: (200, {"Operations": results})
        assert bulk.create(Client(target.url, "token-of-a-test"), FEW) == ids


@pytest.mark.parametrize("answer", [(500, {}), None])
def test_request_that_fails_creates_and_deletes_nothing(answer: Answer) -> None:
    with fake_target() as target:
        target.rule = lambda request: answer
        client = Client(target.url, "token-of-a-test")
        urls = [f"{target.url}/Users/1"]
        assert bulk.create(client, FEW) == {}
        assert bulk.delete(client, target_with(), urls) == urls


def test_deletions_are_matched_by_their_order() -> None:
    def answer(request: Received) -> Answer:
        paths = [operation["path"] for operation in request.json["Operations"]]
        return 200, {"Operations": [{"status": "404" if path.endswith("2") else "500"} for path in paths]}

    with fake_target() as target:
        target.rule = answer
        urls = [f"{target.url}/Users/{n}" for n in (1, 2, 3)]
        left = bulk.delete(Client(target.url, "token-of-a-test"), target_with(maxOperations=2), urls)
        assert left == [urls[0], urls[2]]
        assert len(target.received) == 2
