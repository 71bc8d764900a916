"""`--step` stops after each entry that sent something, until an answer says otherwise."""

from __future__ import annotations

import io

import pytest

from simulator.report.step_by_step import QUESTION, StepReader
from tests.simulator.report.made_up_log import cycle, entry, exchange, run

EVENTS = run(
    exchange(1),
    entry(exchanges=[1]),
    entry(name="Silent"),  # nothing was sent for this entry
    exchange(2),
    entry(name="Bert Jones", exchanges=[2]),
    cycle(1),
    exchange(3),
    entry(name="Cleo C", exchanges=[3], cycle=2),
    cycle(2),
)


def asked(answers: str) -> str:
    """What is printed when a person answers like this."""
    out = io.StringIO()
    reader = StepReader(io.StringIO(answers), out)
    for event in EVENTS:
        reader(event)
    return out.getvalue()


@pytest.mark.parametrize(
    ("answers", "shown"),
    [
        ("\n\n\n", ["Anna Smith", "Bert Jones", "Cleo C"]),
        ("c\n\n", ["Anna Smith", "Cleo C"]),
        ("C\n\n", ["Anna Smith", "Cleo C"]),
        ("r\n", ["Anna Smith"]),
        ("what?\n\n\n", ["Anna Smith", "Bert Jones", "Cleo C"]),
        ("", ["Anna Smith"]),  # the input has ended, so the run continues without questions
    ],
)
def test_an_answer_chooses_where_to_stop_next(answers: str, shown: list[str]) -> None:
    text = asked(answers)
    assert text.count(QUESTION) == len(shown)
    assert [name for name in ("Anna Smith", "Silent", "Bert Jones", "Cleo C") if f"  {name}" in text] == shown


def test_q_stops_the_run() -> None:
    with pytest.raises(KeyboardInterrupt):
        asked("\nq\n")


def test_an_entry_is_shown_with_its_details() -> None:
    text = asked("r\n")
    assert "title: – → Clerk" in text
    assert "POST http://x/Users → 201" in text
