"""HAR files in and out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.tape.har import UnreadableHar, from_har, to_har
from simulator.tape.tape import UnreadableTape, read_tape
from simulator.wire.exchange import Exchange
from tests.simulator.tape.made_up_tape import BASE, TAPE


def text_of(exchanges: list[Exchange]) -> str:
    return "".join(json.dumps(one.to_event(), ensure_ascii=False) for one in exchanges)


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
def test_what_is_no_har_is_rejected(document: Any, tmp_path: Path) -> None:
    with pytest.raises(UnreadableHar):
        from_har(document)
    path = tmp_path / "x.har"
    path.write_text(json.dumps(document))
    with pytest.raises(UnreadableTape, match=r"x\.har"):
        read_tape(path)
