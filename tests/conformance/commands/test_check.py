"""`scimulator check`: the options that the examples for CI use exist."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.support import ROOT, Command


@pytest.mark.slow
@pytest.mark.parametrize("name", ["github-action.yml", "gitlab-ci.yml"])
def test_examples_for_ci_use_options_that_exist(scimulator: Command, name: str) -> None:
    text = (ROOT / "docs" / "ci" / name).read_text()
    assert isinstance(yaml.safe_load(text), dict)
    command = text.partition("scimulator check --profile")[2]
    used = set(re.findall(r" (--[a-z-]+)", command.partition("artifacts")[0].partition("- name")[0]))
    assert {"--sarif", "--junit", "--markdown", "--html"} <= used
    known = scimulator("check", "--help").stdout
    assert {option for option in used | {"--baseline", "--fail-on"} if option not in known} == set()
