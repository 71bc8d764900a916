"""Random lifecycle events of a company over a number of days. The same seed gives the same events."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from simulator.company.names import LOCALES, name_pool
from simulator.company.org_chart import DEPARTMENTS, SITES
from simulator.company.people import Company
from simulator.lifecycle.lifecycle_events import LifecycleEvent

# Events per 200 people and 30 days: the rates of a slowly growing company.
RATES = {"joiner": 12, "mover": 40, "leaver": 15, "group": 8}
MOVES = (
    ("title_changed", 10),
    ("department_changed", 9),
    ("site_changed", 6),
    ("manager_changed", 8),
    ("name_changed", 4),
    ("user_name_changed", 3),
)
LEAVES = (("blocked", 5), ("unassigned", 5), ("soft_deleted", 5))
FRIDAY = 4
REHIRE_SHARE = 0.2
STILL_IN_THE_BIN = timedelta(days=29)


class _Life:
    """Tracks who is present while events are drawn, so that no one leaves twice or changes after leaving."""

    def __init__(self, company: Company, seed: int, start: datetime, days: int) -> None:
        self.company = company
        self.dice = random.Random(f"{seed}/life")
        self.start = start
        self.days = days
        self.present = list(range(1, company.size))  # the head of the company never leaves
        self.gone: list[tuple[int, str, datetime]] = []
        self.next_index = company.size
        self.groups: list[str] = []
        self.group_number = 0

    def event(self, kind: str, at: datetime) -> LifecycleEvent | None:
        if kind == "joiner":
            return self._joiner(at)
        if kind == "mover":
            return self._mover(at) if self.present else None
        if kind == "leaver":
            return self._leaver(at) if len(self.present) > 1 else None
        return self._group(at)

    def _joiner(self, at: datetime) -> LifecycleEvent:
        self.gone = [item for item in self.gone if item[1] != "soft_deleted" or at - item[2] < STILL_IN_THE_BIN]
        back = [item for item in self.gone if at - item[2] > timedelta(days=2)]
        if back and self.dice.random() < REHIRE_SHARE:
            item = self.dice.choice(back)
            self.gone.remove(item)
            self.present.append(item[0])
            return LifecycleEvent(at, "rehired", item[0])
        index, self.next_index = self.next_index, self.next_index + 1
        self.present.append(index)
        return LifecycleEvent(at, "hired", index)

    def _mover(self, at: datetime) -> LifecycleEvent:
        index = self.dice.choice(self.present)
        what = self.dice.choices([name for name, _ in MOVES], [weight for _, weight in MOVES])[0]
        person = self.company.person(index)
        if what == "title_changed":
            return LifecycleEvent(at, what, index, detail={"title": f"Lead {person.job_title}"})
        if what == "department_changed":
            other = self.dice.choice([name for name in DEPARTMENTS if name != person.department])
            detail = {"department": other, "title": self.dice.choice(DEPARTMENTS[other])}
            return LifecycleEvent(at, what, index, detail=detail)
        if what == "site_changed":
            other = self.dice.choice([site.name for site in SITES if site.name != person.office])
            return LifecycleEvent(at, what, index, detail={"site": other})
        if what == "manager_changed":
            manager = self.dice.choice([number for number in [0, *self.present] if number != index])
            return LifecycleEvent(at, what, index, detail={"manager": manager})
        surname = self.dice.choice(name_pool(self.dice.choice(list(LOCALES)), self.company.seed)[1])
        if what == "name_changed":
            return LifecycleEvent(at, what, index, detail={"surname": surname})
        name = f"{person.mail_nickname}.{self.dice.randint(100, 999)}@{self.company.domain}"
        return LifecycleEvent(at, what, index, detail={"user_principal_name": name})

    def _leaver(self, at: datetime) -> LifecycleEvent:
        index = self.dice.choice(self.present)
        self.present.remove(index)
        what = self.dice.choices([name for name, _ in LEAVES], [weight for _, weight in LEAVES])[0]
        self.gone.append((index, what, at))
        return LifecycleEvent(at, what, index)

    def _group(self, at: datetime) -> LifecycleEvent:
        roll = self.dice.random()
        if not self.groups or roll < 0.35:
            self.group_number += 1
            name = f"Initiative {self.group_number}"
            self.groups.append(name)
            members = sorted(self.dice.sample(self.present, min(len(self.present), self.dice.randint(3, 9))))
            return LifecycleEvent(at, "group_created", group=name, detail={"members": members})
        name = self.dice.choice(self.groups)
        if roll < 0.5:
            self.groups.remove(name)
            return LifecycleEvent(at, "group_deleted", group=name)
        if roll < 0.65:
            renamed = f"{name} ({self.dice.randint(2, 99)})"
            self.groups[self.groups.index(name)] = renamed
            return LifecycleEvent(at, "group_renamed", group=name, detail={"name": renamed})
        what = "member_added" if roll < 0.9 else "member_removed"
        return LifecycleEvent(at, what, self.dice.choice(self.present), name)


def random_life(company: Company, seed: int, start: datetime, days: int, busy: float = 1.0) -> list[LifecycleEvent]:
    """The events of `days` days from `start`, sorted by time.

    Most events happen in working hours; many leavers leave on a Friday evening.
    """
    if not days:
        return []
    life = _Life(company, seed, start, days)
    share = company.size / 200 * days / 30 * busy
    moments: list[tuple[datetime, int, str]] = []
    for kind, rate in RATES.items():
        for number in range(max(1, round(rate * share))):
            moments.append((_moment(life, kind), number, kind))
    moments.sort()
    events = [life.event(kind, at) for at, _, kind in moments]
    return [event for event in events if event is not None]


def _moment(life: _Life, kind: str) -> datetime:
    for _ in range(200):
        day = life.start + timedelta(days=life.dice.randrange(life.days))
        if day.weekday() > FRIDAY:
            continue
        evening = kind == "leaver" and day.weekday() == FRIDAY and life.dice.random() < 0.5
        hour = life.dice.randint(18, 21) if evening else life.dice.randint(7, 17)
        return day.replace(hour=hour, minute=life.dice.randrange(60), second=0, microsecond=0)
    return life.start + timedelta(hours=1)  # the days are a weekend without working hours
