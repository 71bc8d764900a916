"""What fuzzing made is found and removed, also when an answer was lost."""

from __future__ import annotations

import itertools

import pytest

from conformance.check_api.session import MARKER
from conformance.target.client import Client
from conformance.target.discovery import USER_URN
from reference_server.embedded import EmbeddedServer
from tests.conformance.fuzz.flawed_server import Seen, Serve
from tests.conformance.fuzz.fuzz_runs import fuzz, listed


class SearchCreates:
    """Takes a search for a creation."""

    def __init__(self, good: EmbeddedServer) -> None:
        self._client = Client(good.base_url, good.token)
        self._names = itertools.count()

    def __call__(self, seen: Seen) -> None:
        if seen.path == "/Users/.search":
            name = f"{MARKER}-fuzz-search-{next(self._names)}"
            made = self._client.send("POST", "/Users", {"schemas": [USER_URN], "userName": name})
            seen.status, seen.told = made.status, made.json


@pytest.mark.slow
def test_search_that_creates_is_found_and_cleaned_up(serve: Serve, shared_server: EmbeddedServer) -> None:
    fuzzed = fuzz(serve(SearchCreates(shared_server)), shared_server.token, only="search_user.pos")
    assert fuzzed.named("fuzz_search_user[positive]")["message"] == "POST /Users/.search: a search creates a resource"
    assert fuzzed.left == []
    assert listed(shared_server, "/Users", "userName") == []


@pytest.mark.slow
def test_what_a_lost_answer_made_is_found_by_its_name(serve: Serve, shared_server: EmbeddedServer) -> None:
    def loses_the_answer(seen: Seen) -> None:
        if seen.method == "POST" and seen.path == "/Users" and seen.status == 201:
            seen.status, seen.headers, seen.told = 502, {}, None

    fuzzed = fuzz(serve(loses_the_answer), shared_server.token, only="create_user.pos")
    assert fuzzed.with_verdict("FAIL") == ["fuzz_create_user[positive]"]
    assert listed(shared_server, "/Users", "userName") == []


@pytest.mark.slow
def test_what_cannot_be_removed_is_reported(serve: Serve, shared_server: EmbeddedServer) -> None:
    def refuses_to_delete(seen: Seen) -> None:
        if seen.method == "DELETE":
            seen.status, seen.headers, seen.told = 403, {}, None
        elif seen.method == "GET" and seen.path.startswith("/Groups/"):
            seen.status = 200

    url = serve(refuses_to_delete)
    fuzzed = fuzz(url, shared_server.token, examples=1, only="create_group.pos")
    assert len(fuzzed.left) >= 1
    assert all(left.startswith(f"{url}/Groups/") for left in fuzzed.left)
