"""Who does what: the steps of a first cycle as units of work, handed out to any number of Locust users of one process.

Users before groups, groups before members and managers: a phase begins when every unit of the one before is done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from simulator.company.people import Company, CompanyGroup

PHASES = ("users", "groups", "references")


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: a person to create, a group to create, or a reference to write (numbers into the company)."""

    kind: str  # user, group, member, manager
    person: int = -1
    group: int = -1


@dataclass(slots=True)
class Workload:
    """The work of one run and its results: target ids by number."""

    company: Company
    groups: list[CompanyGroup]
    user_ids: dict[int, str] = field(default_factory=dict)
    group_ids: dict[int, str] = field(default_factory=dict)
    failed: int = 0
    done: int = 0
    _phase: int = 0
    _waiting: deque[Unit] = field(default_factory=deque)
    _under_way: int = 0

    def __post_init__(self) -> None:
        self._waiting.extend(self._units(PHASES[0]))

    @property
    def total(self) -> int:
        """All units of the run."""
        references = sum(len(group.member_indexes) for group in self.groups) + self.company.size - 1
        return self.company.size + len(self.groups) + references

    @property
    def finished(self) -> bool:
        return self._phase == len(PHASES)

    def take(self) -> Unit | None:
        """The next unit; None when the phase's last ones are under way (ask again) or everything is finished."""
        if self._waiting:
            self._under_way += 1
            return self._waiting.popleft()
        return None

    def give_back(self, *, ok: bool) -> None:
        """A unit taken earlier is done."""
        self._under_way -= 1
        self.done += 1
        self.failed += not ok
        while not self._waiting and not self._under_way and not self.finished:
            self._phase += 1
            if not self.finished:
                self._waiting.extend(self._units(PHASES[self._phase]))

    def _units(self, phase: str) -> Iterator[Unit]:
        if phase == "users":
            for index in range(self.company.size):
                yield Unit("user", person=index)
        elif phase == "groups":
            for number in range(len(self.groups)):
                yield Unit("group", group=number)
        else:
            for number, group in enumerate(self.groups):
                for index in group.member_indexes:
                    yield Unit("member", person=index, group=number)
            for index in range(1, self.company.size):
                yield Unit("manager", person=index)


def first_cycle(seed: int, users: int) -> Workload:
    """The first cycle of a company of `users` people."""
    company = Company(seed, users)
    return Workload(company, company.groups())
