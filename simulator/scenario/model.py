"""The data model of scenario files."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from simulator.company.people import Company
from simulator.directory.directory import Directory
from simulator.entra.settings import EntraSettings
from simulator.lifecycle.durations import parse_duration
from simulator.lifecycle.expectations import parse_expectation
from simulator.lifecycle.life import random_life
from simulator.lifecycle.lifecycle_events import WHAT, EventDoesNotFit, LifecycleEvent, apply_event
from simulator.mapping.expressions.evaluation import ExpressionError
from simulator.mapping.expressions.parser import parse_expression
from simulator.mapping.scoping_filter import Clause, FilterError
from simulator.mapping.target_path import PathError, parse_path
from simulator.providers import IDPS
from simulator.provisioning.state import ResetScope

DEFAULT_START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday, before the first sync of the week

# Far enough from the ends of Python's calendar (years 1 to 9999) that a scenario's days can be counted from every moment.
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
Moment = Annotated[AwareDatetime, Field(ge=EARLIEST, le=LATEST)]
LAST_DAY = 36_600  # the latest day of an event; events after the scenario's last day are skipped


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Provider(EntraSettings):
    """The identity provider and its settings (knobs), by name."""

    idp: Literal[IDPS] = "entra"  # type: ignore[valid-type]
    mapping: Path | None = None  # a synchronization schema (JSON) that Entra exported; None: the default mapping

    def settings(self) -> EntraSettings:
        """The provider's settings, without its name and mapping."""
        return EntraSettings.model_validate(self.model_dump(exclude={"idp", "mapping"}))


_SENTENCES = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


class ScenarioEvent(_Strict):
    """One event of a scenario.

    Its time is one of: `day` (from 1) with `at` (a time of day in UTC), `moment` (an absolute time), or `after` (a duration
    after the previous event). `person` is a person's number in the company or a name from the cast. `then` lists the
    expectations that follow from the event.
    """

    what: Literal[tuple(WHAT)]  # type: ignore[valid-type]
    day: Annotated[int, Field(ge=1, le=LAST_DAY)] | None = None
    at: time | None = None
    moment: Moment | None = None
    after: str | None = None
    person: Annotated[int, Field(ge=0)] | str | None = None
    group: str | None = None
    detail: dict[str, Any] = Field(default_factory=dict)
    then: Annotated[list[str], WithJsonSchema(_SENTENCES)] = Field(default_factory=list)

    @field_validator("at", mode="before")
    @classmethod
    def _of_day(cls, value: Any) -> Any:
        if isinstance(value, int | float):  # which would be taken as seconds since midnight
            raise ValueError(f'a time of day such as "17:52", got {value}')
        return value

    @field_validator("after")
    @classmethod
    def _duration(cls, value: str | None) -> str | None:
        if value is not None:
            parse_duration(value)
        return value

    @field_validator("detail")
    @classmethod
    def _how_long(cls, value: dict[str, Any]) -> dict[str, Any]:
        if "for" in value:
            parse_duration(str(value["for"]))
        return value

    @model_validator(mode="after")
    def _configuration(self) -> Self:
        """Parse what an administrator changes when the file is read, before the first request. Raises ValueError."""
        detail = self.detail
        if self.what == "scope_changed" and detail.get("scope") not in ("all", "assigned"):
            raise ValueError("detail: {scope: all} or {scope: assigned} for scope_changed")
        unknown = {str(scope) for scope in detail.get("scopes", ())} - {*ResetScope}
        if unknown:
            raise ValueError(f"scopes among {', '.join(ResetScope)}, got {', '.join(sorted(unknown))}")
        try:
            if self.what == "mapping_changed":
                parse_path(str(detail.get("attribute") or ""))
                if detail.get("expression") is not None:
                    parse_expression(str(detail["expression"]))
            elif self.what == "filter_changed" and detail:
                values = tuple(map(str, detail.get("values", ())))
                Clause(str(detail.get("attribute") or ""), str(detail.get("operator")), values)
        except (PathError, ExpressionError, FilterError) as error:
            raise ValueError(f"another detail for {self.what}: {error}") from None
        return self

    @field_validator("then", mode="before")
    @classmethod
    def _sentences(cls, value: Any) -> Any:
        sentences = [value] if isinstance(value, str) else value
        for sentence in sentences if isinstance(sentences, list) else ():
            parse_expectation(str(sentence))
        return sentences


class Scenario(_Strict):
    """A company, an identity provider, and a timeline of events. docs/simulate.md describes the file format.

    Attributes:
        name: Name of the scenario.
        story: One sentence that describes it.
        seed: Seed of the company and of random events.
        users: Number of people in the company.
        days: Number of virtual days.
        start: Start of the first day, with a UTC offset.
        hostile_names: Whether some people have names with special characters, such as quotes.
        cast: Names for people, who are given by their numbers.
        brownfield: Share of the people who already exist in the target, from 0 to 1.
        about: Providers that the scenario supports. Empty means all.
        judge: When the target must match the directory.
        provider: Identity provider and its knobs.
        verify: What the run reads back after each cycle.
        life: `random` adds random joiners, movers, and leavers.
        busy: Factor for the number of random events. 1.0 is a slowly growing company.
        events: Events in order.
    """

    name: str = "unnamed"
    story: str = ""
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 4711
    users: Annotated[int, Field(ge=1, le=100_000)] = 200
    days: Annotated[int, Field(ge=0, le=3660)] = 30
    start: Moment = DEFAULT_START
    hostile_names: bool = False
    cast: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    brownfield: Annotated[float, Field(ge=0, le=1)] = 0.0  # share of the people who already exist in the target
    about: list[Literal[IDPS]] = Field(default_factory=list)  # type: ignore[valid-type]  # empty: any provider
    judge: Literal["every cycle", "the end"] = "every cycle"  # what must equal the directory for the run to pass
    provider: Provider = Field(default_factory=Provider)
    verify: Literal["touched", "every cycle", "by id"] = "touched"  # by id: reads only what the run wrote, never a list
    life: Literal["none", "random"] = "none"
    busy: Annotated[float, Field(gt=0, le=100)] = (
        1.0  # factor for the number of random events; 1.0 is a slowly growing company
    )
    events: list[ScenarioEvent] = Field(default_factory=list)
    _places: tuple[str, ...] = PrivateAttr(default=())  # `file:line` of the scenario, then of each event

    def place_of(self, number: int | None) -> str:
        """The place of an event, such as `life.yaml:12`. Without a known event: the scenario's place, or its name."""
        places = self._places
        if not places:
            return self.name
        return places[0] if number is None or number + 1 >= len(places) else places[number + 1]

    def written_at(self, places: tuple[str, ...]) -> Scenario:
        """A copy of the scenario with the given places."""
        found = self.model_copy()
        found._places = places
        return found

    def as_changed_from(self, other: Scenario) -> Scenario:
        """A copy of the scenario with the places of `other`, whose events it shares."""
        return self.written_at(other._places)

    def company(self) -> Company:
        return Company(self.seed, self.users, hostile_names=self.hostile_names)

    def directory(self, company: Company) -> Directory:
        """The company's directory as the provider sees it at the start."""
        made = Directory.from_company(company, self.start)
        made.sync_all = self.provider.sync_all
        made.replication_lag = timedelta(minutes=self.provider.replication_minutes)
        made.group_lag = timedelta(minutes=self.provider.dynamic_group_minutes)
        return made

    def timeline(self, company: Company) -> list[LifecycleEvent]:
        """All events sorted by time: the listed events and those of the random life."""
        listed: list[LifecycleEvent] = []
        for number, event in enumerate(self.events):
            try:
                made = self._event(event, listed[-1].at if listed else self.start)
            except EventDoesNotFit as error:
                error.number = number
                raise
            listed.append(replace(made, number=number))
        if self.life == "random":
            listed += random_life(company, self.seed, self.start, self.days, self.busy)
        return sorted(listed, key=lambda event: event.at)

    def only(self, events: list[LifecycleEvent]) -> Scenario:
        """A copy of the scenario with exactly these events at their times. Raises EventDoesNotFit."""
        listed = [
            ScenarioEvent(
                what=event.what,
                moment=event.at,
                person=event.person,
                group=event.group,
                detail=event.detail,
                then=[one.text for one in event.then],
            )
            for event in events
        ]
        found = self.model_copy(update={"events": listed, "life": "none"})
        found.rehearse()
        return found

    def rehearse(self) -> int:
        """Apply the listed events to a directory without a target. Returns how many events lie after the last day.

        Raises EventDoesNotFit for the first event that is impossible.
        """
        if not self.events:
            return 0  # the events of a random life are always possible
        company = self.company()
        directory = Directory.from_company(company, self.start)
        end = self.start + timedelta(days=self.days)
        timeline = self.timeline(company)
        within = [event for event in timeline if event.at <= end]
        for event in within:
            directory.purge_expired(event.at)
            try:
                apply_event(event, directory, company)
            except EventDoesNotFit as error:
                error.number = event.number
                raise
        return len(timeline) - len(within)

    def person(self, who: int | str | None) -> int | None:
        """The number of a person given by number or cast name. Raises EventDoesNotFit for an unknown name."""
        if isinstance(who, str) and not who.isdigit():
            if who not in self.cast:
                raise EventDoesNotFit(f'"{who}" is not in the cast ({", ".join(self.cast) or "the cast is empty"})')
            return self.cast[who]
        return None if who is None else int(who)

    def _event(self, event: ScenarioEvent, previous: datetime) -> LifecycleEvent:
        moment = event.moment
        if event.after is not None:
            moment = min(previous, LATEST) + parse_duration(event.after)
        if moment is None:
            day = self.start + timedelta(days=(event.day or 1) - 1)
            of_day = event.at or time(9)
            moment = day.replace(hour=of_day.hour, minute=of_day.minute, second=of_day.second, microsecond=0)
        then = tuple(parse_expectation(sentence) for sentence in event.then)
        for expectation in then:
            self.person(expectation.who or None)
        return LifecycleEvent(moment, event.what, self.person(event.person), event.group, event.detail, then)
