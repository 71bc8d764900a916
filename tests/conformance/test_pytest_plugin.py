"""The suite runs under pytest itself."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

from reference_server.embedded import EmbeddedServer
from tests.conformance.real_runs import SOME, marked
from tests.support import ROOT


def test_suite_runs_under_pytest_itself(own_server: EmbeddedServer, tmp_path: Path) -> None:
    """The command of docs/check.md, for some checks of another profile."""
    page = (ROOT / "docs" / "check.md").read_text("utf-8")
    line = next(line for line in page.splitlines() if line.startswith("pytest "))
    place = {"https://host/scim/v2": own_server.base_url, "$SCIM_TOKEN": own_server.token, "entra": "rfc"}
    command = [sys.executable, "-m", *(place.get(word, word) for word in shlex.split(line))]
    command += ["-p", "no:cacheprovider", "-q", "-k", SOME]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
    assert marked(own_server) == []


def test_other_runs_see_only_names_with_our_prefix(tmp_path: Path) -> None:
    """The plugins are installed for every pytest run of the environment."""
    shown = {}
    for option in ("--fixtures", "--markers"):
        command = [sys.executable, "-m", "pytest", option, "-p", "no:cacheprovider", "-q"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, cwd=tmp_path)
        shown[option] = done.stdout
    fixtures = re.findall(r"^(\w+).* -- .*(?:simulator|conformance)/pytest_plugin", shown["--fixtures"], re.MULTILINE)
    assert len(fixtures) >= 3
    assert [name for name in fixtures if not name.startswith("scim_")] == []
    markers = re.findall(r"^@pytest\.mark\.(\w+)", shown["--markers"], re.MULTILINE)
    assert not {"alone", "crowd"} & set(markers)
