"""A generated scenario file gives the run of its seed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.scenario.generate import generate_scenario
from simulator.scenario.load import parse_scenario
from simulator.scenario.model import Scenario


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 60), st.integers(1, 40))
def test_generated_file_gives_the_run_of_its_seed(seed: int, users: int, days: int) -> None:
    from_file = parse_scenario(generate_scenario(seed, users, days), "life.yaml")
    random = Scenario(seed=seed, users=users, days=days, life="random")
    assert from_file.timeline(from_file.company()) == random.timeline(random.company())


def test_the_story_counts_days_and_people() -> None:
    stories = [parse_scenario(generate_scenario(7, users, users), "life.yaml").story for users in (1, 20)]
    assert stories[0] == "1 day in a company of 1 person, generated from seed 7"
    assert stories[1] == "20 days in a company of 20 people, generated from seed 7"
