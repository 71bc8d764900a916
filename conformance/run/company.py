"""Checks that failed while others ran and then passed alone run once more, among other resources and other checks.

A real directory is neither empty nor idle. If the failure comes back, it is the server's: each check uses only its own
resources, so one check cannot make another fail.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle

from conformance.check_api.session import Plan
from conformance.requirements.verdict import Finding, Verdict
from conformance.run.collect import Check
from conformance.run.judge import Outcome, carry_out
from conformance.target.client import Client
from conformance.target.discovery import Target

AT_WORK = 40  # the most checks that run in turns next to the one that is repeated
TRIES = 3  # a race does not come back each time
MIXED = "the check failed while other checks ran, and passed when it was repeated"
CROWDED = "the check passes alone on an idle server, and fails when there are other resources or requests"


class Company:
    """Repeats checks while other checks run; `left` holds the resources that those could not remove."""

    def __init__(self, client: Client, target: Target, plan: Plan, others: Sequence[Check], threads: int) -> None:
        self._client, self._target, self._plan = client, target, plan
        self._others = others[:: max(1, len(others) // AT_WORK)]
        self._threads = threads
        self.left: list[str] = []

    def judge(self, check: Check, outcome: Outcome) -> Outcome:
        """The outcome among other resources and, if that is not a failure, beside other checks; else a warning."""
        outcome = carry_out(check, self._client, self._target, self._plan, outcome)
        if outcome.verdict(check) is not Verdict.FAIL and self._others:
            with self._others_at_work():
                for _ in range(TRIES):
                    outcome = carry_out(check, self._client, self._target, self._plan, outcome)
                    if outcome.verdict(check) is Verdict.FAIL:
                        break
        if outcome.verdict(check) is Verdict.FAIL:
            outcome.findings.append(Finding(CROWDED, verdict=Verdict.NOTE))
        else:
            outcome.findings.append(Finding(MIXED, "the same verdict", "FAIL", Verdict.WARN, level="lie"))
        return outcome

    @contextmanager
    def _others_at_work(self) -> Iterator[None]:
        """Run other checks in turns in threads; their verdicts are known, so only their resources matter."""
        done, lock, turns = threading.Event(), threading.Lock(), cycle(self._others)

        def work() -> None:
            while not done.is_set() and not self._client.network_faults.gone:
                with lock:
                    check = next(turns)
                left = carry_out(check, self._client, self._target, self._plan).left
                with lock:
                    self.left += left

        threads = [threading.Thread(target=work, daemon=True) for _ in range(self._threads)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            done.set()
            for thread in threads:
                thread.join()
