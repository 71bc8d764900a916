"""Clean-up at the end of a run: deletes every resource whose name has this run's mark and that a search still finds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conformance.check_api.session import GONE, MARKER
from conformance.requirements.verdict import NotOffered
from conformance.target.client import Client, NoAnswer
from conformance.target.discovery import Target

NAMES = {"User": "userName", "Group": "displayName"}
PAGES = 50


def sweep(client: Client, target: Target, run_id: str) -> list[str]:
    """Delete the resources with the run's mark; returns the URLs of those that remain. Does nothing without filters."""
    if client.read_only or client.network_faults.gone:
        return []
    left: list[str] = []
    for type_name, attribute in NAMES.items():
        try:
            endpoint = target.need_type(type_name)
            target.need("filter")
        except NotOffered:
            continue
        left += _sweep_type(client, endpoint, attribute, f"{MARKER}-{run_id}")
    return left


def remaining(client: Client, urls: Iterable[str]) -> list[str]:
    """The URLs that still lead to a resource: a deletion whose response was lost may have succeeded all the same."""
    return [url for url in urls if not _is_gone(client, url)]


def _is_gone(client: Client, url: str) -> bool:
    if client.network_faults.gone or "?" in url:  # the URL of a search for a resource whose id is unknown
        return False
    try:
        return client.send("GET", url).status in (404, 410)
    except NoAnswer:
        return False


def _sweep_type(client: Client, endpoint: str, attribute: str, mark: str) -> list[str]:
    left: set[str] = set()
    for _ in range(PAGES):
        try:
            answer = client.send("GET", endpoint, parameters={"filter": f'{attribute} sw "{mark}"', "count": 100})
            found = {
                f"{client.base_url}{endpoint}/{item['id']}" for item in _listed(answer.json, attribute, mark)
            } - left
            for url in found:
                if client.send("DELETE", url).status not in GONE:
                    left.add(url)
        except NoAnswer:
            break
        if not found:
            break
    return sorted(left)


def _listed(body: Any, attribute: str, mark: str) -> list[dict[str, Any]]:
    """The resources of this run in an answer; a target that ignores filters also returns others."""
    resources = body.get("Resources") if isinstance(body, dict) else None
    return [
        item
        for item in resources or ()
        if isinstance(item, dict) and "id" in item and str(item.get(attribute, "")).lower().startswith(mark.lower())
    ]
