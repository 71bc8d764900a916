"""People: person i is derived from i and the seed, so that processes can share a company without communicating."""

from __future__ import annotations

import random
import uuid
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from simulator.company.names import HOSTILE, LANGUAGES, LOCALES, ascii_name, name_pool
from simulator.company.org_chart import DEPARTMENTS, SITES, manager_of

_NAMESPACE = uuid.UUID("6f7a3f52-3b5c-4c57-9d1e-8f2a6c1b0e11")
_LOCALE_NAMES = tuple(LOCALES)
_LOCALE_WEIGHTS = tuple(accumulate(LOCALES.values()))
_DEPARTMENT_NAMES = tuple(DEPARTMENTS)


@dataclass(frozen=True, slots=True)
class Person:
    """One person in HR data. Strings can contain any script; `user_principal_name` and mail are ASCII and unique."""

    index: int
    object_id: str
    given_name: str
    surname: str
    display_name: str
    user_principal_name: str
    mail_nickname: str
    mail: str
    job_title: str
    department: str
    employee_id: str
    office: str
    street_address: str
    city: str
    state: str
    postal_code: str
    country: str
    telephone: str
    mobile: str
    preferred_language: str
    manager_index: int | None
    contractor: bool


@dataclass(frozen=True, slots=True)
class CompanyGroup:
    """A group with the numbers of its members."""

    object_id: str
    display_name: str
    description: str
    member_indexes: tuple[int, ...]


class Company:
    """A company of `size` people in one domain. The same seed and size give the same company in every process."""

    def __init__(self, seed: int, size: int, domain: str = "contoso.example", *, hostile_names: bool = False) -> None:
        if size < 1:
            raise ValueError("a company has at least one person")
        self.seed = seed
        self.size = size
        self.domain = domain
        self.hostile_names = hostile_names

    def person(self, index: int) -> Person:
        """Person number `index`, from 0. Numbers from `size` up are future joiners."""
        dice = self._dice("person", index)
        locale = _LOCALE_NAMES[_pick(dice, _LOCALE_WEIGHTS)]
        given_names, family_names = name_pool(locale, self.seed)
        given, surname = dice.choice(given_names), dice.choice(family_names)
        if self.hostile_names and index % 3 == 1:
            given, surname = HOSTILE[index // 3 % len(HOSTILE)]
        department = _DEPARTMENT_NAMES[int(dice.random() ** 2 * len(_DEPARTMENT_NAMES))]
        site = SITES[dice.randrange(len(SITES))]
        nickname = f"{ascii_name(given)[:12] or 'p'}.{ascii_name(surname)[:16] or 'x'}{index}"
        return Person(
            index=index,
            object_id=self.object_id("person", index),
            given_name=given,
            surname=surname,
            display_name=f"{given} {surname}",
            user_principal_name=f"{nickname}@{self.domain}",
            mail_nickname=nickname,
            mail=f"{nickname}@{self.domain}",
            job_title="Chief Executive" if index == 0 else dice.choice(DEPARTMENTS[department]),
            department=department,
            employee_id=f"{100_000 + index}",
            office=site.name,
            street_address=site.street,
            city=site.city,
            state=site.state,
            postal_code=site.postal_code,
            country=site.country,
            telephone=f"{site.phone_prefix} {index:05d}",
            mobile=f"{site.phone_prefix} 9{index:05d}",
            preferred_language=LANGUAGES[locale],
            manager_index=self.manager_of(index),
            contractor=index > 0 and dice.random() < 0.08,
        )

    def manager_of(self, index: int) -> int | None:
        """The number of a person's manager, without deriving the person."""
        return manager_of(index)

    def people(self) -> Iterator[Person]:
        """All people, in order."""
        return map(self.person, range(self.size))

    def groups(self, people: Iterable[Person] | None = None) -> list[CompanyGroup]:
        """One group of all people, one for each department and site, and small projects. Members are sorted by number.

        `people` are the result of `people()`, if the caller has it already.
        """
        by_department: dict[str, list[int]] = {name: [] for name in DEPARTMENTS}
        by_site: dict[str, list[int]] = {site.name: [] for site in SITES}
        for person in people or self.people():
            by_department[person.department].append(person.index)
            by_site[person.office].append(person.index)
        made = [("Everybody", "All people of the company", list(range(self.size)))]
        made += [(f"Department {name}", f"People of {name}", members) for name, members in by_department.items()]
        made += [(f"Site {name}", f"People in {name}", members) for name, members in by_site.items()]
        for number in range(max(2, self.size // 40)):
            dice = self._dice("project", number)
            size = min(self.size, dice.randint(3, 15))
            members = sorted(dice.sample(range(self.size), size))
            made.append((f"Project {number + 1:03d}", "A project across departments", members))
        return [
            CompanyGroup(self.object_id("group", number), name, description, tuple(members))
            for number, (name, description, members) in enumerate(made)
        ]

    def object_id(self, kind: str, number: int) -> str:
        """The object id of a person or group in the directory."""
        return str(uuid.uuid5(_NAMESPACE, f"{self.seed}/{kind}/{number}"))

    def _dice(self, kind: str, number: int) -> random.Random:
        return random.Random(f"{self.seed}/{kind}/{number}")


def _pick(dice: random.Random, cumulative: tuple[int, ...]) -> int:
    return bisect_right(cumulative, dice.random() * cumulative[-1])
