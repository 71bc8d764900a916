"""Distributes the units of work of a scenario's phases over any number of Locust users and workers.

A phase begins when every unit of the previous phase is done. Workers do not communicate: the units of person i belong to
worker i modulo the number of workers, and ids of resources that another worker created are looked up in the target.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count

from loadtests.scenarios.run_record import RunRecord
from simulator.company.people import Company, CompanyGroup

GIVE_UP_AFTER = 20  # consecutive requests without a response after which the target counts as gone
LATER_SECONDS = 0.1  # delay before a unit is retried whose resources do not exist yet
MOST_WAITING = 64  # limit for units that wait for a busy person; no further units are drawn then
PATIENCE_SECONDS = (
    60.0  # total time that a unit waits; after that, the other worker has died or the leaver stays active
)


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of work: an action on a person or group (by number in the company). `number` distinguishes repetitions."""

    kind: str  # the name of an action
    person: int = -1
    group: int = -1
    number: int = 0


@dataclass(frozen=True, slots=True)
class Phase:
    """Units that can all be in progress at the same time.

    `size` is the number of units over all workers, or 0 for an endless phase, which ends after `seconds`. A phase that is
    not `measured` is setup. In an `alone` phase, only one unit of a person is in progress at a time, because the order
    determines the end state.
    """

    name: str
    units: Callable[[], Iterable[Unit]]
    size: int
    measured: bool = True
    seconds: float | None = None
    alone: bool = False


@dataclass(slots=True)
class Workload:
    """The work of one worker. `record` is what it has done so far.

    `created` counts the users that this worker created, and `people` those that it created or found. While `held_back`, the
    first measured phase does not begin, and the worker is `waiting` for the others.
    """

    company: Company
    groups: list[CompanyGroup]
    phases: tuple[Phase, ...]
    share: int = 0
    shares: int = 1
    patience_s: float = PATIENCE_SECONDS
    now: Callable[[], float] = time.monotonic
    record: RunRecord = field(default_factory=RunRecord)
    people: int = 0
    created: int = 0
    done: int = 0
    held_back: bool = False
    waiting: bool = False
    phase_began: float = 0.0
    _unanswered: int = 0
    _phase: int = -1
    _units: Iterator[Unit] = field(default_factory=lambda: iter(()))
    _ahead: Unit | None = None
    _later: deque[tuple[float, Unit]] = field(default_factory=deque)
    _since: dict[Unit, float] = field(default_factory=dict)
    _busy: set[int] = field(default_factory=set)
    _under_way: int = 0

    def __post_init__(self) -> None:
        self._move_on()

    @property
    def total(self) -> int:
        """The number of countable units in the run, over all workers."""
        return sum(phase.size for phase in self.phases)

    @property
    def phase(self) -> Phase | None:
        """The current phase; None when everything is finished."""
        return None if self.finished else self.phases[self._phase]

    @property
    def finished(self) -> bool:
        self._move_on()
        return self._phase >= len(self.phases)

    @property
    def gave_up(self) -> bool:
        """Whether the target stopped responding, so that no more units are handed out."""
        return self._unanswered >= GIVE_UP_AFTER

    def owns(self, number: int) -> bool:
        """Whether the units of this person or group belong to this worker."""
        return number % self.shares == self.share

    def note_answer(self, *, came: bool) -> None:
        """Record after each request whether there was any response."""
        if not self.gave_up:
            self._unanswered = 0 if came else self._unanswered + 1

    def take(self) -> Unit | None:
        """The next unit. None if the last units of the phase are still in progress (ask again) or everything is finished."""
        self._move_on()
        if self.gave_up or self.waiting or self._phase >= len(self.phases):
            return None
        unit = self._take_postponed() or self._take_next()
        if unit is not None:
            self._under_way += 1
            self._busy.add(unit.person)
        return unit

    def give_back(self, unit: Unit | None = None, *, ok: bool) -> None:
        """Record that a unit from `take` is done."""
        self._under_way -= 1
        if unit is not None:
            self._busy.discard(unit.person)
        self.done += 1
        self.record.failed += not ok
        if unit is not None:
            self._since.pop(unit, None)
        self._move_on()

    def postpone(self, unit: Unit) -> bool:
        """Postpone a unit from `take`. Returns False if it has waited too long and must be given back."""
        if self.now() - self._since.setdefault(unit, self.now()) > self.patience_s:
            return False
        self._under_way -= 1
        self._busy.discard(unit.person)
        self._later.append((self.now() + LATER_SECONDS, unit))
        return True

    def _take_postponed(self) -> Unit | None:
        due = self._later and self._later[0][0] <= self.now() and not self._is_busy(self._later[0][1])
        if self._is_over():
            return None
        return self._later.popleft()[1] if due else None

    def _take_next(self) -> Unit | None:
        if self._ahead is None or self._is_over() or self._is_crowded():
            return None
        unit, self._ahead = self._ahead, next(self._units, None)
        if self._is_busy(unit):
            self._later.append((self.now() + LATER_SECONDS, unit))
            return None
        return unit

    def _is_busy(self, unit: Unit) -> bool:
        return self.phases[self._phase].alone and unit.person in self._busy

    def _is_crowded(self) -> bool:
        """Whether there are more lanes than people, so that further units would only wait for the same people."""
        return self.phases[self._phase].alone and len(self._later) >= MOST_WAITING

    def _is_over(self) -> bool:
        seconds = self.phases[self._phase].seconds
        return seconds is not None and self.now() - self.phase_began >= seconds

    def _move_on(self) -> None:
        """Go to the next phase that has units, when the current phase is done."""
        while self._phase < len(self.phases):
            at_work = self._under_way or (self._later and not self._is_over())
            if self._phase >= 0 and (at_work or (self._ahead is not None and not self._is_over())):
                return
            self.waiting = self.held_back and self._next_is_measured()
            if self.waiting:
                return
            self._phase += 1
            self._later.clear()  # left over from an endless phase that has ended
            if self._phase < len(self.phases):
                self._units = filter(self._is_mine, self.phases[self._phase].units())
                self._ahead = next(self._units, None)
                self.phase_began = self.now()

    def _next_is_measured(self) -> bool:
        """Whether the next phase is the first measured one."""
        before = self._phase < 0 or not self.phases[self._phase].measured
        return before and self._phase + 1 < len(self.phases) and self.phases[self._phase + 1].measured

    def _is_mine(self, unit: Unit) -> bool:
        return self.owns(unit.person if unit.person >= 0 else max(unit.group, 0))


def first_phases(
    company: Company,
    groups: list[CompanyGroup],
    *,
    measured: bool = True,
    heads: Collection[int] = (0,),
) -> tuple[Phase, ...]:
    """The phases of the initial cycle: users, then groups, then members and managers. `heads` are people without a manager.

    The phases are not `measured` when they are only setup.
    """

    def references() -> Iterator[Unit]:
        for number, group in enumerate(groups):
            for index in group.member_indexes:
                yield Unit("member", person=index, group=number)
        for index in range(company.size):
            if index not in heads:
                yield Unit("manager", person=index)

    links = sum(len(group.member_indexes) for group in groups) + company.size - len(heads)
    return (
        Phase("probe", lambda: [Unit("probe")], 1, measured),
        Phase("users", lambda: (Unit("user", person=index) for index in range(company.size)), company.size, measured),
        Phase("groups", lambda: (Unit("group", group=number) for number in range(len(groups))), len(groups), measured),
        Phase("references", references, links, measured),
    )


def endless(units: Callable[[int], Unit]) -> Callable[[], Iterator[Unit]]:
    """The units 0, 1, 2, … of a phase that ends by time."""
    return lambda: map(units, count())
