"""An end that no cycle has seen is read back before it is called equal."""

from __future__ import annotations

from pathlib import Path

from simulator.run.outcome import verdict_of
from tests.simulator.lives import judged, lived


def test_run_that_ends_in_an_outage_is_not_called_equal(tmp_path: Path) -> None:
    """The last look before the outage agreed; the leaver of the outage is still active, and that is what counts."""
    outcome, events = lived(
        tmp_path,
        {"day": 3, "at": "09:00", "what": "target_down"},
        {
            "day": 3,
            "at": "10:00",
            "what": "blocked",
            "person": "anna",
            "then": "the target equals the directory within 2h",
        },
        judge="the end",
    )
    assert (outcome.equal_at_the_end, outcome.good) == (False, False)
    assert judged(events) == [("the target equals the directory within 2h", False)]
    last = [event for event in events if event["event"] == "difference"][-1]
    assert (last["kind"], last["found"]) == ("active", "True")
    assert (outcome.leavers_still_active, verdict_of(outcome).endswith("1 user who left is still active.")) == (1, True)
