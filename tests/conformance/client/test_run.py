"""The result of a run: its sentence, its exit code, and its duration."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from conformance.client.run import ClientRun, ClientSettings
from conformance.target.discovery import USER_URN
from simulator.stream.run_stream import RunStream
from tests.conformance.client.test_rules import BASE, TARGET, sent


def _ended(level: str, **body: Any) -> dict[str, Any]:
    """The end of a run over one POST, whose label is a warning."""
    labels = {"content_type": "application/json", "accept": "application/scim+json", "user_agent": "x/1"}
    posted = sent("POST", "/Users", {"schemas": [USER_URN], **body}, **labels, authorization="Bearer x").exchange
    events: list[Any] = []
    with RunStream(None, (events.append,)) as stream:
        settings = ClientSettings("--tape x", level=level)
        ClientRun(settings, stream, watch=itertools.count(100, 90.5).__next__).read(BASE, [posted], TARGET)
    return dict(events[-1])


@pytest.mark.parametrize(
    ("level", "body", "code", "words"),
    [
        ("must", {"userName": "a"}, 0, "None of the {} rules and situations failed;"),
        ("should", {"userName": "a"}, 1, "1 of {} rules and situations has a warning, which counts as a failure."),
        ("must", {"userName": "a", "shoeSize": "42"}, 1, "1 of {} rules and situations failed."),
        (
            "should",
            {"userName": "a", "shoeSize": "42"},
            1,
            "1 of {} rules and situations failed, and 1 has a warning, which counts as a failure.",
        ),
    ],
)
def test_the_sentence_agrees_with_the_exit_code(level: str, body: dict[str, Any], code: int, words: str) -> None:
    end = _ended(level, **body)
    total = sum(end["summary"]["verdicts"].values())
    assert end["exit_code"] == code
    assert end["verdict"].startswith(words.format(total))


def test_the_duration_is_that_of_the_whole_run() -> None:
    assert _ended("must", userName="a")["summary"]["wall_seconds"] == 90.5
