"""The requests of the benchmark: every one is valid SCIM, and every write changes something."""

from __future__ import annotations

import itertools
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from loadtests.bench.operations import OPERATIONS, newcomers, supply
from loadtests.bench.population import Stored, population
from loadtests.bench.server import Server

USERS = 250
SERVER = Server("a", "http://127.0.0.1:1/scim", "token-of-a-test")
BARE = Server("bare", "http://127.0.0.1:1", "", bare=True)


@pytest.fixture(scope="module")
def stored() -> Stored:
    made = population(USERS)
    names, external_ids = ([person[key] for person in made.people] for key in ("userName", "externalId"))
    return Stored(made.ids, names, external_ids, made.newcomers[:3], "g1")


def parsed(request: bytes) -> tuple[str, str, Any]:
    """Method, target, and body."""
    head, _, body = request.partition(b"\r\n\r\n")
    method, target, _ = head.decode().split("\r\n")[0].split(" ")
    return method, target, json.loads(body) if body else None


def first(operation: str, stored: Stored, count: int, server: Server = SERVER) -> list[tuple[str, str, Any]]:
    return [parsed(request) for request in itertools.islice(supply(operation, server, stored), count)]


@pytest.mark.parametrize("operation", [name for name in OPERATIONS if name != "POST"])
def test_the_supply_never_ends_and_begins_again(stored: Stored, operation: str) -> None:
    requests = first(operation, stored, 1_200)
    assert len(requests) == 1_200
    assert requests.count(requests[0]) > 1


def test_every_user_is_read_in_an_order_that_is_not_the_order_of_creation(stored: Stored) -> None:
    read = [target.rpartition("/")[2] for _, target, _ in first("GET by id", stored, USERS)]
    assert sorted(read) == sorted(stored.ids)
    assert read != stored.ids


@pytest.mark.parametrize(
    ("operation", "attribute"), [("filter userName eq", "userName"), ("filter externalId eq", "externalId")]
)
def test_every_filter_matches_a_user(stored: Stored, operation: str, attribute: str) -> None:
    values = stored.names if attribute == "userName" else stored.external_ids
    asked = {parse_qs(urlsplit(target).query)["filter"][0] for _, target, _ in first(operation, stored, USERS)}
    assert asked == {f'{attribute} eq "{value}"' for value in values}


def test_every_page_is_full(stored: Stored) -> None:
    for _, target, _ in first("page of 100", stored, 100):
        query = parse_qs(urlsplit(target).query)
        assert int(query["startIndex"][0]) + int(query["count"][0]) - 1 <= USERS


def test_a_patch_changes_the_title_that_the_one_before_it_has_set(stored: Stored) -> None:
    titles: dict[str, list[str]] = {}
    for method, target, body in first("PATCH", stored, 2 * USERS):
        assert method == "PATCH"
        titles.setdefault(target, []).append(body["Operations"][0]["value"])
    assert all(before != after for held in titles.values() for before, after in itertools.pairwise(held))


def test_a_member_leaves_before_it_is_added_again(stored: Stored) -> None:
    requests = first("PATCH one member", stored, 100)
    assert {(method, urlsplit(target).path) for method, target, _ in requests} == {("PATCH", "/scim/Groups/g1")}
    assert [body["Operations"][0]["op"].lower() for _, _, body in requests] == ["remove"] * 50 + ["add"] * 50


def test_each_newcomer_is_created_once(stored: Stored) -> None:
    bodies = [parsed(request)[2] for request in newcomers(SERVER, stored)]
    assert [body["userName"] for body in bodies] == [body["userName"] for body in stored.newcomers]
    assert len({body["userName"] for body in bodies} | set(stored.names)) == USERS + 3


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_yardstick_needs_no_ids_and_no_token(stored: Stored, operation: str) -> None:
    request = next(supply(operation, BARE, stored))
    assert b"authorization" not in request
    assert parsed(request)[1].partition("?")[0] == "/Users"
