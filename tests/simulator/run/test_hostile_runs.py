"""A run against a misbehaving target ends with the right exit code and reports every failure."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fake_target import LIST, Received, fake_target, http
from tests.simulator.command_line import run
from tests.stream_lines import stream_lines

TOKEN = "a-secret-token"
CHAOS: list[Any] = [
    None,
    b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nshort",
    b"nonsense\r\n\r\n",
    http(200, b"<html>log in</html>", "text/html"),
    http(200, b"\x1b[2J\x1b]0;title\x07", "text/plain"),
    http(200, gzip.compress(b"{}" * 10), content_encoding="gzip"),
    http(302, None, location="http://127.0.0.1:9/"),
    http(429, None, retry_after="1"),
    http(500, b"{" * 5_000),
    (200, {"schemas": [LIST], "totalResults": 10**9, "Resources": [{"id": "x"}]}),
    (200, {"id": "\u202e../../x", "userName": 7, "members": "all", "name": []}),
    (409, {"detail": "\x1b[31mred\x1b[0m " * 50}),
    (404, None),
]


def chaos(seed: int, share: float) -> Callable[[Received], Any]:
    """Discovery and the first lookups get valid responses; the following responses are chosen from the list."""
    dice, seen = random.Random(seed), 0

    def rule(request: Received) -> Any:
        nonlocal seen
        seen += 1
        return dice.choice(CHAOS) if seen > 9 and dice.random() < share else "well"

    return rule


@pytest.mark.parametrize(("seed", "share"), [(1, 0.05), (2, 0.3), (3, 0.9)])
def test_run_against_chaos_ends_and_tells(seed: int, share: float, tmp_path: Path) -> None:
    with fake_target(chaos(seed, share)) as target:
        shown = run(
            "simulate", "leaver", "--url", target.url, "--token", TOKEN, "--days", "3", "--stream", str(tmp_path / "r.jsonl"),
            "--log", str(tmp_path / "log.jsonl"), "--report", str(tmp_path / "r.html"),
        )  # fmt: skip
    assert shown.returncode == 1, shown.stderr
    assert "Traceback" not in shown.stdout + shown.stderr
    assert all(character.isprintable() or character == "\n" for character in shown.stdout)
    events = stream_lines(tmp_path / "r.jsonl")
    assert any(event["event"] == "entry" and event["status"] == "Failure" for event in events)
    assert events[-1]["summary"]["failed"] > 0
    assert not any(TOKEN in path.read_text("utf-8") for path in tmp_path.iterdir())


def test_absurd_total_is_rejected_and_not_walked(tmp_path: Path) -> None:
    endless = {"schemas": [LIST], "totalResults": 900_000, "Resources": [{"id": "x", "userName": "x"}]}
    with fake_target(lambda r: (200, endless) if "startIndex" in r.path else "well") as target:
        shown = run(
            "simulate",
            "leaver",
            "--url",
            target.url,
            "--token",
            TOKEN,
            "--days",
            "0",
            "--json",
            str(tmp_path / "r.json"),
        )
        assert len(target.received) < 500
    assert shown.returncode == 1
    assert "exceed the limit of 10000 pages" in (tmp_path / "r.json").read_text("utf-8")
