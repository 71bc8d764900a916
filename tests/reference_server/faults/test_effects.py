"""What each fault does to a request: lost replies, statuses, cuts, stale reads, duplicates, delays."""

from __future__ import annotations

import pytest
import urllib3

from tests.reference_server.support import Start
from tests.support import USER

Broken = (urllib3.exceptions.ProtocolError, urllib3.exceptions.IncompleteRead)


def test_lost_reply_is_done_but_not_answered(start: Start) -> None:
    with start({"when": {"method": "POST", "nth": 1}, "do": {"lose_reply": True}}) as scim:
        body = {"schemas": [USER], "userName": "anna@example.com"}
        with pytest.raises(Broken):
            scim.request("POST", "/Users", body)
        again = scim.request("POST", "/Users", body)
        assert (again.status, again.json["scimType"]) == (409, "uniqueness")
        assert scim.get("/Users").json["totalResults"] == 1


def test_status_comes_with_its_retry_after_and_does_nothing(start: Start) -> None:
    rule = {"when": {"method": "POST", "path": "/Users", "nth": 2}, "do": {"status": 429, "retry_after_s": 7}}
    with start(rule) as scim:
        scim.user()
        reply = scim.request("POST", "/Users", {"schemas": [USER], "userName": "b"})
        assert (reply.status, reply.headers["retry-after"], reply.json["status"]) == (429, "7", "429")
        assert reply.headers["scimulator-fault"] == "status=429 request=2"
        assert scim.get("/Users").json["totalResults"] == 1


def test_cut_before_does_nothing_and_cut_within_leaves_half_an_answer(start: Start) -> None:
    before = {"when": {"method": "POST", "nth": 1}, "do": {"cut": "before"}}
    within = {"when": {"method": "GET", "nth": 1}, "do": {"cut": "within"}}
    with start(before, within) as scim:
        with pytest.raises(Broken):
            scim.request("POST", "/Users", {"schemas": [USER], "userName": "a"})
        with pytest.raises(Broken):
            scim.get("/Users")
        assert scim.get("/Users").json["totalResults"] == 0


def test_stale_read_is_the_answer_before(start: Start) -> None:
    with start({"when": {"method": "GET", "nth": 2}, "do": {"stale_read": True}}) as scim:
        anna = scim.user(title="Old")
        assert scim.get(f"/Users/{anna['id']}").json["title"] == "Old"
        scim.patch(f"/Users/{anna['id']}", {"op": "replace", "path": "title", "value": "New"})
        assert scim.get(f"/Users/{anna['id']}").json["title"] == "Old"
        assert scim.get(f"/Users/{anna['id']}").json["title"] == "New"


def test_duplicate_is_delivered_twice(start: Start) -> None:
    with start({"when": {"method": "POST"}, "do": {"duplicate": True}}) as scim:
        reply = scim.request("POST", "/Users", {"schemas": [USER], "userName": "a"})
        assert reply.status == 409
        assert scim.get("/Users").json["totalResults"] == 1


@pytest.mark.parametrize("effect", ["delay_ms", "slow_body_ms"])
def test_slow_answers_are_whole(start: Start, effect: str) -> None:
    with start({"when": {"nth": 1}, "do": {effect: 30}}) as scim:
        reply = scim.get("/Schemas")
        assert reply.json["totalResults"] > 0
        assert reply.headers["scimulator-fault"].startswith(effect)
