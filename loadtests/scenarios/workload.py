"""Who does what: the phases of a scenario as units of work, handed out to any number of Locust users and workers.

A phase begins when every unit of the one before is done. Workers never talk: what belongs to person i is done by worker
i modulo their number, and a worker that needs an id which another one made asks the target for it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count

from loadtests.scenarios.run_record import RunRecord
from simulator.company.people import Company, CompanyGroup

GIVE_UP_AFTER = 20  # requests in a row without any answer: the target is gone, further ones would only prove it again
LATER_SECONDS = 0.1  # a unit that needs what is not there yet waits so long before it is tried again
MOST_WAITING = 64  # units that wait for somebody who is busy; no more are drawn meanwhile
PATIENCE_SECONDS = 60.0  # … and for so long in all: the other worker has died, or the leaver stays


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: what to do with which person or group (numbers into the company), and for the how manieth time."""

    kind: str  # a key of some scenario's actions
    person: int = -1
    group: int = -1
    number: int = 0


@dataclass(frozen=True, slots=True)
class Phase:
    """Units that may all be under way at once.

    `size` is their number over all workers, 0 for an endless phase, which ends after `seconds`. What is not `measured`
    sets the stage. In an `alone` phase no two units of one person are under way at once: their order is the end state.
    """

    name: str
    units: Callable[[], Iterable[Unit]]
    size: int
    measured: bool = True
    seconds: float | None = None
    alone: bool = False


@dataclass(slots=True)
class Workload:
    """The work of one worker; `record` is what it did so far.

    `people` and `created` count the users that this worker found or made, and those it made. While `held_back`, the first
    measured phase does not begin: the worker is `waiting` for the others then.
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
        """All units of the run that can be counted, this worker's and the others'."""
        return sum(phase.size for phase in self.phases)

    @property
    def phase(self) -> Phase | None:
        """The phase under way; None once everything is finished."""
        return None if self.finished else self.phases[self._phase]

    @property
    def finished(self) -> bool:
        self._move_on()
        return self._phase >= len(self.phases)

    @property
    def gave_up(self) -> bool:
        """The target stopped answering; nothing more is handed out."""
        return self._unanswered >= GIVE_UP_AFTER

    def owns(self, number: int) -> bool:
        """Whether what belongs to this person (or group) is this worker's."""
        return number % self.shares == self.share

    def note_answer(self, *, came: bool) -> None:
        """After each request: did any answer come, of whatever kind?"""
        if not self.gave_up:
            self._unanswered = 0 if came else self._unanswered + 1

    def take(self) -> Unit | None:
        """The next unit; None when the phase's last ones are under way (ask again) or everything is finished."""
        self._move_on()
        if self.gave_up or self.waiting or self._phase >= len(self.phases):
            return None
        unit = self._take_postponed() or self._take_next()
        if unit is not None:
            self._under_way += 1
            self._busy.add(unit.person)
        return unit

    def give_back(self, unit: Unit | None = None, *, ok: bool) -> None:
        """A unit taken earlier is done."""
        self._under_way -= 1
        if unit is not None:
            self._busy.discard(unit.person)
        self.done += 1
        self.record.failed += not ok
        if unit is not None:
            self._since.pop(unit, None)
        self._move_on()

    def postpone(self, unit: Unit) -> bool:
        """A unit taken earlier has to wait; False when it has waited for too long already, and is to be given back."""
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
        """More lanes than people: further units would only wait for the same few."""
        return self.phases[self._phase].alone and len(self._later) >= MOST_WAITING

    def _is_over(self) -> bool:
        seconds = self.phases[self._phase].seconds
        return seconds is not None and self.now() - self.phase_began >= seconds

    def _move_on(self) -> None:
        """To the next phase that has units, once nothing of this one is left."""
        while self._phase < len(self.phases):
            at_work = self._under_way or (self._later and not self._is_over())
            if self._phase >= 0 and (at_work or (self._ahead is not None and not self._is_over())):
                return
            self.waiting = self.held_back and self._next_is_measured()
            if self.waiting:
                return
            self._phase += 1
            self._later.clear()  # of an endless phase whose time is over
            if self._phase < len(self.phases):
                self._units = filter(self._is_mine, self.phases[self._phase].units())
                self._ahead = next(self._units, None)
                self.phase_began = self.now()

    def _next_is_measured(self) -> bool:
        """Whether what counts comes next, after nothing or what only set the stage."""
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
    """Users before groups, groups before members and managers; `heads` are the people who have none.

    Not `measured` where it only sets the stage.
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
    """Unit 0, 1, 2 … of a phase that ends by time."""
    return lambda: map(units, count())
