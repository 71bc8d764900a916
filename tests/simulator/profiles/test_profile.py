"""Every provider with a profile runs the built-in scenarios; unknown providers are rejected with the reason."""

from __future__ import annotations

import pytest

from simulator.profiles.profile import PROFILES, UNKNOWN, load_profile
from simulator.scenario.load import list_scenarios
from tests.simulator.command_line import run

LARGE = ("mixed-life", "company-year", "big-reorganisation", "quarter")
NOT_FOR_THEM = {("keycloak", "brownfield"): "the plug-in looks nobody up and fails on 409"}


@pytest.mark.slow
@pytest.mark.parametrize("idp", PROFILES)
def test_built_in_scenarios_run_with_each(idp: str) -> None:
    """All that are not about Entra alone: the first days of two here, which have groups; all of them with `-m full`."""
    for name in ("mover", "leaver"):
        shown = run("simulate", name, "--days", "2", "--idp", idp)
        assert shown.returncode == 0, (name, shown.stdout)
        assert "provider: " in shown.stdout


@pytest.mark.full
@pytest.mark.parametrize("idp", PROFILES)
def test_every_built_in_scenario_runs_with_each(idp: str) -> None:
    for name, _ in list_scenarios():
        if name in LARGE:
            continue
        shown = run("simulate", name, "--idp", idp)
        expected = 2 if "supports only entra" in shown.stderr else 1 if (idp, name) in NOT_FOR_THEM else 0
        assert shown.returncode == expected, (name, shown.stdout, shown.stderr)


@pytest.mark.parametrize("idp", [*UNKNOWN, "nonsense"])
def test_unknown_provider_is_rejected_with_the_reason(idp: str) -> None:
    shown = run("simulate", "leaver", "--idp", idp)
    assert shown.returncode == 2
    assert UNKNOWN.get(idp, "expected one of entra, okta") in shown.stderr
    assert shown.stderr.count("\n") == 1


def test_profiles_list_what_they_assume() -> None:
    assert all(load_profile(idp).assumed for idp in PROFILES if not idp.startswith("okta"))
