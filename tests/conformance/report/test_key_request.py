"""The request that a check is about: never the preparation and never the clean-up."""

from __future__ import annotations

import json

import pytest

from conformance.report.key_request import key_request_of, path_pattern, said, short_url
from tests.conformance.made_up_runs import BASE, ID, broken_patch, check, exchange


def test_the_act_is_the_write_before_the_reading_back() -> None:
    events = broken_patch()
    exchanges = {event["number"]: event for event in events[:-1]}
    act = key_request_of(events[-1], exchanges)
    assert act is not None
    assert (act["method"], act["status"]) == ("PATCH", 204)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ([("POST", "/Users", 201), ("GET", "/Users?filter=x", 200), ("DELETE", "/Users/1", 204)], 1),
        (
            [
                ("POST", "/Users", 201),
                ("DELETE", "/Users/1", 204),
                ("GET", "/Users/1", 200),
                ("DELETE", "/Users/1", 404),
            ],
            1,
        ),
        ([("DELETE", "/Users/1", 204), ("DELETE", "/Users/1", 404)], 0),
        ([("DELETE", "/Users/1", 500), ("DELETE", "/Users/1", 500)], 1),
        ([("GET", "/Schemas", 200)], 0),
    ],
)
def test_the_act_is_neither_preparation_nor_cleaning(sent: list[tuple[str, str, int]], expected: int) -> None:
    exchanges = {n: exchange(n, *request) for n, request in enumerate(sent)}
    act = key_request_of(check(exchanges=list(exchanges)), exchanges)
    assert act is not None
    assert act["number"] == expected


def test_a_finding_that_quotes_a_patch_is_about_it() -> None:
    operations = [[{"op": "add", "path": "nickName", "value": name}] for name in ("é", "b", "c")]
    exchanges = {n: exchange(n, "PATCH", "/Users/1", sent={"Operations": sent}) for n, sent in enumerate(operations)}
    found = check(message=f"PATCH {json.dumps(operations[0], ensure_ascii=False)}: leaves", exchanges=[0, 1, 2])
    act = key_request_of(found, exchanges)
    assert act is not None
    assert act["number"] == 0


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        ("GET /Users?startIndex=9: 500", 1),
        ("POST /Users with broken JSON: 500; POST /Users/.search with null: 500; and 7 more", 2),
        ("GET /Users?startIndex=9: 400", 3),
        ("500", 3),
    ],
)
def test_a_finding_that_names_a_request_is_about_it(got: str, expected: int) -> None:
    sent = [
        ("POST", "/Users", 409),
        ("GET", "/Users?startIndex=9", 500),
        ("POST", "/Users", 500),
        ("POST", "/Users/.search", 404),
    ]
    exchanges = {n: exchange(n, *request) for n, request in enumerate(sent)}
    act = key_request_of(check(got=got, exchanges=list(exchanges)), exchanges)
    assert act is not None
    assert act["number"] == expected


def test_a_request_is_reported_in_short() -> None:
    assert short_url(f"{BASE}/Users/{ID}?filter=userName+eq+%22a%22", BASE) == '/Users/2819…?filter=userName eq "a"'
    assert path_pattern(f"{BASE}/Groups/{ID}") == "/Groups/{id}"
    assert path_pattern(f"{BASE}/ServiceProviderConfig") == "/ServiceProviderConfig"
    assert said(broken_patch()[1]) == 'remove  emails[type eq "home"]'
    assert said(exchange(1, "POST", sent={"schemas": ["x"], "userName": "a"})) == '{"userName": "a"}'
    assert said(exchange(1, "POST", sent="no json {")) == "no json {"
