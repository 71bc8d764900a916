"""The outcome of a run: its totals, its result in one sentence, and why a run could not start."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.provisioning.answers import ConnectionTestFailed
from simulator.stream.events import JudgedMoment, SimulateSummary
from simulator.wording import counted


class TargetUnusable(Exception):
    """The target cannot be reached or rejects the token; nothing was provisioned. The message is meant for users."""


@dataclass(slots=True)
class Outcome:
    """The totals of a finished run, for the `end` event and the summary table."""

    people: int = 0
    groups: int = 0
    requests: int = 0
    requests_by_operation: dict[str, int] = field(default_factory=dict)
    joiners: int = 0
    movers: int = 0
    leavers: int = 0
    group_changes: int = 0
    cycles: int = 0
    cycles_converged: int = 0
    read_backs: int = 0  # comparisons of the whole target
    partial_read_backs: int = 0  # comparisons of the resources that a cycle changed
    differences: int = 0
    distinct_differences: int = 0
    leavers_still_active: int | None = 0  # according to the last comparison; None if users could not be read
    failed: int = 0
    expectations: int = 0
    expectations_held: int = 0
    judge: JudgedMoment = "every cycle"
    equal_at_the_end: bool = False
    stopped: str = ""  # why the job stopped before the end of the scenario
    requests_hash: str = ""
    wall_seconds: float = 0.0
    left: int = 0  # resources that could not be removed from the target
    still_listed: int = 0  # resources that the target still shows although it accepted their deletion
    sync: dict[str, int] = field(default_factory=dict)

    @property
    def converged(self) -> bool:
        if self.judge == "the end":
            return self.cycles > 0 and self.equal_at_the_end and not self.stopped
        return self.cycles > 0 and self.cycles_converged == self.cycles and not self.stopped

    @property
    def good(self) -> bool:
        """Whether the run converged, every expectation held, and only failures that the scenario intends occurred."""
        wrong = self.failed if self.judge == "every cycle" else 0
        return self.converged and not wrong and self.expectations_held == self.expectations

    @property
    def passed(self) -> bool:
        """Whether the run was good and left nothing behind that the target did not let it remove."""
        return self.good and not self.left

    def summary(self) -> SimulateSummary:
        """The totals in the form of the stream's `end` event."""
        return {
            "people": self.people,
            "groups": self.groups,
            "requests": self.requests,
            "requests_by_operation": self.requests_by_operation,
            "joiners": self.joiners,
            "movers": self.movers,
            "leavers": self.leavers,
            "group_changes": self.group_changes,
            "cycles": self.cycles,
            "cycles_converged": self.cycles_converged,
            "read_backs": self.read_backs,
            "partial_read_backs": self.partial_read_backs,
            "differences": self.differences,
            "distinct_differences": self.distinct_differences,
            "leavers_still_active": self.leavers_still_active,
            "failed": self.failed,
            "expectations": self.expectations,
            "expectations_held": self.expectations_held,
            "judge": self.judge,
            "equal_at_the_end": self.equal_at_the_end,
            "stopped": self.stopped,
            "requests_hash": self.requests_hash,
            "wall_seconds": self.wall_seconds,
            "sync": self.sync,
            "converged": self.converged,
            "left": self.left,
            "still_listed": self.still_listed,
        }


def verdict_of(outcome: Outcome) -> str:
    """The result in one sentence. Further sentences report users who left and are still active, and what the run left behind."""
    told = [_verdict(outcome)]
    still = outcome.leavers_still_active
    if still is None and outcome.leavers:
        told.append("The users could not be read at the end, so it is unknown whether users who left are still active.")
    if still:
        told.append(f"{still} {'user who left is' if still == 1 else 'users who left are'} still active.")
    if left := outcome.left:
        told.append(f"{left:,} {'resource' if left == 1 else 'resources'} could not be removed.")
    if listed := outcome.still_listed:
        told.append(f"The target still lists {listed:,} deleted {'resource' if listed == 1 else 'resources'}.")
    return " ".join(told)


def _verdict(outcome: Outcome) -> str:
    looks = f"full comparisons: {outcome.read_backs}, partial comparisons: {outcome.partial_read_backs}"
    if outcome.stopped:
        return f"The job stopped before the end of the scenario: {outcome.stopped.rstrip('.')}."
    missed = outcome.expectations - outcome.expectations_held
    if missed:
        return f"{missed} of {outcome.expectations} expectations did not hold ({looks})."
    if outcome.judge == "the end":
        word = "matched" if outcome.converged else "differed from"
        held = f", and {counted(outcome.expectations, 'expectation')} held" if outcome.expectations else ""
        return f"The target {word} the directory at the end of {counted(outcome.cycles, 'cycle')}{held} ({looks})."
    if outcome.converged:
        return f"The target matched the directory after each of {counted(outcome.cycles, 'cycle')} ({looks})."
    wrong = outcome.cycles - outcome.cycles_converged
    return f"The target differed from the directory after {wrong} of {outcome.cycles} cycles ({looks})."


def why_unusable(base_url: str, error: ConnectionTestFailed) -> str:
    """Why a run could not start, according to its connection test."""
    exchange = error.exchange
    if exchange.status is None:
        return f"{base_url} cannot be reached: {exchange.failure}"
    if exchange.status in (401, 403):
        return f"{base_url} rejects the token ({exchange.status})"
    return f"the connection test failed at {base_url}: {error}"
