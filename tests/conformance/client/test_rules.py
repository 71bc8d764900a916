"""Rules over made-up recordings: what the embedded server or an HTTP library would not let through."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conformance.client.goals import GOALS
from conformance.client.journey import Journey
from conformance.client.rule import rules
from conformance.client.sent import Sent
from conformance.target.discovery import USER_URN, Target
from simulator.wire.exchange import Exchange

BASE = "https://host/scim/v2"
BULK = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]}
PATCH = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}
TARGET = Target(
    config={"bulk": {"supported": True, "maxOperations": 1, "maxPayloadSize": 300}},
    resource_types=[{"name": "User", "endpoint": "/Users", "schema": USER_URN}],
    schemas={
        USER_URN: {
            "id": USER_URN,
            "attributes": [
                {"name": "userName", "type": "string", "required": True},
                {"name": "shoeSize", "type": "integer"},
                {"name": "emails", "type": "complex", "multiValued": True, "subAttributes": [{"name": "value"}]},
            ],
        }
    },
    base_url=BASE,
)


def sent(method: str, path: str, body: Any = None, *, base: str = BASE, **headers: str) -> Sent:
    raw = None if body is None else json.dumps(body).encode()
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    started = datetime(2026, 3, 2, tzinfo=UTC)
    return Sent(Exchange(1, method, base + path, given, raw, 200, {}, b"", started, 1.0), BASE)


def complaints(rule: str, *requests: Sent) -> list[str]:
    """What a rule says about requests; `fine` for each that it applies to and that keeps it."""
    judged = rules()[rule].judge(Journey("recording", BASE, TARGET, list(requests)))
    return [complaint.message if complaint else "fine" for _, complaint in judged]


def operations(*held: dict[str, Any]) -> dict[str, Any]:
    return {**PATCH, "Operations": list(held)}


@pytest.mark.parametrize(
    ("rule", "request_", "wanted"),
    [
        ("integers", sent("POST", "/Users", {"shoeSize": 42}), ["fine"]),
        ("integers", sent("POST", "/Users", {"shoeSize": "42"}), ["shoeSize has the wrong JSON type."]),
        ("integers", sent("POST", "/Users", {"shoeSize": None}), ["fine"]),
        ("https", sent("GET", "/Users"), ["fine"]),
        ("https", sent("GET", "/Users", base="http://host/scim/v2"), ["The request was sent without TLS."]),
        ("https", sent("GET", "/Users", base="http://127.0.0.1/scim/v2"), []),
        ("user_info", sent("GET", "/Users", base="https://a:b@host/x"), ["The URL contains a user name or password."]),
        ("bulk_limits", sent("POST", "/Bulk", {**BULK, "Operations": [{}]}), ["fine"]),
        (
            "bulk_limits",
            sent("POST", "/Bulk", {**BULK, "Operations": [{}, {}]}),
            ["The request has too many operations."],
        ),
        ("bulk_limits", sent("POST", "/Bulk", {"x": "y" * 300}), ["The bulk request is too large."]),
        ("user_agent", sent("GET", "/Users", user_agent="x/1"), ["fine"]),
        ("user_agent", sent("GET", "/Users"), ["The request has no User-Agent."]),
        ("no_conditional_headers", sent("PUT", "/Users/1", {}, if_match='W/"1"'), ["The request is conditional."]),
        ("simple_filters", sent("GET", "/Users?filter=userName%20eq%20%22a%22"), ["fine"]),
        ("simple_filters", sent("GET", "/Users?filter=userName%20sw%20%22a%22"), 1),
        ("updates_by_patch", sent("PUT", "/Users/1", {"userName": "a"}), ["The client updates with PUT."]),
        ("every_operation_has_a_path", sent("PATCH", "/Users/1", operations({"op": "add", "value": {}})), 1),
        ("one_operation_per_path", sent("PATCH", "/Users/1", operations({"path": "title"}, {"path": "Title"})), 1),
        ("lists_take_arrays", sent("PATCH", "/Users/1", operations({"op": "add", "path": "emails", "value": {}})), 1),
        (
            "filtered_paths_end_in_sub_attributes",
            sent("PATCH", "/Users/1", operations({"op": "replace", "path": 'emails[value eq "a"]', "value": {}})),
            1,
        ),
        ("secrets_of_users", sent("POST", "/Users", {"password": "x"}), ["The client sends a password."]),
        ("groups_without_members", sent("GET", "/Groups?excludedAttributes=members"), ["fine"]),
        ("groups_without_members", sent("GET", "/Groups"), ["The list of groups contains every member."]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_rule_judges_one_request(rule: str, request_: Sent, wanted: list[str] | int) -> None:
    found = complaints(rule, request_)
    if isinstance(wanted, int):
        assert len([message for message in found if message != "fine"]) == wanted
    else:
        assert found == wanted


@pytest.mark.parametrize(
    ("rule", "request_", "got"),
    [
        ("integers", sent("POST", "/Users", {"shoeSize": True}), "true"),
        ("json_body", sent("POST", "/Users", [1]), "array"),
        ("patch_operations", sent("PATCH", "/Users/1", {**PATCH, "Operations": []}), "[]"),
        ("every_operation_has_a_path", sent("PATCH", "/Users/1", operations({"op": "add"})), '{"op": "add"}'),
        ("bulk_method", sent("POST", "/Bulk", {**BULK, "Operations": [{"method": "GET"}]}), '"GET"'),
    ],
)
def test_a_rule_shows_values_as_json(rule: str, request_: Sent, got: str) -> None:
    ((_, complaint),) = rules()[rule].judge(Journey("recording", BASE, TARGET, [request_]))
    assert complaint is not None
    assert complaint.got == got


def test_only_a_host_to_which_a_reply_leads_is_another_origin() -> None:
    first = sent("GET", "/Users", base="https://alias/scim/v2", authorization="Bearer x")
    led = Sent(replace(first.exchange, response_headers={"location": "https://other/Users"}), BASE)
    away = sent("GET", "/Users", base="https://other", authorization="Bearer x")
    careful = sent("GET", "/Users", base="https://other")
    assert complaints("token_for_one_origin", first, away) == []
    assert complaints("token_for_one_origin", led, away) == ["fine", "The token was sent to another origin."]
    assert complaints("token_for_one_origin", led, careful) == ["fine", "fine"]


def test_a_client_that_reads_every_user_does_not_match_by_filter() -> None:
    made = sent("POST", "/Users", {"userName": "a"})
    found = sent("GET", "/Users?filter=userName%20eq%20%22a%22")
    assert complaints("matching_by_filter", sent("GET", "/Users"), made) != ["fine"]
    assert complaints("matching_by_filter", sent("GET", "/Users"), found, made) == ["fine"]


@pytest.mark.parametrize(
    "body", [[], None, "text", {"Operations": "x"}, {"Operations": [1, None]}, {"schemas": {}}, {"": 1}]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/Users/1", "/Bulk", "/Users/.search", "//", "/Users?filter=(&count=x&startIndex="])
def test_no_rule_fails_over_an_odd_request(method: str, path: str, body: Any) -> None:
    for rule in rules().values():
        list(rule.judge(Journey("recording", BASE, TARGET, [sent(method, path, body), sent(method, path, body)])))


def numbered(number: int, method: str, path: str, body: Any = None, answer: Any = None, status: int = 200) -> Sent:
    plain = sent(method, path, body).exchange
    return Sent(replace(plain, number=number, status=status, response_body=json.dumps(answer).encode()), BASE)


@pytest.mark.parametrize(
    ("second", "verdicts"),
    [
        ([], []),
        ([("POST", "/Users", {"userName": "other"})], []),  # a script that invents a name in every run
        (
            [("POST", "/Users", {"userName": "kept"})],
            ["A second, identical run writes again although nothing has changed."],
        ),
        ([("POST", "/Users", {"userName": "gone"})], []),
        ([("GET", "/Users", None)], ["fine"]),
    ],
)
def test_a_second_run_is_judged_by_what_the_first_one_kept(
    second: list[tuple[str, str, Any]], verdicts: list[str]
) -> None:
    first = [
        numbered(1, "POST", "/Users", {"userName": "kept"}, {"id": "1", "userName": "kept"}, 201),
        numbered(2, "POST", "/Users", {"userName": "gone"}, {"id": "2", "userName": "gone"}, 201),
        numbered(3, "DELETE", "/Users/2", status=204),
    ]
    later = [numbered(number, *request) for number, request in enumerate(second, 4)]
    journey = Journey("steady", BASE, TARGET, [*first, *later], second_run=4)
    found = [complaint.message if complaint else "fine" for _, complaint in rules()["second_run"].judge(journey)]
    assert found == verdicts


@pytest.mark.parametrize(
    ("requests", "missed"),
    [
        ([], ["The client gave up after 409."]),
        (
            [("GET", '/Users?filter=userName%20eq%20"anna"', None)],
            ["The client found the existing user and did not update it."],
        ),
        ([("GET", "/Users/1", None), ("PATCH", "/Users/1", {})], []),
    ],
)
def test_an_existing_user_is_linked_and_brought_up_to_date(
    requests: list[tuple[str, str, Any]], missed: list[str]
) -> None:
    made = numbered(1, "POST", "/Users", {"userName": "Anna", "active": True}, status=409)
    later = [numbered(number, *request) for number, request in enumerate(requests, 2)]
    users = [{"id": "1", "userName": "anna", "active": False}]
    journey = Journey("exists-already", BASE, TARGET, [made, *later], users=users)
    assert [complaint.message for _, complaint in GOALS["linked"](journey, None)] == missed
    journey.users = [{"id": "1", "userName": "anna", "active": True}]
    assert [told.message for _, told in GOALS["linked"](journey, None)] == (missed if not requests else [])


@pytest.mark.parametrize(
    ("pages", "messages"),
    [
        ([(1, 2, 4), (3, 2, 4)], ["fine"]),
        ([(1, 2, 4)], ["The client stopped before the last page."]),
        ([(1, 4, 4), (1, 4, 4)], ["fine"]),
        ([(1, 2, 4), (1, 2, 4), (3, 2, 4)], ["fine"]),  # the first request was a probe
        # the list grew while it was read; a later, complete reading does not repair that
        ([(1, 2, 4), (3, 2, 5), (1, 5, 5)], ["The client stopped before the last page.", "fine"]),
    ],
)
def test_each_reading_of_a_list_goes_to_its_last_page(pages: list[tuple[int, int, int]], messages: list[str]) -> None:
    requests = []
    for number, (first, count, total) in enumerate(pages, 1):
        resources = [{"id": str(first + place)} for place in range(count)]
        answer = {"totalResults": total, "Resources": resources}
        requests.append(numbered(number, "GET", f"/Users?startIndex={first}", answer=answer))
    assert complaints("pages_are_read_to_the_end", *requests) == messages


def test_put_may_send_back_what_the_server_has_shown() -> None:
    shown = numbered(1, "GET", "/Users/1", answer={"id": "1", "userName": "a", "favoriteColor": "blue"})
    back = numbered(2, "PUT", "/Users/1", {"userName": "a", "favoriteColor": "blue"})
    unknown = "The server's schemas do not have this attribute."
    assert unknown not in complaints("names_are_known", shown, back)
    assert unknown in complaints("names_are_known", back)
    patched = numbered(2, "PATCH", "/Users/1", operations({"op": "add", "value": {"favoriteColor": "blue"}}))
    assert unknown in complaints("names_are_known", shown, patched)


@pytest.mark.parametrize(("runs", "messages"), [([0], ["The client did not wait after 429."]), ([0, 1], [])])
def test_a_pause_is_judged_within_one_run(runs: list[int], messages: list[str]) -> None:
    throttled = numbered(1, "POST", "/Users", {"userName": "a"}, status=429).exchange
    first = Sent(replace(throttled, response_headers={"retry-after": "5"}), BASE)
    again = replace(throttled, number=2, status=201, started_at=throttled.started_at + timedelta(seconds=1))
    journey = Journey("too-many-requests", BASE, TARGET, [first, Sent(again, BASE)], runs=runs)
    assert [told.message for _, told in GOALS["waited"](journey, None)] == messages
