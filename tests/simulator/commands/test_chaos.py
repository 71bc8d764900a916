"""Random scenarios with faults are reproducible by seed and converge once the faults stop."""

from __future__ import annotations

import pytest

from simulator.commands.chaos import chaos_scenario
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
