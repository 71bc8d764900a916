"""Checks one response of each operation before it is measured, because a wrong response can be fast.

Each probe returns None, or in a few words what the server did wrong.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from loadtests.bench.operations import PAGE, member_comes, member_leaves, retitle
from loadtests.bench.population import Stored, members_of
from loadtests.bench.raw_client import TargetFailed
from loadtests.bench.server import Server
from simulator.entra import requests
from simulator.mapping.target_path import GROUP_URN
from simulator.provisioning.request import Request

Probe = Callable[[Server, Stored], Awaitable[str | None]]


async def trouble_with(operation: str, server: Server, stored: Stored) -> str | None:
    """None if the server executes the operation correctly. The bare app is not checked, because it has no storage."""
    if server.bare:
        return None
    try:
        return await _PROBES[operation](server, stored)
    except (TargetFailed, OSError) as error:
        return str(error)


async def _get(server: Server, stored: Stored) -> str | None:
    status, body = await server.ask(requests.read_user(stored.ids[-1]))
    if status != 200:
        return _refused(status)
    return None if _holds(body, stored) else "wrong: a different user"


async def _filter_name(server: Server, stored: Stored) -> str | None:
    return await _found(server, stored, "userName", stored.names[-1])


async def _filter_external_id(server: Server, stored: Stored) -> str | None:
    return await _found(server, stored, "externalId", stored.external_ids[-1])


async def _found(server: Server, stored: Stored, attribute: str, value: str) -> str | None:
    status, body = await server.ask(requests.match_user(attribute, value))
    if status != 200:
        return _refused(status)
    hits = _resources(body)
    if len(hits) != 1:
        return f"wrong: finds {len(hits)} users"
    return None if _holds(hits[0], stored) else "wrong: finds a different user"


async def _page(server: Server, stored: Stored) -> str | None:
    users = len(stored.ids)
    pages = []
    for start in (1, max(1, users - PAGE + 1)):
        status, body = await server.ask(requests.read_page("/Users", start, PAGE))
        if status != 200:
            return _refused(status)
        pages.append([person.get("id") for person in _resources(body)])
        if len(pages[-1]) != min(PAGE, users) or body.get("totalResults", 0) < users:
            return f"wrong: {len(pages[-1])} users on a page, {body.get('totalResults')} in total"
    overlap = set(pages[0]) & set(pages[1])
    return "wrong: pages overlap" if overlap and users >= 2 * PAGE else None


async def _post(server: Server, stored: Stored) -> str | None:
    status, body = await server.ask(Request("POST", "/Users", stored.newcomers[0], "create user"))
    if status != 201:
        return _refused(status)
    id_ = str(body.get("id")) if isinstance(body, dict) else ""
    read, _ = await server.ask(requests.read_user(id_))
    deleted, _ = await server.ask(requests.delete_user(id_))
    if read != 200:
        return f"wrong: the user does not exist afterwards ({read})"
    return None if deleted in (200, 204) else f"not measured: DELETE {_refused(deleted)}"


async def _patch(server: Server, stored: Stored) -> str | None:
    status, _ = await server.ask(retitle(stored.ids[-1], "Probe"))
    if status not in (200, 204):
        return _refused(status)
    _, body = await server.ask(requests.read_user(stored.ids[-1]))
    return None if isinstance(body, dict) and body.get("title") == "Probe" else "wrong: does not change the title"


async def _patch_member(server: Server, stored: Stored) -> str | None:
    """Remove and add the last member. The other members must stay."""
    member, size = stored.ids[-1], members_of(len(stored.ids))
    for request, expected in ((member_leaves, False), (member_comes, True)):
        status, _ = await server.ask(request(stored, member))
        if status not in (200, 204):
            return _refused(status)
        _, group = await server.ask(Request("GET", f"/Groups/{stored.group_id}", None, "read group"))
        if not isinstance(group, dict) or GROUP_URN not in group.get("schemas", ()):
            return "wrong: the group cannot be read"
        held = {one.get("value") for one in group.get("members") or ()}
        if (member in held) != expected or len(held) != size - (not expected):
            return f"wrong: {len(held)} members, expected {size - (not expected)}"
    return None


_PROBES: dict[str, Probe] = {
    "GET by id": _get,
    "filter userName eq": _filter_name,
    "filter externalId eq": _filter_external_id,
    "page of 100": _page,
    "POST": _post,
    "PATCH": _patch,
    "PATCH one member": _patch_member,
}


def _refused(status: int) -> str:
    return f"refused {status}"


def _resources(body: Any) -> list[dict[str, Any]]:
    found = body.get("Resources") if isinstance(body, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _holds(body: Any, stored: Stored) -> bool:
    """Whether the resource is the last user."""
    return (
        isinstance(body, dict)
        and body.get("id") == stored.ids[-1]
        and str(body.get("userName")).casefold() == stored.names[-1].casefold()
    )
