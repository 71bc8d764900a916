"""The accessors of a simulation's stream give the events of one kind, in the order of the stream."""

from __future__ import annotations

from simulator.report.run_events import end_of, entries_of, expectations_of, header_of, verified_of
from tests.simulator.report.made_up_log import cycle, end, entry, exchange, run

EVENTS = run(exchange(1), entry(name="Anna"), cycle(1), entry(name="Bert"), ended=end("Over.", 1))


def test_header_and_footer_are_the_first_and_the_last_event() -> None:
    assert header_of(EVENTS) == EVENTS[0]
    assert end_of(EVENTS)["verdict"] == "Over."


def test_entries_keep_their_order() -> None:
    assert [event["name"] for event in entries_of(EVENTS)] == ["Anna", "Bert"]


def test_a_run_without_expectations_or_read_backs_has_none() -> None:
    assert (expectations_of(EVENTS), verified_of(EVENTS)) == ([], [])
