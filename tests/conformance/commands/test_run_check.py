"""What `check` does with its options besides running: lists the checks, prints the target as OpenAPI."""

from __future__ import annotations

import json

import pytest

from reference_server.embedded import EmbeddedServer
from tests.support import Command


@pytest.mark.slow
def test_list_names_each_check_with_its_first_requirement(scimulator: Command) -> None:
    shown = scimulator("check", "--list", "-k", "test_3_4_1")
    *lines, last = shown.stdout.splitlines()
    assert shown.returncode == 0
    assert last == f"{len(lines)} checks"
    assert all(line.startswith("rfc7644/test_3_4_1") and line.split()[-1].startswith("RFC7644-") for line in lines)


@pytest.mark.slow
def test_openapi_is_printed_alone(scimulator: Command, shared_server: EmbeddedServer) -> None:
    shown = scimulator("check", "--openapi", "--url", shared_server.base_url, "--token", shared_server.token)
    assert shown.returncode == 0
    assert json.loads(shown.stdout)["openapi"].startswith("3.1")
    wrong = scimulator("check", "--openapi", "--url", shared_server.base_url, "--token", "wrong")
    assert (wrong.returncode, "rejects the token" in wrong.stderr) == (3, True)
