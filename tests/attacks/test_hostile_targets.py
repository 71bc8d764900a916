"""Answers without end, bombs, and headers without end, to every tool: it ends with a code of its contract, and stays small."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from reference_server.embedded import EmbeddedServer
from tests.attacks.forwarding import Forwarding
from tests.attacks.test_second_listener import tape
from tests.fake_target import Answer, Drip, FakeTarget, Received, bomb, fake_target, http
from tests.warm_process import run_code

TOKEN = "token-of-a-test"
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/scim+json\r\n"
MEGABYTE = 1024 * 1024
MOST_MEMORY = 700 * MEGABYTE  # of a tool with all that it has imported; without the limits it is several GiB
# Runs the command in a process of its own, and leaves its exit code, its last words, and the memory of all its processes.
MEASURED = """
import contextlib, io, json, resource, sys, traceback
import scimulator
told, code = io.StringIO(), 0
with contextlib.redirect_stderr(told):
    try:
        scimulator.main()
    except SystemExit as end:
        code = end.code
    except BaseException:
        code = traceback.format_exc()
most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
json.dump([code, told.getvalue(), most * 1024], open("measured.json", "w"))
"""


class Endless(Drip):
    """A head, and then as much of one letter as the client takes, up to 4 GiB."""

    chunked = False

    def pour(self, connection: socket.socket, ended: threading.Event) -> None:
        with suppress(OSError):
            connection.sendall(self)
            part = b"x" * MEGABYTE
            for _ in range(4_096):
                if ended.is_set():
                    return
                connection.sendall(b"100000\r\n" + part + b"\r\n" if self.chunked else part)


class EndlessChunks(Endless):
    chunked = True


ANSWERS: dict[str, Answer] = {
    "no length": Endless(HEAD + b"\r\n"),
    "chunks": EndlessChunks(HEAD + b"transfer-encoding: chunked\r\n\r\n"),
    "length": Endless(HEAD + b"content-length: 99999999999\r\n\r\n"),
    "header": Endless(HEAD + b"x-endless: "),
    "bomb": http(200, bomb(2_000), content_encoding="deflate"),
    "deep": http(200, b"[" * 900 + b"]" * 900),
    "surrogate": http(
        200, b'{"id": "\\ud800", "schemas": ["\\ud800"], "totalResults": 1, "Resources": [{"id": "\\ud800"}]}'
    ),
    "numbers": http(200, b'{"id": "1", "totalResults": ' + b"9" * 5_000 + b', "startIndex": 1e999, "Resources": []}'),
    "shapes": http(200, b'{"id": [], "totalResults": {}, "Resources": {"a": 1}, "schemas": 7, "meta": 7}'),
}


def well_until_post(answer: Answer, server: EmbeddedServer) -> Callable[[Received], Answer]:
    """A real server's answers up to the first POST, and from it on the hostile one."""
    turned = threading.Event()
    forwarding = Forwarding(server, TOKEN)

    def rule(request: Received) -> Answer:
        if turned.is_set() or request.method == "POST":
            turned.set()
            return answer
        well = forwarding.answer(request)
        return http(well.status, well.data)

    return rule


def command(tool: str, target: FakeTarget, folder: Path) -> tuple[str, ...]:
    where = ("--url", target.url, "--token", TOKEN)
    if tool == "replay":
        return "replay", tape(folder, "https://recorded.example", *["https://recorded.example/Users/7"] * 3), *where
    return {
        "check": ("check", *where, "--no-fuzz", "-k", "listing", "--timeout", "20"),
        "fuzz": ("check", *where, "-k", "fuzz", "--examples", "2", "--timeout", "20"),
        "simulate": ("simulate", "leaver", *where),
        "provision": ("provision", "3", *where),
        "load": ("load", *where, "--users", "3"),
        "openapi": ("check", *where, "--openapi"),
    }[tool]


def ended_well(folder: Path, *arguments: str) -> None:
    assert run_code(MEASURED, *arguments, cwd=folder) == 0
    code, told, memory = json.loads((folder / "measured.json").read_text("utf-8"))
    assert code in (0, 1, 2, 3), f"{arguments[0]}: {code}: {told[-3_000:]}"
    assert "Traceback" not in told
    assert memory < MOST_MEMORY


def some(of_each_run: set[str], everything: dict[str, Answer], *tools: str) -> list[Any]:
    """Every pair of a tool and an answer; those that are not named `tool-answer` only in the full run."""
    pairs = [(tool, name) for tool in tools for name in everything]
    return [
        pytest.param(
            tool,
            everything[name],
            id=f"{tool}-{name}",
            marks=() if f"{tool}-{name}" in of_each_run else pytest.mark.full,
        )
        for tool, name in pairs
    ]


FROM_THE_START = {
    "check-chunks",
    "check-bomb",
    "openapi-deep",
    "simulate-header",
    "simulate-shapes",
    "replay-surrogate",
}
LATER = {
    "check-bomb",
    "check-shapes",
    "check-surrogate",
    "simulate-chunks",
    "simulate-surrogate",
    "provision-numbers",
    "load-header",
    "load-bomb",
}


@pytest.mark.parametrize(
    ("tool", "answer"), some(FROM_THE_START, ANSWERS, "check", "openapi", "simulate", "provision", "replay")
)
def test_a_target_that_is_hostile_from_the_start(tmp_path: Path, answer: Answer, tool: str) -> None:
    with fake_target(lambda request: answer) as target:
        ended_well(tmp_path, *command(tool, target, tmp_path))


@pytest.mark.parametrize(("tool", "answer"), some(LATER, ANSWERS, "check", "fuzz", "simulate", "provision", "load"))
def test_a_target_that_turns_hostile_later(
    tmp_path: Path, shared_server: EmbeddedServer, answer: Answer, tool: str
) -> None:
    with fake_target(well_until_post(answer, shared_server)) as target:
        ended_well(tmp_path, *command(tool, target, tmp_path))
