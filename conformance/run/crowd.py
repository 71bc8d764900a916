"""Makes and removes the crowd of a run: by Bulk where the target carries it out faithfully, otherwise over parallel connections.

The first users are created one at a time to measure how fast the target is. If the whole crowd would take longer than
the budget, it is omitted, and the report says so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

from conformance.check_api.crowd import GROUPS, USERS, Crowd, user_name
from conformance.check_api.session import GONE, Plan, Session
from conformance.requirements.verdict import Finding, NotOffered
from conformance.run import bulk
from conformance.run.bulk import Job, Json
from conformance.run.threads import work_off
from conformance.target.client import Answer, Client, NoAnswer
from conformance.target.discovery import Target
from simulator.stream.events import CheckCrowdEvent, CrowdState
from simulator.wording import counted

BUDGET_S = 60.0  # for making and removing the crowd
ALLOWANCE = 3  # times the budget, for a target that slows down meanwhile
FIRST = 5  # users that are created one at a time, to measure
SAMPLE = 20  # deletions by bulk requests that an independent read confirms
STEP = 100  # resources between two reports of progress

Report = Callable[[CheckCrowdEvent], None]


class LeftOut(Exception):
    """The crowd cannot be created, or not within the budget; `status` is the target's response to the failed request."""

    def __init__(self, why: str, status: int = 0) -> None:
        super().__init__(why)
        self.status = status


@dataclass(slots=True)
class CrowdMaker:
    """Creates and removes the crowd of one run; `made` holds the URLs of the resources that must be removed."""

    client: Client
    target: Target
    plan: Plan
    parallel: int = 4
    budget_s: float = BUDGET_S
    report: Report = lambda event: None
    made: list[str] = field(default_factory=list)
    _by: Literal["bulk", "requests"] = "requests"
    _faithful: bool = True  # whether bulk requests have been carried out so far
    _begun: float = 0.0
    _seconds_each: float = 0.0  # for one create over all connections
    _told: int = 0

    def make(self, absent: str = "") -> Crowd:
        """The crowd, or an empty one with the reason; with `absent`, nothing is sent."""
        self._begun = time.monotonic()
        if absent:
            return self._left_out(absent)
        session = Session(self.client, self.target, self.plan)
        try:
            crowd = self._make(session)
        except LeftOut as error:
            return self._left_out(str(error), error.status)
        except Finding as error:
            return self._left_out(error.message)
        except NoAnswer as error:
            return self._left_out(f"a create got no response ({error})")
        self.plan.made.update(url.rpartition("/")[2] for url in self.made)
        self._tell("made", users=len(crowd.users), groups=len(crowd.groups) + bool(crowd.group))
        return crowd

    def remove(self) -> list[str]:
        """Delete everything that was made, groups first; returns the URLs of what still exists."""
        if not self.made:
            return []
        self._begun = time.monotonic()
        urls = [*reversed(self.made)]
        left = bulk.delete(self.client, self.target, urls) if self._by == "bulk" else urls
        left = self._removed_one_by_one(left)
        if any(self._exists(url) for url in urls[:: max(1, len(urls) // SAMPLE)] if url not in left):
            left = self._removed_one_by_one(urls)  # the bulk response reported them as deleted, but they still exist
        left = [url for url in left if self._exists(url)]
        self.made.clear()
        self._tell("removed", left=len(left))
        return left

    # Creating

    def _left_out(self, why: str, status: int = 0) -> Crowd:
        self._tell("left out", why)
        return Crowd(absent=why, refused=status)

    def _make(self, session: Session) -> Crowd:
        endpoint, mark = session.users, session.name()
        declared = [a for a in self.target.attributes("User") if a.name == "externalId"]
        own = all(attribute.mutability == "readWrite" for attribute in declared)
        jobs: list[Job] = [
            (
                endpoint,
                session.user_body(userName=user_name(mark, n), **({"externalId": f"{mark}.{n:04}"} if own else {})),
            )
            for n in range(USERS)
        ]
        ids: dict[int, str] = {}
        begun = time.monotonic()
        for number in range(FIRST):
            ids[number] = self._posted(jobs[number])
        self._seconds_each = (time.monotonic() - begun) / FIRST / self.parallel
        if not self.target.offers("bulk"):
            self._must_be_worthwhile(self._seconds_each, f"over {counted(self.parallel, 'connection')}")
        self._make_all(jobs, ids)
        members = [{"value": ids[number]} for number in range(USERS)]
        users = tuple(item["value"] for item in members)
        try:
            places = session.groups
        except NotOffered:
            return Crowd(mark, users)
        group = self._group(session, places, mark, members)
        small: list[Job] = [
            (places, session.group_body(displayName=f"{mark}.{n:03}", members=members[:1])) for n in range(GROUPS)
        ]
        group_ids: dict[int, str] = {}
        with suppress(LeftOut):  # the checks on users and on the large group still run
            self._make_all(small if group else [], group_ids)
        return Crowd(mark, users, group, tuple(group_ids[number] for number in sorted(group_ids)))

    def _must_be_worthwhile(self, seconds_each: float, how: str) -> None:
        """Raises LeftOut when making and removing the crowd at this speed would exceed the budget."""
        needed = seconds_each * (USERS + GROUPS) * 2
        if needed > self.budget_s:
            raise LeftOut(
                f"creating and removing {USERS:,} users {how} would take about {needed:.0f} s; "
                f"the limit is {self.budget_s:.0f} s (--crowd creates them anyway)"
            )

    def _make_all(self, jobs: list[Job], ids: dict[int, str]) -> None:
        """Create the resources that have no id yet, by bulk requests as long as the server carries them out correctly."""
        waiting = {number: job for number, job in enumerate(jobs) if number not in ids}
        if self.target.offers("bulk") and self._faithful:
            self._make_in_bulk(jobs, waiting, ids)
        work_off(
            [number for number in waiting if number not in ids],
            lambda number: self._post_one(number, jobs, ids),
            threading.Event(),
            self.parallel,
        )

    def _make_in_bulk(self, jobs: list[Job], waiting: dict[int, Job], ids: dict[int, str]) -> None:
        """Create by bulk requests until the server does not carry one out correctly."""
        self._by = "bulk"
        for at, portion in enumerate(bulk.portions(self.target, waiting)):
            begun = time.monotonic()
            made = bulk.create(self.client, portion)
            self.made += [f"{self.client.base_url}{jobs[number][0]}/{id_}" for number, id_ in made.items()]
            if not self._is_faithful(portion, made):
                self._by, self._faithful = "requests", False
                self._must_be_worthwhile(self._seconds_each, f"over {counted(self.parallel, 'connection')}")
                return
            ids |= made
            if at and len(ids) < len(jobs):  # the first request is short, so its latency says little
                self._must_be_worthwhile((time.monotonic() - begun) / len(portion), "in bulk requests")
            self._progress(jobs, ids)

    def _is_faithful(self, portion: dict[int, Job], made: dict[int, str]) -> bool:
        """Whether a bulk request created every resource, as an independent read of the last one shows."""
        if made.keys() != portion.keys():
            return False
        number, (endpoint, body) = next(reversed(portion.items()))
        name = "userName" if "userName" in body else "displayName"
        shown = self.client.send("GET", f"{endpoint}/{made[number]}")[name]
        return isinstance(shown, str) and shown.lower() == str(body[name]).lower()

    def _post_one(self, number: int, jobs: list[Job], ids: dict[int, str]) -> None:
        if time.monotonic() - self._begun > self.budget_s * ALLOWANCE:
            told = f"after {self.budget_s * ALLOWANCE:.0f} s, {len(self.made):,} of {USERS:,} users were created"
            raise LeftOut(told)
        ids[number] = self._posted(jobs[number])
        self._progress(jobs, ids)

    def _posted(self, job: Job) -> str:
        """Create one resource; returns its id, raises LeftOut for anything but success."""
        endpoint, body = job
        try:
            answer = self.client.send("POST", endpoint, body)
        except NoAnswer:  # one lost response in a thousand does not justify a run without the crowd
            if found := self._found(endpoint, body):
                return found
            answer = self.client.send("POST", endpoint, body)
        self._keep(endpoint, answer)
        if answer.status == 409 and (found := self._found(endpoint, body)):
            return found  # a bulk request created it without reporting it
        if answer.status != 201 or not isinstance(answer["id"], str):
            detail = f" ({str(answer['detail'])[:120]})" if answer["detail"] else ""
            told = f"POST {endpoint} returned {answer.status}{detail} after {counted(len(self.made), 'create')}"
            raise LeftOut(told, answer.status)
        return str(answer["id"])

    def _found(self, endpoint: str, body: Json) -> str:
        """The id of the resource with this name; empty if a search does not find it."""
        name = "userName" if "userName" in body else "displayName"
        answer = self.client.send("GET", endpoint, parameters={"filter": f'{name} eq "{body[name]}"'})
        for item in answer["Resources"] or ():
            if isinstance(item, dict) and str(item.get(name)).lower() == body[name].lower() and item.get("id"):
                self.made.append(f"{self.client.base_url}{endpoint}/{item['id']}")
                return str(item["id"])
        return ""

    def _keep(self, endpoint: str, answer: Answer) -> None:
        if answer.status == 201 and isinstance(answer["id"], str):
            self.made.append(f"{self.client.base_url}{endpoint}/{answer['id']}")

    def _group(self, session: Session, endpoint: str, mark: str, members: list[Json]) -> Json:
        """The group of everyone: in one POST, or member by member in portions where the target rejects that."""
        answer = self.client.send("POST", endpoint, session.group_body(displayName=mark, members=members))
        self._keep(endpoint, answer)
        if answer.status != 201:
            answer = self.client.send("POST", endpoint, session.group_body(displayName=mark))
            self._keep(endpoint, answer)
            if answer.status != 201 or not isinstance(answer["id"], str):
                return {}
            for start in range(0, len(members), 100):
                session.patch(
                    f"{endpoint}/{answer['id']}",
                    {"op": "add", "path": "members", "value": members[start : start + 100]},
                )
        return {"id": answer["id"], "displayName": mark, "schemas": answer["schemas"] or []}

    # Removing

    def _removed_one_by_one(self, urls: list[str]) -> list[str]:
        left: list[str] = []
        done: list[str] = []

        def delete(url: str) -> None:
            try:
                if self.client.network_faults.gone or self.client.send("DELETE", url).status not in GONE:
                    left.append(url)
            except NoAnswer:
                left.append(url)
            done.append(url)
            if len(done) % STEP == 0:
                self._tell("removing", left=len(urls) - len(done))

        for _, run in groupby(urls, key=lambda url: url.rpartition("/")[0]):  # the groups before their members
            work_off(list(run), delete, threading.Event(), self.parallel)
        return left

    def _exists(self, url: str) -> bool:
        if self.client.network_faults.gone:
            return True
        try:
            return self.client.send("GET", url).status not in (404, 410)
        except NoAnswer:
            return True

    # Reporting

    def _progress(self, jobs: list[Job], ids: dict[int, str]) -> None:
        if len(jobs) == USERS and len(ids) - self._told >= STEP:
            self._told = len(ids)
            self._tell("making", users=len(ids))

    def _tell(self, state: CrowdState, reason: str = "", **numbers: int) -> None:
        self.report(
            {
                "event": "crowd",
                "state": state,
                "users": numbers.get("users", 0),
                "groups": numbers.get("groups", 0),
                "left": numbers.get("left", 0),
                "by": self._by,
                "seconds": round(time.monotonic() - self._begun, 1),
                "reason": reason,
            }
        )
