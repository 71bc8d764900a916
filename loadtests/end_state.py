"""The end state: reads the target back and compares it with what the run should have left. Fast and wrong fails."""

from __future__ import annotations

from typing import Any

import orjson
import urllib3

from loadtests.scenarios.initial_cycle import wanted_values
from loadtests.workload import Workload
from simulator.verify.compare import Comparison, Difference
from simulator.verify.expected import ExpectedGroup, ExpectedState, ExpectedUser

PAGE = 500


class Unreadable(Exception):
    """The target cannot be read back; the message says why."""


def read_target(base_url: str, token: str, endpoint: str) -> list[dict[str, Any]]:
    """All resources of an endpoint, page by page; raises Unreadable."""
    http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=60))
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/scim+json"}
    found: list[dict[str, Any]] = []
    while True:
        url = f"{base_url}{endpoint}?startIndex={len(found) + 1}&count={PAGE}"
        try:
            response = http.request("GET", url, headers=headers, redirect=False)
            page = orjson.loads(response.data) if response.status == 200 else None
        except (urllib3.exceptions.HTTPError, orjson.JSONDecodeError) as error:
            raise Unreadable(f"GET {endpoint}: {type(error).__name__}") from None
        if not isinstance(page, dict) or not isinstance(page.get("totalResults"), int):
            raise Unreadable(f"GET {endpoint}: {response.status}, expected a ListResponse")
        found += page.get("Resources") or []
        if len(found) >= page["totalResults"] or not page.get("Resources"):
            return found


def compare_end_state(
    work: Workload, users: list[dict[str, Any]], groups: list[dict[str, Any]], foreign: frozenset[str]
) -> list[Difference]:
    """What is lost, doubled or wrong; `foreign` ids were there before the run."""
    expected = ExpectedState(foreign=foreign)
    for index in range(work.company.size):
        person = work.company.person(index)
        target = work.user_ids.get(index)
        if target is None:
            expected.unlinked[person.object_id] = person.display_name
            continue
        manager = None if person.manager_index is None else work.user_ids.get(person.manager_index)
        values = wanted_values(work.company, index)
        expected.users[target] = ExpectedUser(person.object_id, person.display_name, values, manager)
    for number, group in enumerate(work.groups):
        members = frozenset(work.user_ids[i] for i in group.member_indexes if i in work.user_ids)
        target = work.group_ids.get(number)
        if target is None:
            expected.unlinked[group.object_id] = group.display_name
        else:
            expected.groups[target] = ExpectedGroup(group.object_id, group.display_name, members)
    expected.foreign -= expected.users.keys() | expected.groups.keys()
    return Comparison().differences(expected, users, groups)
