"""Backs up and restores a target, as its operator would: through its API, past the injected faults."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from simulator.provisioning.request import Request, read_page
from simulator.verify.read_back import read_all, several
from simulator.wire.exchange import Exchange

_READ_ONLY = ("id", "meta", "groups")


class Backup:
    """The latest backup. `made`: the paths of what the run created, when only these are to be read, each by its id."""

    def __init__(
        self, ask: Callable[[Request], Coroutine[Any, Any, Exchange]], made: Callable[[], list[str]] | None
    ) -> None:
        self._ask, self._made = ask, made
        self._held: dict[str, dict[str, Any]] = {}

    async def take(self) -> None:
        """Read what the target holds now."""
        self._held = await self._resources()

    async def restore(self) -> None:
        """What came since is gone, what changed is as it was. What was deleted stays deleted."""
        for path, resource in (await self._resources()).items():
            before = self._held.get(path)
            if before is None:
                await self._ask(Request("DELETE", path, None, "restore"))
            elif resource != before:
                body = {name: value for name, value in before.items() if name not in _READ_ONLY}
                await self._ask(Request("PUT", path, body, "restore"))

    async def _resources(self) -> dict[str, dict[str, Any]]:
        """Path → resource."""
        if self._made is not None:
            return await self._by_id(self._made())
        found: dict[str, dict[str, Any]] = {}
        for endpoint in ("/Users", "/Groups"):
            found |= {f"{endpoint}/{held['id']}": held for held in await read_all(self._page, endpoint)}
        return found

    async def _by_id(self, paths: list[str]) -> dict[str, dict[str, Any]]:
        answers = await several([self._ask(Request("GET", path, None, "read back")) for path in paths])
        bodies = [(path, exchange.response_json()) for path, exchange in zip(paths, answers, strict=True)]
        return {path: body for path, body in bodies if isinstance(body, dict) and body.get("id")}

    async def _page(self, endpoint: str, start: int, count: int) -> Any:
        return (await self._ask(read_page(endpoint, start, count))).response_json()
