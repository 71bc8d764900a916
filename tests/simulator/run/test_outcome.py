"""A run passes only when something was checked and everything held; its verdict is one sentence."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.run.outcome import Outcome, verdict_of

GOOD = {"cycles": 3, "cycles_converged": 3, "equal_at_the_end": True, "read_backs": 2, "partial_read_backs": 1}
LOOKS = "(full comparisons: 2, partial comparisons: 1)"
AT_THE_END = {"judge": "the end"}


@pytest.mark.parametrize(
    ("changed", "converged", "good", "verdict"),
    [
        ({}, True, True, f"The target matched the directory after each of 3 cycles {LOOKS}."),
        ({"cycles_converged": 2}, False, False, f"The target differed from the directory after 1 of 3 cycles {LOOKS}."),
        ({"failed": 1}, True, False, f"The target matched the directory after each of 3 cycles {LOOKS}."),
        ({"expectations": 4, "expectations_held": 4}, True, True, f"The target matched the directory after each of 3 cycles {LOOKS}."),
        ({"expectations": 4, "expectations_held": 3}, True, False, f"1 of 4 expectations did not hold {LOOKS}."),
        ({"left": 1}, True, True, f"The target matched the directory after each of 3 cycles {LOOKS}. 1 resource could not be removed."),
        ({"still_listed": 2}, True, True, f"The target matched the directory after each of 3 cycles {LOOKS}. The target still lists 2 deleted resources."),
        ({"stopped": "an administrator stopped it"}, False, False, "The job stopped before the end of the scenario: an administrator stopped it."),
        ({**AT_THE_END, "cycles_converged": 0, "failed": 9}, True, True, f"The target matched the directory at the end of 3 cycles {LOOKS}."),
        ({**AT_THE_END, "equal_at_the_end": False}, False, False, f"The target differed from the directory at the end of 3 cycles {LOOKS}."),
        ({**AT_THE_END, "expectations": 2, "expectations_held": 2}, True, True, f"The target matched the directory at the end of 3 cycles, and 2 expectations held {LOOKS}."),
        ({**AT_THE_END, "stopped": "quarantine"}, False, False, "The job stopped before the end of the scenario: quarantine."),
    ],
)  # fmt: skip
def test_a_run_has_a_result_and_a_verdict(changed: dict[str, Any], converged: bool, good: bool, verdict: str) -> None:
    outcome = Outcome(**{**GOOD, **changed})
    assert (outcome.converged, outcome.good) == (converged, good)
    assert verdict_of(outcome) == verdict


@pytest.mark.parametrize("judge", ["every cycle", "the end"])
def test_a_run_without_a_cycle_never_passes(judge: Any) -> None:
    outcome = Outcome(judge=judge, equal_at_the_end=True)
    assert not outcome.converged
    assert not outcome.good
