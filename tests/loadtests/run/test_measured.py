"""What was measured: the verdict's sentence, the summary's figures, and the order of what is written."""

from __future__ import annotations

from typing import Any

import pytest

from loadtests.measurements.result import Result
from loadtests.measurements.time_series import Series, Total, figures
from loadtests.run.locust_process import Processes
from loadtests.run.measured import Measured, measured, summary, verdict, write_figures
from loadtests.run.options import Options, Yardstick
from loadtests.scenarios.plan import Settings
from loadtests.scenarios.run_record import RunRecord
from simulator.stream.run_stream import RunStream


def result(*, requests: int = 10, seconds: float = 2.0, **changed: Any) -> Result:
    """Requests that are spread evenly over the seconds."""
    series = Series()
    for number in range(requests):
        series.note(int(number * seconds / requests), "read user", 5.0, failed=False)
    values: dict[str, Any] = {"finished": True, "gave_up": False, "generator_share": 0.5, **changed}
    return Result(series=series, operations=figures(series.whole()), seconds=seconds, **values)


@pytest.mark.parametrize(
    ("changed", "counts", "sentence"),
    [
        ({}, (0, 0, 0, 0), "The end state is correct, and all limits of the budget are met."),
        ({"gave_up": True}, (0, 0, 0, 0), "The target stopped responding after 10 requests."),
        ({"lost": 1}, (0, 0, 0, 0), "1 worker was lost together with its results."),
        (
            {"lost": 2},
            (1, 0, 0, 0),
            "2 workers were lost together with their results, and the end state has 1 difference.",
        ),
        ({}, (1234, 1, 0, 0), "The end state has 1,234 differences, and 1 limit of the budget was missed."),
        ({}, (0, 2, 1, 0), "2 limits of the budget were missed, and 1 operation is slower than in the baseline."),
        ({}, (0, 0, 2, 3), "2 operations are slower than in the baseline, and 3 resources could not be removed."),
    ],
)
def test_the_sentence_begins_with_the_worst(
    changed: dict[str, Any], counts: tuple[int, int, int, int], sentence: str
) -> None:
    assert verdict(result(**changed), *counts) == sentence


@pytest.mark.parametrize(
    ("scenario", "people"), [("initial-cycle", 2), ("tenants", 2), ("leavers", None), ("soak", None)]
)
def test_users_per_second_exist_where_users_are_created(scenario: str, people: int | None) -> None:
    run = measured(scenario, result(record=RunRecord(user_ids={1: "a", 2: "b"})), 0.0)
    assert run.people == people
    assert summary(run, 0)["users_per_second"] == (None if people is None else 1.0)


@pytest.mark.parametrize(
    ("times", "slowest", "shown", "active"),
    [
        ({}, None, None, 0),
        ({1: 0.5, 2: 2.0}, 2.0, 2.0, 0),
        ({1: 0.5, 2: None}, float("inf"), None, 1),
    ],
)
def test_a_leaver_who_stays_active_takes_forever(
    times: dict[int, float | None], slowest: float | None, shown: float | None, active: int
) -> None:
    run = measured("leavers", result(record=RunRecord(leaver_seconds=times)), 0.0)
    assert run.leaver_seconds == slowest
    told = summary(run, 0)
    assert (told["leaver_seconds"], told["leavers"], told["leavers_still_active"]) == (shown, len(times), active)


@pytest.mark.parametrize(("share", "limit"), [(0.89, False), (0.9, True)])
def test_a_generator_at_its_limit_is_pointed_out(share: float, limit: bool) -> None:
    assert summary(measured("soak", result(generator_share=share), 0.0), 0)["generator_was_the_limit"] is limit


def test_the_pace_leaves_out_the_first_and_the_last_moment() -> None:
    series = Series()
    for second, count in enumerate([1, 10, 20, 30, 2]):
        for _ in range(count):
            series.note(second, "read user", 5.0, failed=False)
    assert Measured(Result(True, False, 0.1, series=series, seconds=5.0), None, 0.0).pace == 20
    assert Measured(result(requests=4, seconds=2.0), None, 0.0).pace == 2.0


def test_figures_are_those_of_the_series_unless_a_part_of_it_is_missing() -> None:
    whole = result()
    assert Measured(whole, None, 0.0).operations[0]["count"] == 10
    whole.operations = [{**whole.operations[0], "count": 12, "name": name} for name in ("b", "a")]
    assert [item["name"] for item in Measured(whole, None, 0.0).operations] == ["a", "b"]


def test_a_run_without_any_request_has_figures() -> None:
    nothing = measured("initial-cycle", Result(False, True, 0.0), 0.0)
    assert summary(nothing, 0)["requests_per_second"] == 0.0
    assert nothing.pace == 0.0


def test_missed_limits_and_slower_operations_are_counted_as_they_are_written() -> None:
    run = measured("soak", result(errors={"read user: 500": 1, "read user: 409": 7}), 0.0)
    run.result.tenants[0] = Total()
    run.result.tenants[0].note(1.0, "read user", 5.0, failed=False)
    options = Options(Settings("soak"), Processes(1))
    yardstick = Yardstick({"operations": {"read user": {"p99_ms": 1}}}, [])
    written: list[Any] = []
    with RunStream(listeners=(written.append,)) as stream:
        assert write_figures(options, yardstick, run, ["Contoso"], stream) == (1, 0)
    kinds = [event["event"] for event in written]
    assert kinds[:6] == ["operation", "tenant", "slowest", "error", "error", "budget"]
    assert [event["count"] for event in written if event["event"] == "error"] == [7, 1]
