"""Checks that failed beside others and passed alone: they run once more among strangers and beside other checks.

A real directory is neither empty nor idle. A failure that comes back in company is a failure of the server; checks cannot
cause it for one another, because each uses only resources of its own.
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

AT_WORK = 40  # checks at most that take turns beside the one that is looked at
MIXED = "another verdict while other checks were at work"
CROWDED = "passes alone on an idle server, and fails beside other resources or other requests"


class Company:
    """Judges checks beside other checks at work; `left` holds what those could not remove."""

    def __init__(self, client: Client, target: Target, plan: Plan, others: Sequence[Check], threads: int) -> None:
        self._client, self._target, self._plan = client, target, plan
        self._others = others[:: max(1, len(others) // AT_WORK)]
        self._threads = threads
        self.left: list[str] = []

    def judge(self, check: Check, outcome: Outcome) -> Outcome:
        """The outcome among strangers, and if that is no failure, beside other checks; a warning if neither is one."""
        outcome = carry_out(check, self._client, self._target, self._plan, outcome)
        if outcome.verdict(check) is not Verdict.FAIL and self._others:
            with self._others_at_work():
                outcome = carry_out(check, self._client, self._target, self._plan, outcome)
        if outcome.verdict(check) is Verdict.FAIL:
            outcome.findings.append(Finding(CROWDED, verdict=Verdict.NOTE))
        else:
            outcome.findings.append(Finding(MIXED, "the same verdict", "FAIL", Verdict.WARN, level="lie"))
        return outcome

    @contextmanager
    def _others_at_work(self) -> Iterator[None]:
        """Other checks take turns in threads; their verdicts are known, so only their resources matter."""
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
