"""Tracks the resources that a run creates in a target, and deletes them at the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import quote

from simulator.provisioning.request import Request, own
from simulator.run.outages import Sender
from simulator.stream.events import PhaseState
from simulator.stream.run_stream import RunStream
from simulator.verify.read_back import several
from simulator.wire.exchange import Exchange
from simulator.wire.retry_after import delay_seconds
from simulator.wording import counted

GONE = (200, 202, 204, 404, 410)
ATTEMPTS = 3
LONGEST_WAIT = 10.0  # seconds; a longer Retry-After is not honored
PART = 50  # resources deleted between two progress reports
TOLD_EVERY = 2.0  # seconds
NAMED_BY = {"/Users": "userName", "/Groups": "displayName"}
Progress = Callable[[int, int], None]  # deletions requested so far, total
StillShown = Callable[[list[str]], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class Removed:
    """The paths of the resources whose deletion the target accepted, of those that remain, and of those still listed."""

    gone: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    still_listed: list[str] = field(default_factory=list)


class MadeResources:
    """A client that remembers the resources that were created through it and still exist."""

    def __init__(self, client: Sender) -> None:
        self._client = client
        self.base_url = client.base_url
        self._made: dict[str, None] = {}  # paths, in the order of their creation
        self._unanswered: dict[tuple[str, str], None] = {}  # endpoint and name of POST requests without a response
        self.foreign: frozenset[str] = frozenset()  # ids of resources that existed before the run

    @property
    def is_used(self) -> bool:
        """Whether the run created a resource or may have created one."""
        return bool(self._made or self._unanswered)

    @property
    def paths(self) -> list[str]:
        """The paths of the created resources: groups first, because they refer to users."""
        return sorted(self._made, key=lambda path: not path.startswith("/Groups/"))

    async def send(
        self, request: Request, *, virtual_at: datetime | None = None, cause: dict[str, str] | None = None
    ) -> Exchange:
        """Send a request and note what it created or deleted."""
        bare = request.path.partition("?")[0]
        if request.method == "POST" and bare in NAMED_BY:
            name = str((request.body or {}).get(NAMED_BY[bare], ""))
            self._unanswered[bare, name] = None  # until a response arrives; an interruption may prevent that
            exchange = await self._client.send(request, virtual_at=virtual_at, cause=cause)
            if exchange.status is not None and exchange.status < 500:
                self._unanswered.pop((bare, name), None)
                self._note(bare, exchange.status, exchange.response_json())
            return exchange
        exchange = await self._client.send(request, virtual_at=virtual_at, cause=cause)
        if request.method == "DELETE" and exchange.status in GONE:
            self._made.pop(bare, None)
        return exchange

    async def remove(self, tell: Progress = lambda removed, total: None) -> Removed:
        """Delete the resources that the run created or may have created. Resources that existed before are kept."""
        await self._look_for_unanswered()
        return await remove_paths(self._client, self.paths, tell)

    def _note(self, endpoint: str, status: int, body: Any) -> None:
        id_ = body.get("id") if isinstance(body, dict) else None
        if status in (200, 201) and isinstance(id_, str) and id_ and id_ not in self.foreign:
            self._made[f"{endpoint}/{quote(id_, safe='')}"] = None

    async def _look_for_unanswered(self) -> None:
        for endpoint, name in self._unanswered:
            words = name.replace("\\", "\\\\").replace('"', '\\"')
            query = quote(f'{NAMED_BY[endpoint]} eq "{words}"', safe="")
            request = Request("GET", f"{endpoint}?filter={query}", None, "look for leftovers")
            page = (await self._client.send(own(request))).response_json()
            found = page.get("Resources") if isinstance(page, dict) else None
            for resource in found if isinstance(found, list) else ():
                if isinstance(resource, dict) and str(resource.get(NAMED_BY[endpoint])).casefold() == name.casefold():
                    self._note(endpoint, 200, resource)


async def remove_paths(client: Sender, paths: Iterable[str], tell: Progress, *, every: float = TOLD_EVERY) -> Removed:
    """Delete each path, several at a time, but all groups of `paths` before the users that follow them.

    `tell` is called about every `every` seconds with the progress.
    """
    todo, left, done, told = list(paths), [], 0, time.monotonic()
    for part in _parts(todo):
        gone = await several([_is_removed(client, path) for path in part])
        left += [path for path, is_gone in zip(part, gone, strict=True) if not is_gone]
        done += len(part)
        if time.monotonic() - told > every:
            told = time.monotonic()
            tell(done, len(todo))
    kept = set(left)
    return Removed([path for path in todo if path not in kept], left)


def _parts(paths: list[str]) -> Iterator[list[str]]:
    """Successive paths of one endpoint, which can be deleted at the same time."""
    for _, run in groupby(paths, key=lambda path: path.rpartition("/")[0]):
        same = list(run)
        for start in range(0, len(same), PART):
            yield same[start : start + PART]


async def clean_up(made: MadeResources, still_shown: StillShown, stream: RunStream, *, keep: bool) -> Removed:
    """Delete what the run created, unless `keep` is set, and write the `cleanup` event.

    `still_shown` tells which of the deleted resources the target shows nevertheless.
    """
    if keep:
        stream.write({"event": "cleanup", "removed": 0, "left": made.paths, "kept": True})
        return Removed([], made.paths)

    def tell(state: PhaseState, detail: str) -> None:
        stream.write({"event": "phase", "name": "remove", "state": state, "detail": detail})

    tell("start", f"{counted(len(made.paths), 'resource')} that this run created")
    removed = await made.remove(lambda gone, of: tell("progress", f"{gone} of {of}"))
    removed = replace(removed, still_listed=await still_shown(removed.gone))
    stream.write(
        {
            "event": "cleanup",
            "removed": len(removed.gone),
            "left": removed.left,
            "kept": False,
            "still_listed": removed.still_listed,
        }
    )
    return removed


async def _is_removed(client: Sender, path: str) -> bool:
    for attempt in range(ATTEMPTS):
        exchange = await client.send(own(Request("DELETE", path, None, "clean up")))
        if exchange.status in GONE:
            return True
        if exchange.status is not None and exchange.status not in (429, 500, 502, 503, 504):
            return False
        asked = delay_seconds(exchange.response_headers.get("retry-after"))
        if attempt < ATTEMPTS - 1:
            await asyncio.sleep(min(0.2 if asked is None else asked, LONGEST_WAIT))
    return False
