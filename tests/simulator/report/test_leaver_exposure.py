"""The exposure of a leaver, in minutes and in words."""

from __future__ import annotations

import pytest

from simulator.report.html import simulation_page
from simulator.report.json_report import simulation_json
from simulator.report.leaver_exposure import collect_lives, duration_text
from tests.simulator.report.made_up_run import PERSON, stream


def test_exposure_is_sixty_hours_and_eight_minutes() -> None:
    exposure = collect_lives(stream())[PERSON].exposures[0]
    assert exposure.minutes == 60 * 60 + 8
    assert [step.rpartition(":")[2][3:] for step in exposure.steps] == [
        "left in the directory",
        "provisioned as inactive",
        "access revoked, sessions ended",
    ]
    assert "60 h 8 min of access after leaving" in simulation_page(stream())
    assert simulation_json(stream())["exposures"][0]["minutes"] == 3608


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0 min"), (59.4, "59 min"), (60, "1 h 0 min"), (3608, "60 h 8 min"), (5000, "3 d 11 h")]
)
def test_durations_in_words(minutes: float, words: str) -> None:
    assert duration_text(minutes) == words
