"""What was done by hand is kept: the scenario sends the same requests again, and every file can be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator import simulate
from simulator.stream.run_stream import read_stream
from simulator.tape.tape import read_tape
from tests.live_page.running import Live

pytestmark = pytest.mark.slow


@pytest.fixture
def lived(live: Live) -> Live:
    """A page on which people joined, moved, and left, with a fault in between."""
    people = live.get("/api/people")["rows"]
    live.change("title", people[2]["id"], title="Lead: “Pilot” # 1")
    live.change("hire")
    live.clock("cycle")
    live.change("block", people[3]["id"])
    live.post("/api/trouble", {"name": "target_errors_after", "on": True})
    live.clock("cycle")
    live.post("/api/trouble", {"name": "target_errors_after", "on": False})
    live.clock("cycle")
    live.change("manager", people[5]["id"], manager=people[0]["id"])
    live.change("create group", group="Ålesund “A”")
    live.change("add member", people[5]["id"], "Ålesund “A”")
    live.clock("cycle")
    live.clock("advance", 60)
    return live


def test_the_kept_scenario_sends_the_same_requests_and_its_expectations_hold(lived: Live, tmp_path: Path) -> None:
    text = lived.request("GET", "/download/scenario?name=by+hand&story=A+story").data.decode()
    document = yaml.safe_load(text)
    assert document["story"] == "A story"
    assert [event["what"] for event in document["events"]] == [
        "title_changed", "hired", "blocked", "target_errors_after", "manager_changed", "group_created", "member_added",
    ]  # fmt: skip
    assert document["events"][3]["detail"] == {"for": "40m"}
    then = [sentence for event in document["events"] for sentence in event.get("then", [])]
    assert any("has no access" in sentence for sentence in then)
    path = tmp_path / "kept.yaml"
    path.write_text(text, "utf-8")
    result = simulate(path)
    judged = [(event["text"], event["held"]) for event in result.events if event["event"] == "expectation"]
    assert judged
    assert [text for text, held in judged if not held] == []
    by_hand = writes(lived.play.recording.lines())
    assert writes(json.dumps(event).encode() for event in result.events)[: len(by_hand)] == by_hand


def writes(lines: Any) -> list[tuple[str, str]]:
    """Method and body of every write, without the ids that the target chose."""
    events = [json.loads(line) for line in lines]
    return [
        (event["method"], event["cause"]["operation"])
        for event in events
        if event["event"] == "exchange" and event["method"] != "GET"
    ]


def test_every_file_can_be_read_again(lived: Live, tmp_path: Path) -> None:
    sent = lived.get("/api/state")["play"]["requests"]
    for kind, suffix in (("tape", ".tape"), ("har", ".har")):
        path = tmp_path / f"made{suffix}"
        path.write_bytes(lived.request("GET", f"/download/{kind}").data)
        base_url, exchanges = read_tape(path)
        assert base_url == lived.play.target.url
        assert len(list(exchanges)) == sent
    stream = tmp_path / "run.jsonl"
    answer = lived.request("GET", "/download/stream?name=../../etc/pass%20wd")
    assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''etc-pass-wd.jsonl"
    stream.write_bytes(answer.data)
    assert [event["event"] for event in read_stream(stream, "simulate")][-2:] == ["job", "end"]
    report = lived.request("GET", "/download/report").data.decode()
    assert "<h1>Simulation report</h1>" in report
    mapping = json.loads(lived.request("GET", "/download/mapping").data)
    assert mapping["synchronizationRules"]
    assert lived.request("GET", "/download/nonsense").status == 409


def test_the_kept_text_can_be_edited_and_opened(lived: Live) -> None:
    text = lived.get("/api/keep")["scenario"]
    opened = lived.post("/api/scenario", {"name": "", "text": text.replace("Pilot", "Captain")})
    assert opened["events"] == 7
    lived.clock("event")
    lived.clock("cycle")
    who = lived.get("/api/people?search=captain")["rows"][0]["id"]
    assert lived.row(who, "title")["target"] == "Lead: “Captain” # 1"


def test_nothing_to_keep_is_said(live: Live) -> None:
    answer = live.request("GET", "/download/scenario")
    assert answer.status == 409
    assert answer.json()["problem"]["sentence"] == "Nothing was done by hand yet."
    assert live.request("GET", "/download/check").json()["problem"]["next"] == "Run the checks first."
