"""Cleanup at the end of a run: deletes the resources with the run's mark, and reads which of them remain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.check_api.session import MARKER
from conformance.requirements.verdict import NotOffered
from conformance.target.client import Client, NoAnswer
from conformance.target.discovery import Target
from conformance.target.places import segment

NAMES = {"User": "userName", "Group": "displayName"}
PAGE = 100
PAGES = 50  # of one list, because an endless list must not block the run
SMALL = 500  # resources of a type that are simply listed, without a filter
ROUNDS = 2  # DELETE requests for one resource


@dataclass(slots=True)
class Remains:
    """What a run leaves behind: URLs of resources, and why something could not be verified."""

    left: list[str] = field(default_factory=list)
    unverified: list[str] = field(default_factory=list)


def sweep(client: Client, target: Target, run_id: str) -> Remains:
    """Delete the resources with the run's mark and read again what remains; nothing is sent in a read-only run."""
    remains = Remains()
    if client.read_only:
        return remains
    for type_name, attribute in NAMES.items():
        try:
            endpoint = target.need_type(type_name)
        except NotOffered:
            continue
        if client.network_faults.gone:
            remains.unverified.append(f"{endpoint}: the target stopped responding")
            continue
        try:
            _sweep_type(client, endpoint, attribute, f"{MARKER}-{run_id}", remains)
        except NoAnswer as error:
            remains.unverified.append(f"{endpoint}: no response to a cleanup request ({error})")
    return remains


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


def _sweep_type(client: Client, endpoint: str, attribute: str, mark: str, remains: Remains) -> None:
    """Delete what a list shows, at most ROUNDS times each, and report what the last list or a GET still shows."""
    for _ in range(ROUNDS):
        found = _marked(client, endpoint, attribute, mark)
        if not found:
            break
        for url in found:
            client.send("DELETE", url)
    else:
        found = _marked(client, endpoint, attribute, mark)
    if found is None:
        remains.unverified.append(
            f"{endpoint}: the server returned neither a complete list nor a filtered list, so remaining resources are unknown"
        )
    for url in found or ():
        remains.left.append(url)


def _marked(client: Client, endpoint: str, attribute: str, mark: str) -> list[str] | None:
    """The URLs of this run's resources, from the whole list where it is short, else by a filter; None if neither works."""
    for parameters in ({}, {"filter": f'{attribute} co "{mark}"'}, {"filter": f'{attribute} sw "{mark}"'}):
        listed = _listed(client, endpoint, parameters)
        if listed is not None:
            held = [item for item in listed if mark in str(item.get(attribute, "")).lower()]
            places = [segment(item.get("id")) for item in held]
            return list(dict.fromkeys(f"{client.base_url}{endpoint}/{place}" for place in places if place))
    return None


def _listed(client: Client, endpoint: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Every resource of a list, page by page; None for a list that is refused, not a list, or too long."""
    listed: dict[str, dict[str, Any]] = {}
    for page in range(PAGES):
        asked = {**parameters, "startIndex": len(listed) + 1, "count": PAGE}
        answer = client.send("GET", endpoint, parameters=asked)
        body = answer.json
        if answer.status != 200 or not isinstance(body, dict):
            return None
        total = body.get("totalResults")
        total = total if isinstance(total, int) else 0
        if not page and not parameters and total > SMALL:
            return None
        new = {str(item["id"]): item for item in _resources(body) if str(item["id"]) not in listed}
        listed.update(new)
        if not new or len(listed) >= total:
            return list(listed.values()) if len(listed) >= total or parameters else None
    return None


def _resources(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    resources = body.get("Resources")
    for item in resources if isinstance(resources, list) else ():
        if isinstance(item, dict) and segment(item.get("id")):
            yield item
