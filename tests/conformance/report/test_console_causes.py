"""A cause on the console: its curl command sends the same request."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conformance.report.console_causes import again_command
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


@pytest.mark.parametrize(
    ("changes", "settings", "again"),
    [
        ({"profile": "client-ipsie", "situation": "steady"}, {}, "--situation steady --profile ipsie -- run.sh"),
        ({"profile": "client", "situation": "page-cap"}, {}, "--situation page-cap -- run.sh"),
        ({"profile": "situations"}, {"client": ""}, "--situation test_w"),
        ({"profile": "client"}, {"level": "should"}, "--level should -- run.sh"),
        ({"profile": "client", "verdict": "FAIL"}, {"level": "should"}, "-- run.sh"),
        ({"profile": "client-ipsie", "situation": "steady"}, {"client": "--tape x"}, "--profile ipsie --tape x"),
    ],
)
def test_the_command_that_judges_a_client_again_reproduces_the_finding(
    changes: dict[str, str], settings: dict[str, Any], again: str
) -> None:
    finding = check("test_w", **{"verdict": "WARN", **changes})
    (header, *_) = run(finding, **{"client": "-- run.sh", **settings})
    assert again_command(finding, header) == f"scimulator check-client {again}"


def test_a_warning_that_counts_is_repeated_with_the_level_at_which_it_counts() -> None:
    finding = check("test_w", "WARN")
    again = {level: again_command(finding, run(finding, level=level)[0]) for level in ("must", "should")}
    assert again["should"].replace(" --level should", "") == again["must"] != again["should"]
