"""Runs of `scimulator check` against a server, as tests start them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conformance.check_api.session import MARKER
from conformance.defects.wire import Reply, Request, Server
from reference_server.embedded import EmbeddedServer
from tests.stream_lines import stream_lines
from tests.support import Scim
from tests.warm_process import run_command

Between = Callable[[Request, Server], Reply]


Events = list[dict[str, Any]]


SOME = "test_3_3 or test_3_6 or test_3_5_2_1"


def of(events: Events, kind: str) -> Events:
    return [event for event in events if event["event"] == kind]


def verdicts(events: Events) -> dict[str, str]:
    return {event["id"]: event["verdict"] for event in of(events, "check")}


def run(url: str, token: str, folder: Path, *options: str) -> tuple[int, Events, str]:
    """`scimulator check` against a URL: exit code, events, what it printed. Without a crowd, unless it is asked for."""
    stream = folder / "run.jsonl"
    arguments = ["check", "--url", url, "--no-fuzz", "--stream", str(stream), *options]
    arguments += [] if "--crowd" in options else ["--no-crowd"]
    done = run_command(*arguments, env={**os.environ, "SCIM_TOKEN": token}, cwd=folder)
    assert "Traceback" not in done.stderr, done.stderr[-3000:]
    assert done.returncode != 70, done.stdout[-1500:] + done.stderr[-1500:]
    events = stream_lines(stream) if stream.is_file() and done.returncode != 2 else []
    return done.returncode, events, done.stdout + done.stderr


def marked(server: EmbeddedServer) -> list[str]:
    """What still bears the suite's marker."""
    scim = Scim(server)
    found = []
    for endpoint, name in (("/Users", "userName"), ("/Groups", "displayName")):
        path = f"{endpoint}?filter={name}+sw+%22{MARKER}%22&count=500"
        replies = (scim.get(path) for _ in range(10))  # a server with faults may throttle some of them
        listed = next(reply for reply in replies if reply.status == 200).json
        found += [item[name] for item in listed["Resources"]]
    return found
