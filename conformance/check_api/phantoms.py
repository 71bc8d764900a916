"""Phantoms: resources that exist although no check has created them.

Other clients may create resources during a run, so only two kinds count: a resource with an id that the suite made up and
sent as a reference, and a resource with the mark of this run in its name whose id no check received. A create without a
response may have created its resource.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any

from conformance.requirements.verdict import NotOffered
from conformance.target.client import Client, NoAnswer
from conformance.target.discovery import Target

KEYS = {
    "User": ("userName", "externalId"),
    "Group": ("displayName",),
}  # attributes in which servers store an unknown id
PAGES = 5  # of 100 resources with the mark of a run


def answering_to(client: Client, target: Target, id_: str) -> list[str]:
    """The URLs of the resources that have this id, or that have it as their name."""
    found = []
    for type_name, endpoint in _endpoints(target):
        if _answers(client, f"{endpoint}/{id_}", id_):
            found.append(f"{client.base_url}{endpoint}/{id_}")
        for name in KEYS[type_name] if target.offers("filter") else ():
            for item in _listed(client, endpoint, f'{name} eq "{id_}"'):
                if str(item.get(name, "")).lower() == id_.lower():
                    found.append(f"{client.base_url}{endpoint}/{item.get('id')}")
    return list(dict.fromkeys(found))


def marked_but_unknown(client: Client, target: Target, mark: str, known: Set[str]) -> list[str]:
    """The URLs of the resources with the mark of a run of which neither the id nor the name is known."""
    if not target.offers("filter"):
        raise NotOffered("filter")
    found = []
    for type_name, endpoint in _endpoints(target):
        for name in KEYS[type_name]:
            for item in _listed(client, endpoint, f'{name} sw "{mark}"', pages=PAGES):
                shown = str(item.get(name, "")).lower()
                if shown.startswith(mark.lower()) and known.isdisjoint((shown, str(item.get("id")))):
                    found.append(f"{client.base_url}{endpoint}/{item.get('id')}")
    return list(dict.fromkeys(found))


def _endpoints(target: Target) -> Iterator[tuple[str, str]]:
    for type_name in KEYS:
        try:
            yield type_name, target.need_type(type_name)
        except NotOffered:
            continue


def _answers(client: Client, path: str, id_: str) -> bool:
    try:
        answer = client.send("GET", path)
    except NoAnswer:
        return False
    return answer.status == 200 and answer["id"] == id_


def _listed(client: Client, endpoint: str, condition: str, pages: int = 1) -> Iterator[dict[str, Any]]:
    """The resources that a filter finds, at most totalResults; none if the target rejects the filter."""
    start = 1
    for _ in range(pages):
        parameters = {"filter": condition, **({"startIndex": start, "count": 100} if pages > 1 else {})}
        try:
            answer = client.send("GET", endpoint, parameters=parameters)
        except NoAnswer:
            return
        listed = answer["Resources"] if answer.status == 200 else None
        items = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
        yield from items
        start += len(items)
        total = answer["totalResults"]
        if not items or not isinstance(total, int) or start > total:
            return
