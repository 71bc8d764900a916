"""Scrubbing leaks nothing."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from simulator.tape.scrub import BASE_URL, Scrubber
from simulator.wire.exchange import Exchange
from tests.simulator.tape.made_up_tape import BASE, CANARIES, TAPE, USER, exchange


def text_of(exchanges: list[Exchange]) -> str:
    return "".join(json.dumps(one.to_event(), ensure_ascii=False) for one in exchanges)


def test_scrubbed_tape_holds_none_of_the_canaries() -> None:
    assert all(canary in text_of(TAPE) for canary in ("Łucja", "31 Main Street"))
    scrubbed = text_of(list(Scrubber(BASE).scrubbed(TAPE)))
    assert [canary for canary in CANARIES if canary.casefold() in scrubbed.casefold()] == []


def test_scrubbing_is_consistent_within_a_tape_and_different_between_two() -> None:
    one, other = (list(Scrubber(BASE).scrubbed(TAPE)) for _ in range(2))
    created, found = json.loads(one[1].request_body or b""), one[3].response_json()
    assert created == found
    assert one[3].url.endswith(f"/Users/{created['id']}")
    assert f'members[value eq \\"{created["id"]}\\"]' in (one[4].request_body or b"").decode()
    assert created["userName"] == created["emails"][0]["value"]
    assert created["userName"].partition("@")[0] in one[0].url
    assert (
        one[0].url.rpartition("=")[2].rpartition("+")[2] == one[2].url.rpartition("=")[2].rpartition("+")[2]
    )  # without case
    assert created != json.loads(other[1].request_body or b"")
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
