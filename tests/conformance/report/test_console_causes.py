"""A cause on the console: its curl command sends the same request."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.conformance.made_up_runs import BASE, ID, broken_patch, check, exchange, run, shown


def test_the_curl_of_the_console_sends_the_same_request(tmp_path: Path) -> None:
    told = shown(run(*broken_patch()))
    lines = told.splitlines()
    begin = next(at for at, line in enumerate(lines) if line.startswith("      curl"))
    end = next(at for at, line in enumerate(lines) if at > begin and line.startswith("      again"))
    script = "\n".join(lines[begin:end]).replace("      curl      curl", 'printf "%s\\n"', 1)
    words = subprocess.run(
        ["sh", "-c", script], env={"SCIM_TOKEN": "tok"}, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert words[:4] == ["-i", "-X", "PATCH", f"{BASE}/Users/{ID}"]
    assert "Authorization: Bearer tok" in words
    assert json.loads(words[-1])["Operations"] == [{"op": "remove", "path": 'emails[type eq "home"]'}]


def test_a_failure_after_several_steps_shows_them_in_order() -> None:
    events = broken_patch()
    told = ["story: 1. POST User → 201", "story: 2. PATCH User → 200", "something else"]
    events[-1]["remarks"] = [{"verdict": "NOTE", "message": words, "expected": "", "got": ""} for words in told]
    lines = shown(run(*events)).splitlines()
    at = lines.index("      story     1. POST User → 201")
    assert lines[at + 1] == "                2. PATCH User → 200"
    assert "something else" not in "\n".join(lines)


def test_a_finding_about_a_client_stands_for_itself_and_names_the_command_that_judges_it_again() -> None:
    failed = check(
        "unavailable", "FAIL", requirement="RFC7644-3.2-14", profile="situations", got="503", file="client/x.csv"
    )
    told = shown(
        run(exchange(1, status=503), {**failed, "exchanges": [1]}, profiles=["client"], client="-- python3 sync.py")
    )
    assert told.startswith("scimulator check-client -- python3 sync.py")
    assert "      again     scimulator check-client --situation unavailable -- python3 sync.py" in told
    assert failed["title"] in told  # and not what a server does that answers 503
    assert "Replace the id" not in told
