"""Random scenarios with faults are reproducible by seed and converge once the faults stop."""

from __future__ import annotations

import pytest

from simulator.commands.chaos import chaos_scenario, run_chaos
from tests.simulator.command_line import run as command


def test_chaos_is_the_same_for_the_same_seed() -> None:
    assert chaos_scenario(7) == chaos_scenario(7)
    assert chaos_scenario(7) != chaos_scenario(8)


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [2, pytest.param(200, marks=pytest.mark.full)])
def test_chaos_converges(seeds: int) -> None:
    shown_ = command("simulate", "--chaos", str(seeds), "--seed", "500")
    assert shown_.returncode == 0, shown_.stdout
    assert f"{seeds} of {seeds} runs converged" in shown_.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("idp", "seeds"), [("okta", 1), pytest.param("okta-wizard", 50, marks=pytest.mark.full)])
def test_chaos_plays_the_chosen_provider(idp: str, seeds: int) -> None:
    shown_ = command("simulate", "--chaos", str(seeds), "--seed", "500", "--idp", idp)
    assert f"{seeds} of {seeds} runs converged" in shown_.stdout, shown_.stdout


def test_chaos_names_the_difference_that_is_left_and_how_to_repeat_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    """Keycloak does not look for a user whose creation was not confirmed."""
    events = [
        {"day": 1, "at": "09:00", "what": "target_loses_replies", "detail": {"for": "1h"}},
        {"day": 1, "at": "09:01", "what": "hired", "person": 8},
    ]
    changed = {"users": 8, "days": 1, "life": "none", "events": events}
    assert run_chaos(2, 1, provider={"idp": "keycloak"}, **changed) == 1
    shown_ = capsys.readouterr().out
    assert "unexpected: expected no resource, found user" in shown_
    assert "scimulator simulate --chaos 1 --seed 2 --idp keycloak" in shown_
    assert run_chaos(2, 1, **changed) == 0
