"""What a scenario file may hold: relative times, the cast, expectations, and mistakes with their line."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from simulator.scenario.load import ScenarioError, parse_scenario
from tests.simulator.command_line import run as command


def test_relative_times_and_cast() -> None:
    scenario = parse_scenario(
        "users: 9\ncast: {anna: 5}\nevents:\n  - {day: 2, at: '10:00', what: blocked, person: anna}\n"
        "  - {after: 1d12h, what: unblocked, person: 5}\n",
        "s.yaml",
    )
    one, other = scenario.timeline(scenario.company())
    assert (other.at - one.at, one.person, other.person) == (timedelta(hours=36), 5, 5)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{day: 1, what: blocked, person: 5, then: anna flies}", "then: expected an expectation, got \"anna flies\"; the supported forms are:"),
        ("{day: 1, what: blocked, person: 5, then: [anna is active within soon]}", "then: expected"),
        ("{day: 1, at: 1085, what: blocked, person: 5}", 'at: expected a time of day such as "17:52", got 1085'),
        ("{day: 1, at: 30:15, what: blocked, person: 5}", 'at: expected a time of day such as "17:52", got "30:15"'),
        ("{after: soon, what: blocked, person: 5}", 'after: expected a duration such as 45m, 2h, or 3d, got "soon"'),
        ("{day: 1, what: target_down, detail: {for: ever}}", 'detail: expected a duration such as 45m, 2h, or 3d, got "ever"'),
        ("{day: 1, what: scope_changed, detail: {scope: some}}", "expected detail: {scope: all} or {scope: assigned} for scope_changed"),
        ("{day: 1, what: mapping_changed, detail: {attribute: title, expression: 'Nope([a])'}}", "unknown function Nope"),
        ("{day: 1, what: mapping_changed}", "expected another detail for mapping_changed"),
        ("{day: 1, what: filter_changed, detail: {attribute: department, operator: LIKE, values: [x]}}", '"LIKE" is not an operator'),
        ("{day: 1, what: filter_changed, detail: {attribute: department, operator: EQUALS}}", "department EQUALS: expected a value"),
        ("{day: 1, what: job_restarted, detail: {scopes: [Everything]}}", "expected scopes among None, ConnectorDataStore"),
        ("{day: 1, what: target_explodes}", "what: expected one of"),
    ],
)  # fmt: skip
def test_mistakes_are_reported_with_their_line(line: str, message: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        parse_scenario(f"users: 9\nevents:\n  - {line}\n", "s.yaml")
    assert str(refused.value).startswith("s.yaml:3: events.0")
    assert message in str(refused.value)


def test_someone_who_is_not_in_the_cast(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("users: 9\nevents:\n  - {day: 1, what: blocked, person: zoe}\n")
    shown_ = command("simulate", str(tmp_path / "s.yaml"))
    assert shown_.returncode == 2
    assert '"zoe" is not in the cast (the cast is empty)' in shown_.stderr
