"""Tapes: HAR in and out, and scrubbing that leaks nothing and still replays."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.tape.har import UnreadableHar, from_har, to_har
from simulator.tape.scrub import BASE_URL, Scrubber
from simulator.tape.tape import UnreadableTape, read_tape, write_tape
from simulator.wire.exchange import Exchange
from tests.fake_target import fake_target
from tests.simulator.test_workbench import at, run
from tests.stream_schema import assert_valid

BASE = "https://tenant-of-acme.example/scim/v2"
CANARIES = [
    "Łucja",
    "Wójcik",
    "lucja@acme.example",
    "+48 12 200 1",
    "Sales of ACME",
    "31 Main Street",
    "e-4711-x",
    "acme",
    "id-of-lucja",
]


def exchange(method: str, path: str, body: Any = None, answer: Any = None, status: int = 200) -> Exchange:
    return Exchange(
        number=1,
        method=method,
        url=BASE + path,
        request_headers={"authorization": "Bearer [redacted]", "x-tenant": "acme"},
        request_body=None if body is None else json.dumps(body, ensure_ascii=False).encode(),
        status=status,
        response_headers={"content-type": "application/scim+json", "x-served-by": "acme-7"},
        response_body=b"" if answer is None else json.dumps(answer, ensure_ascii=False).encode(),
        started_at=datetime(2026, 3, 2, tzinfo=UTC),
        duration_ms=1.5,
        cause={"operation": "create user", "person": "e-4711-x"},
    )


USER = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "id": "id-of-lucja",
    "userName": "lucja@acme.example",
    "name": {"givenName": "Łucja", "familyName": "Wójcik"},
    "emails": [{"type": "work", "primary": True, "value": "lucja@acme.example"}],
    "phoneNumbers": [{"type": "work", "value": "+48 12 200 1"}],
    "addresses": [{"type": "work", "streetAddress": "31 Main Street"}],
    "externalId": "e-4711-x",
    "active": True,
    "urn:acme:scim:2.0:User": {"costCentre": "Sales of ACME", "number": 4711},
    "meta": {"resourceType": "User", "location": f"{BASE}/Users/id-of-lucja", "created": "2026-03-02T00:00:00Z"},
}
TAPE = [
    exchange("GET", "/Users?filter=userName+eq+%22lucja%40acme.example%22", answer={"totalResults": 0, "Resources": []}),
    exchange("POST", "/Users", USER, USER, 201),
    exchange("GET", "/Users?filter=USERNAME%20eq%20%22Lucja%40ACME.example%22", answer={"totalResults": 1, "Resources": [USER]}),
    exchange("PATCH", "/Users/id-of-lucja", {"Operations": [{"op": "Replace", "path": 'emails[type eq "work"].value', "value": "lucja@acme.example"}]}, USER),
    exchange("PATCH", "/Groups/7", {"Operations": [{"op": "remove", "path": 'members[value eq "id-of-lucja"]'}]}, status=204),
    exchange("POST", "/Users", USER, {"status": "409", "detail": "Łucja Wójcik is there"}, 409),
    exchange("GET", "/Users/id-of-lucja", answer=None, status=404),
]  # fmt: skip


def text_of(exchanges: list[Exchange]) -> str:
    return "".join(json.dumps(one.to_event(), ensure_ascii=False) for one in exchanges)


def test_scrubbed_tape_holds_none_of_the_canaries() -> None:
    assert all(canary in text_of(TAPE) for canary in ("Łucja", "31 Main Street"))
    scrubbed = text_of(list(Scrubber(BASE).scrubbed(TAPE)))
    assert [canary for canary in CANARIES if canary.casefold() in scrubbed.casefold()] == []


def test_scrubbing_is_consistent_within_a_tape_and_different_between_two() -> None:
    one, other = (list(Scrubber(BASE).scrubbed(TAPE)) for _ in range(2))
    created, found = one[1].request_json(), one[3].response_json()
    assert created == found
    assert one[3].url.endswith(f"/Users/{created['id']}")
    assert f'members[value eq \\"{created["id"]}\\"]' in (one[4].request_body or b"").decode()
    assert created["userName"] == created["emails"][0]["value"]
    assert created["userName"].partition("@")[0] in one[0].url
    assert (
        one[0].url.rpartition("=")[2].rpartition("+")[2] == one[2].url.rpartition("=")[2].rpartition("+")[2]
    )  # without case
    assert created != other[1].request_json()
    assert (created["active"], created["schemas"], created["emails"][0]["type"]) == (True, USER["schemas"], "work")
    assert all(exchange.url.startswith(BASE_URL) for exchange in one)


@given(st.recursive(st.text(min_size=6) | st.integers(10**6) | st.booleans(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "custom", "value", "x.y"]), inner, max_size=3), max_leaves=8))  # fmt: skip
def test_no_text_of_unknown_attributes_survives(body: Any) -> None:
    scrubbed = next(iter(Scrubber(BASE).scrubbed([exchange("POST", "/Users", {"root": body})])))
    kept = scrubbed.request_body or b""

    def texts(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [text for item in value.values() for text in texts(item)]
        if isinstance(value, list):
            return [text for item in value for text in texts(item)]
        return [value] if isinstance(value, str) else []

    held = texts(json.loads(kept))
    assert not set(texts(body)) & set(held)


def test_har_goes_there_and_back() -> None:
    base, back = from_har(json.loads(json.dumps(to_har(TAPE))))
    assert base == BASE
    for one, other in zip(TAPE, back, strict=True):
        assert (one.method, one.url, one.status) == (other.method, other.url, other.status)
        assert (one.request_body, one.response_body) == (other.request_body, other.response_body)


def test_har_of_a_browser_keeps_only_scim_and_no_secret() -> None:
    headers = [{"name": "Authorization", "value": "Bearer VERY-SECRET"}, {"name": "Cookie", "value": "s=VERY-SECRET"}]
    page = {"request": {"method": "GET", "url": "https://x.example/app.js", "headers": []}, "response": {"status": 200}}
    entry = {
        "request": {"method": "GET", "url": "https://x.example/scim/Users/7", "headers": headers},
        "response": {"status": 200, "content": {"text": "eyJpZCI6IjcifQ==", "encoding": "base64"}, "headers": []},
    }
    base, found = from_har({"log": {"entries": [page, entry]}})
    assert base == "https://x.example/scim"
    assert [one.response_json() for one in found] == [{"id": "7"}]
    assert "VERY-SECRET" not in text_of(found)


@pytest.mark.parametrize("document", [[], {}, {"log": {}}, {"log": {"entries": [{}]}}, {"log": {"entries": []}}])
def test_what_is_no_har_is_refused(document: Any, tmp_path: Path) -> None:
    with pytest.raises(UnreadableHar):
        from_har(document)
    path = tmp_path / "x.har"
    path.write_text(json.dumps(document))
    with pytest.raises(UnreadableTape, match=r"x\.har"):
        read_tape(path)


@pytest.mark.slow
def test_recorded_scrubbed_and_converted_tapes_replay_alike(tmp_path: Path) -> None:
    assert run("simulate", "leaver", "--days", "2", "--record", str(tmp_path / "a.har")).returncode == 0
    assert run("replay", str(tmp_path / "a.har"), "--scrub", str(tmp_path / "b.tape")).returncode == 0
    assert run("replay", str(tmp_path / "b.tape"), "--convert", str(tmp_path / "c.har")).returncode == 0
    for name in ("a.har", "b.tape", "c.har"):
        shown = run("replay", str(tmp_path / name), "--stream", str(tmp_path / "run.jsonl"))
        assert shown.returncode == 0, shown.stdout
        assert "answers meant the same" in shown.stdout
        assert_valid(tmp_path / "run.jsonl", "exchange")
    assert "contoso" not in (tmp_path / "c.har").read_text("utf-8")


def test_responses_that_differ_are_events_of_the_stream(tmp_path: Path) -> None:
    write_tape(tmp_path / "t.tape", BASE, TAPE)
    with fake_target(lambda request: "well") as target:
        shown = run("replay", str(tmp_path / "t.tape"), *at(target), "--stream", str(tmp_path / "run.jsonl"))
    assert shown.returncode == 1, shown.stderr
    assert_valid(tmp_path / "run.jsonl", "exchange", "departure")


def test_tape_that_is_written_is_read(tmp_path: Path) -> None:
    assert write_tape(tmp_path / "t.tape", BASE, TAPE) == len(TAPE)
    base, found = read_tape(tmp_path / "t.tape")
    assert (base, [one.url for one in found]) == (BASE, [one.url for one in TAPE])
