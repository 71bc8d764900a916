"""Deletes the resources that a run created, several at a time, and returns those that remain."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import urllib3

from simulator.wire.body import Unusable
from simulator.wire.connections import Connections
from simulator.wire.urls import ForeignUrl, joined

TOLD_EVERY_SECONDS = 2.0
GONE = (200, 204, 404)


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
        try:
            return connections.request("DELETE", joined(base_url, path), headers).status in GONE
        except (ForeignUrl, Unusable, urllib3.exceptions.HTTPError):
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
