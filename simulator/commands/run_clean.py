"""The clean command: recognizes resources of the simulated company in a target and deletes them."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import uvloop

from simulator.entra.tenant_url import without_flag
from simulator.provisioning.request import read_page
from simulator.report.console import some_of
from simulator.report.difference import printable
from simulator.run import session
from simulator.run.leftovers import Leftovers, recognize
from simulator.run.made_resources import Removed, remove_paths
from simulator.run.outcome import TargetUnusable
from simulator.run.session import BadInput
from simulator.verify.read_back import ReadBackFailed, read_all, still_listed
from simulator.wire.client import ScimClient
from simulator.wording import counted

SHOWN = 10


def run_clean(url: str | None, secrets: session.Secrets, *, dry_run: bool) -> int:
    """Returns 0 when none of these resources remain or are still listed, otherwise 1. Raises BadInput or TargetUnusable."""
    if url is None:
        raise BadInput("--url: missing; set the base URL of the target with --url or the environment variable SCIM_URL")
    with session.open_target(without_flag(url), secrets) as target:
        found, removed = uvloop.run(_clean(target, dry_run=dry_run))
    users, groups = counted(len(found.users), "user"), counted(len(found.groups), "group")
    _say(f"  found      {users} and {groups} of the simulated company")
    if dry_run:
        for path, name in [*found.groups.items(), *found.users.items()]:
            _say(f"             {path}   {printable(name)}")
        return 0
    if found.paths:
        _say(f"  removed    {counted(len(removed.gone), 'resource')}")
    for path in removed.left[:SHOWN]:
        _say(f"  !          {path} could not be removed")
    if len(removed.left) > SHOWN:
        _say(f"  !          and {len(removed.left) - SHOWN} more could not be removed")
    if listed := removed.still_listed:
        _say(f"  !          The target still lists {counted(len(listed), 'deleted resource')}: {some_of(listed)}")
    return 1 if removed.left or removed.still_listed else 0


async def _clean(target: session.Target, *, dry_run: bool) -> tuple[Leftovers, Removed]:
    async with ScimClient(target.url, target.token) as client:

        async def page(endpoint: str, start: int, count: int) -> Any:
            exchange = await client.send(read_page(endpoint, start, count))
            if exchange.status in (401, 403):
                raise TargetUnusable(f"{target.url} rejects the token ({exchange.status})")
            if exchange.status != 200:
                raise ReadBackFailed(f"GET {endpoint}: {exchange.status or exchange.failure}")
            return exchange.response_json()

        try:
            users = await read_all(page, "/Users")
        except ReadBackFailed as error:
            raise TargetUnusable(f"{target.url} cannot be read: {error}") from None
        try:
            groups = await read_all(page, "/Groups")
        except ReadBackFailed:
            groups = []  # a target without groups
        found = recognize(users, groups)
        if dry_run:
            return found, Removed()
        removed = await remove_paths(client, found.paths, lambda done, total: _say(f"  removing   {done} of {total}"))
        return found, replace(removed, still_listed=await still_listed(page, removed.gone))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
