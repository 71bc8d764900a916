"""The end state: reads the target back and compares it with what the run should have left. Fast and wrong fails."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

import orjson
import urllib3

from loadtests.generator import Result
from loadtests.scenarios.catalog import finished_work
from loadtests.scenarios.initial_cycle import current_values
from loadtests.scenarios.plan import Settings
from loadtests.workload import Workload
from simulator.verify.compare import Comparison, Difference
from simulator.verify.expected import ExpectedGroup, ExpectedState, ExpectedUser

PAGE = 500
MOST_RESOURCES = 2_000_000  # a target that pages without end has to end somewhere
TOLD_EVERY_SECONDS = 2.0


class Readable(Protocol):
    """What reading back needs of a target."""

    @property
    def url(self) -> str: ...
    @property
    def token(self) -> str: ...


class Unreadable(Exception):
    """The target cannot be read back; the message says why, `status` is that of its answer (None: there was none)."""

    def __init__(self, line: str, status: int | None = None) -> None:
        super().__init__(line)
        self.status = status


def read_target(target: Readable, endpoint: str, tell: Callable[[str], None]) -> list[dict[str, Any]]:
    """All resources of an endpoint, page by page (RFC 7644 section 3.4.2.4); raises Unreadable."""
    http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=60))
    headers = {"Authorization": f"Bearer {target.token}", "Accept": "application/scim+json"}
    found: list[dict[str, Any]] = []
    told = time.monotonic()
    while True:
        url = f"{target.url}{endpoint}?startIndex={len(found) + 1}&count={PAGE}"
        resources, total = _page(http, url, endpoint, headers)
        found += resources
        if len(found) >= total:
            return found
        if not resources:
            raise Unreadable(f"GET {endpoint}: {len(found)} of {total} resources came, then an empty page", 200)
        if len(found) > MOST_RESOURCES:
            raise Unreadable(f"GET {endpoint}: more than {MOST_RESOURCES:,} resources", 200)
        if time.monotonic() - told > TOLD_EVERY_SECONDS:
            told = time.monotonic()
            tell(f"  reading {endpoint}: {len(found)} of {total}")


def _page(
    http: urllib3.PoolManager, url: str, endpoint: str, headers: dict[str, str]
) -> tuple[list[dict[str, Any]], int]:
    """Resources of one page and the total."""
    try:
        response = http.request("GET", url, headers=headers, redirect=False)
    except urllib3.exceptions.HTTPError as error:
        raise Unreadable(f"GET {endpoint}: {_reason(error)}") from None
    if response.status != 200:
        raise Unreadable(f"GET {endpoint}: answered {response.status}, expected 200", response.status)
    try:
        page = orjson.loads(response.data)
    except orjson.JSONDecodeError:
        raise Unreadable(f"GET {endpoint}: the answer is no JSON", 200) from None
    resources = page.get("Resources") or [] if isinstance(page, dict) else None
    total = page.get("totalResults") if isinstance(page, dict) else None
    if not isinstance(resources, list) or not isinstance(total, int) or not all(isinstance(r, dict) for r in resources):
        raise Unreadable(f"GET {endpoint}: the answer is no ListResponse", 200)
    return resources, total


def _reason(error: urllib3.exceptions.HTTPError) -> str:
    """Why there was no answer, for people."""
    if isinstance(error, urllib3.exceptions.NameResolutionError):
        return "no such host"
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "connection refused"
    if isinstance(error, urllib3.exceptions.SSLError):
        return "its certificate cannot be verified (SSL_CERT_FILE names a CA file of your own)"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "no answer within 60 s"
    return "the connection broke off"


def expected_work(settings: Settings, result: Result) -> Workload:
    """What the directory says after the run, linked to the target by the ids that it gave."""
    work = finished_work(settings)
    work.user_ids.update(result.user_ids)
    work.group_ids.update(result.group_ids)
    work.revisions.update(result.revisions)
    work.inactive.update(result.inactive)
    work.joined.update(result.joined)
    work.left_groups.update(result.left_groups)
    return work


def compare_end_state(
    work: Workload, users: list[dict[str, Any]], groups: list[dict[str, Any]], foreign: frozenset[str]
) -> list[Difference]:
    """What is lost, doubled or wrong; `foreign` ids were there before the run."""
    expected = ExpectedState(foreign=foreign)
    shared: list[Difference] = []
    for index in (*range(work.company.size), *sorted(work.joined)):
        person = work.company.person(index)
        target = work.user_ids.get(index)
        if target is None:
            expected.unlinked[person.object_id] = person.display_name
            continue
        if target in expected.users:  # one of the two was overwritten, and the list alone would never show it
            other = f"that of {expected.users[target].name}"
            shared.append(Difference("twice", person.display_name, "id", "an id of their own", other))
        manager = None if person.manager_index is None else work.user_ids.get(person.manager_index)
        values = current_values(work, index)
        expected.users[target] = ExpectedUser(person.object_id, person.display_name, values, manager)
    for number, group in enumerate(work.groups):
        staying = (i for i in group.member_indexes if (number, i) not in work.left_groups)
        members = frozenset(work.user_ids[i] for i in staying if i in work.user_ids)
        target = work.group_ids.get(number)
        if target is None:
            expected.unlinked[group.object_id] = group.display_name
        else:
            expected.groups[target] = ExpectedGroup(
                group.object_id, group.display_name, {"displayName": group.display_name}, members
            )
    expected.foreign -= expected.users.keys() | expected.groups.keys()
    return shared + Comparison().differences(expected, users, groups)
