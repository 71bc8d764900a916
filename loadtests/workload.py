"""Who does what: the steps of a first cycle as units of work, handed out to any number of Locust users of one process.

Users before groups, groups before members and managers: a phase begins when every unit of the one before is done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from simulator.company.people import Company, CompanyGroup

PHASES = ("probe", "users", "groups", "references")
GIVE_UP_AFTER = 20  # requests in a row without any answer: the target is gone, further ones would only prove it again


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: the probe, a person or group to create, or a reference to write (numbers into the company)."""

    kind: str  # probe, user, group, member, manager
    person: int = -1
    group: int = -1


@dataclass(slots=True)
class Workload:
    """The work of one run and its results: target ids by number, and the paths of what this run itself created."""

    company: Company
    groups: list[CompanyGroup]
    user_ids: dict[int, str] = field(default_factory=dict)
    group_ids: dict[int, str] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    failed: int = 0
    done: int = 0
    _unanswered: int = 0
    _phase: int = 0
    _waiting: deque[Unit] = field(default_factory=deque)
    _under_way: int = 0

    def __post_init__(self) -> None:
        self._waiting.extend(self._units(PHASES[0]))

    @property
    def total(self) -> int:
        """All units of the run."""
        references = sum(len(group.member_indexes) for group in self.groups) + self.company.size - 1
        return 1 + self.company.size + len(self.groups) + references

    @property
    def finished(self) -> bool:
        return self._phase == len(PHASES)

    @property
    def gave_up(self) -> bool:
        """The target stopped answering; nothing more is handed out."""
        return self._unanswered >= GIVE_UP_AFTER

    def note_answer(self, *, came: bool) -> None:
        """After each request: did any answer come, of whatever kind?"""
        if not self.gave_up:
            self._unanswered = 0 if came else self._unanswered + 1

    def take(self) -> Unit | None:
        """The next unit; None when the phase's last ones are under way (ask again) or everything is finished."""
        if self._waiting and not self.gave_up:
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
        if phase == "probe":
            yield Unit("probe")
        elif phase == "users":
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
