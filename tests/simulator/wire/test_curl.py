"""A curl command sends the same request again when it is pasted into a shell, and holds no token."""

from __future__ import annotations

import os
import shlex
import subprocess
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from simulator.wire.curl import as_curl
from simulator.wire.exchange import Exchange

READ = Exchange(
    number=1,
    method="GET",
    url="https://host.example/scim/v2/Users?filter=userName+eq+%22a%22&count=1",
    request_headers={"authorization": "Bearer [redacted]", "accept": "application/scim+json"},
    request_body=None,
    status=200,
    response_headers={},
    response_body=b"",
    started_at=datetime(2026, 3, 2, tzinfo=UTC),
    duration_ms=1.0,
)


def pasted(command: str) -> list[str]:
    """The arguments that a shell gives to curl."""
    script = f"curl() {{ printf '%s\\0' \"$@\"; }}; {command}"
    shown = subprocess.run(
        ["/bin/sh", "-c", script], capture_output=True, check=True, env={**os.environ, "SCIM_TOKEN": "secret"}
    )
    return shown.stdout.decode().split("\0")[:-1]


def test_a_read_is_one_line_with_the_token_from_the_environment() -> None:
    assert as_curl(READ) == (
        "curl -i -X GET 'https://host.example/scim/v2/Users?filter=userName+eq+%22a%22&count=1' "
        """-H "Authorization: Bearer $SCIM_TOKEN" -H 'accept: application/scim+json'"""
    )


@pytest.mark.parametrize(
    "body",
    [
        '{"userName":"Anna \\"Ann\\" O\'Brien"}',
        "$(touch pwned) `id` $SCIM_TOKEN \\",
        "two\nlines ; rm -rf *",
        "Łucja 👩‍💻",
    ],
)
def test_a_shell_passes_the_body_on_unchanged(body: str) -> None:
    command = as_curl(replace(READ, method="POST", url="http://h/U'sers?$(id)", request_body=body.encode()))
    words = pasted(command)
    assert words[:4] == ["-i", "-X", "POST", "http://h/U'sers?$(id)"]
    assert words[-2:] == ["--data-raw", body]
    assert "Authorization: Bearer secret" in words


def test_only_headers_that_decide_the_answer_are_sent_again() -> None:
    headers = {"if-match": 'W/"1"', "content-type": "application/scim+json", "user-agent": "x", "cookie": "[redacted]"}
    words = shlex.split(as_curl(replace(READ, request_headers=headers)))
    sent = [words[at + 1] for at, word in enumerate(words) if word == "-H"]
    assert sent == ["content-type: application/scim+json", 'if-match: W/"1"']  # sent without a token as well
