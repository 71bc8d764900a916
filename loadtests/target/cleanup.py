"""Deletes the resources that a run created, several at a time, and finds those that remain."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from loadtests.target.read_back import Readable, Tell, Unreadable, read_target
from simulator.wire.body import Unusable
from simulator.wire.connections import Connections
from simulator.wire.retry_after import delay_seconds
from simulator.wire.urls import ForeignUrl, joined

TOLD_EVERY_SECONDS = 2.0
GONE = (200, 202, 204, 404, 410)
PASSING = (429, 500, 502, 503, 504)  # a later DELETE may succeed
ATTEMPTS = 3
LONGEST_WAIT = 10.0  # seconds; a longer Retry-After is not honored


def remove(
    base_url: str,
    token: str,
    paths: Sequence[str],
    tell: Callable[[str], None],
    *,
    concurrency: int = 8,
    every: float = TOLD_EVERY_SECONDS,
) -> list[str]:
    """Delete each path (`/Users/id`), groups first, because they refer to users. Returns the URLs that still exist.

    `tell` is called about every `every` seconds with the progress.
    """
    connections = Connections(30.0, pool_size=concurrency)
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/scim+json"}

    def delete(path: str) -> bool:
        for attempt in range(ATTEMPTS):
            asked = None
            try:
                response = connections.request("DELETE", joined(base_url, path), headers)
                if response.status not in PASSING:
                    return response.status in GONE
                asked = delay_seconds(next(iter(response.headers.get("retry-after", ())), None))
            except ForeignUrl:
                return False
            except (Unusable, OSError, ValueError):
                pass
            if attempt < ATTEMPTS - 1:
                time.sleep(min(0.2 if asked is None else asked, LONGEST_WAIT))
        return False

    ordered = sorted(paths, key=lambda path: not path.startswith("/Groups/"))
    groups = sum(path.startswith("/Groups/") for path in ordered)
    left, told = [], time.monotonic()
    with ThreadPoolExecutor(concurrency) as threads:
        for part in (ordered[:groups], ordered[groups:]):
            for number, (path, gone) in enumerate(zip(part, threads.map(delete, part), strict=True), start=1):
                if not gone:
                    left.append(base_url + path)
                if time.monotonic() - told > every:
                    told = time.monotonic()
                    tell(f"  removed {number} of {len(part)}")
    return left


def still_listed(target: Readable, paths: Iterable[str], tell: Tell) -> list[str]:
    """The URLs of deleted resources that the target still lists. A list that cannot be read shows none of them."""
    wanted = set(paths)
    found: list[str] = []
    for endpoint in ("/Groups", "/Users"):
        if any(path.startswith(f"{endpoint}/") for path in wanted):
            with suppress(Unreadable):
                listed = [f"{endpoint}/{one.get('id')}" for one in read_target(target, endpoint, tell)]
                found += [target.url + path for path in dict.fromkeys(listed) if path in wanted]
    return found
