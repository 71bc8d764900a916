"""Master and workers: shares, the common beginning of the measured part, and workers that are lost."""

from __future__ import annotations

import pytest

from tests.loadtests.locust.conftest import Run

pytestmark = pytest.mark.slow  # the first one starts a process that imports Locust
SET_UP = """
from types import SimpleNamespace
from loadtests.locust.options import BadOptions
from loadtests.locust.workers import GO, PART, READY, Master, added_progress, share_of
from loadtests.measurements.result import Result

class Clients(dict):
    @property
    def ready(self):
        return list(self.values())

class Runner:
    # As much of Locust's master as is used: three workers, and messages that are kept.
    def __init__(self):
        self.clients = Clients({id_: SimpleNamespace(id=id_, heartbeat=3) for id_ in "bca"})
        self.target_user_count, self.sent, self.heard = 3, [], {}
    def register_message(self, name, listener):
        self.heard[name] = listener
    def send_message(self, name, data):
        self.sent.append([name, data])
    def hear(self, name, node, **data):
        self.heard[name](None, SimpleNamespace(node_id=node, data=data))

def part(**changed):
    return Result(**{"finished": True, "gave_up": False, "generator_share": 0.1, **changed}).to_json()

runner, options = Runner(), SimpleNamespace()
master = Master(runner)
master.begin(options)
"""


def test_every_worker_gets_a_share_of_its_own_and_a_late_one_gets_none(beside_locust: Run) -> None:
    shares, number, alone = beside_locust(
        SET_UP + "found = [options.shares, options.run_number, share_of(None, options)]"
    )
    assert (shares, number, alone) == ({"a": 0, "b": 1, "c": 2}, 1, [0, 1])


def test_the_measured_part_begins_once_when_the_last_worker_is_ready(beside_locust: Run) -> None:
    sent = beside_locust(
        SET_UP
        + """
for node, run in (("a", 1), ("b", 1), ("b", 1), ("c", 0), ("c", 1), ("c", 1)):
    runner.hear(READY, node, run=run)
    runner.sent.append(node)
found = [message[1] if isinstance(message, list) else message for message in runner.sent]
"""
    )
    assert sent == ["a", "b", "b", "c", {"run": 1}, "c", "c"]


def test_a_run_is_over_when_every_worker_has_reported_or_one_gave_up(beside_locust: Run) -> None:
    over = beside_locust(
        SET_UP
        + """
found = [master.is_over()]
for node, run in (("a", 1), ("b", 1), ("c", 0), ("stranger", 1), ("c", 1)):
    runner.hear(PART, node, run=run, part=part())
    found.append(master.is_over())
master.begin(options)
runner.hear(PART, "a", run=2, part=part(gave_up=True))
found.append(master.is_over())
"""
    )
    assert over == [False, False, False, False, False, True, True]


def test_a_worker_without_a_heartbeat_is_lost_unless_it_has_reported(beside_locust: Run) -> None:
    lost, over = beside_locust(
        SET_UP
        + """
runner.hear(PART, "a", run=1, part=part())
del runner.clients["a"], runner.clients["b"]
runner.clients["c"].heartbeat = -5
found = [master.lost(), master.is_over()]
"""
    )
    assert (lost, over) == (["b", "c"], True)


def test_a_share_that_no_one_would_send_is_rejected(beside_locust: Run) -> None:
    message, expected = beside_locust(
        SET_UP
        + """
runner.target_user_count = 2
try:
    master.begin(options)
except BadOptions as error:
    found = [str(error), master.expected]
"""
    )
    assert message == "-u: expected at least one user for each of the 3 workers, got 2"
    assert expected == []


def test_progress_of_workers_adds_up(beside_locust: Run) -> None:
    assert beside_locust(SET_UP + 'found = added_progress([{"steps": 1, "people": 2}, {"steps": 3}])') == {
        "steps": 4,
        "people": 2,
    }


def test_a_worker_reports_its_counts_before_its_part_and_both_once(beside_locust: Run) -> None:
    """The master ends the run at the last part, and a count that comes later may be lost."""
    sent = beside_locust(
        SET_UP
        + """
from locust.event import Events
from loadtests.locust.workers import Worker

runner.client_id, runner.environment = "a", SimpleNamespace(events=Events())
runner.environment.events.report_to_master.add_listener(lambda client_id, data: data.update(stats=client_id))
worker = Worker(runner)
work = SimpleNamespace(finished=True, waiting=False, gave_up=False)
worker.begin(SimpleNamespace(run_number=4), work, lambda: Result(finished=True, gave_up=False, generator_share=0.1))
worker.end()
worker.end()
found = [[name, data.get("stats"), data.get("run")] for name, data in runner.sent if name != READY]
"""
    )
    assert sent == [["stats", "a", None], ["scim_part", None, 4]]
