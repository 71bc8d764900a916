"""Creates and deletes resources by bulk requests, and finds out which of the operations took effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from conformance.check_api.session import GONE
from conformance.target.client import Answer, Client, NoAnswer
from conformance.target.discovery import Target

TRIAL = 20  # operations of the first request, to see whether they are carried out
MOST_OPERATIONS = 500  # larger requests run into timeouts
MOST_BYTES = 256 * 1024
AROUND = 300  # bytes of an operation besides its data
BULK_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

Json = dict[str, Any]
Job = tuple[str, Json]  # endpoint and body


def portions(target: Target, jobs: Mapping[int, Job]) -> Iterator[dict[int, Job]]:
    """The jobs for one bulk request each: a few at first, all within the limits that the target publishes."""
    limits = target.config.get("bulk") or {}
    most = _limit(limits.get("maxOperations"), MOST_OPERATIONS)
    size = _limit(limits.get("maxPayloadSize"), MOST_BYTES) - AROUND
    portion: dict[int, Job] = {}
    held, room = 0, min(TRIAL, most)
    for number, job in jobs.items():
        length = len(orjson.dumps(job[1])) + AROUND
        if portion and (len(portion) >= room or held + length > size):
            yield portion
            portion, held, room = {}, 0, most
        portion[number] = job
        held += length
    if portion:
        yield portion


def create(client: Client, jobs: Mapping[int, Job]) -> dict[int, str]:
    """Send one bulk request; returns the ids of the resources that it reports as created."""
    operations = [
        {"method": "POST", "path": endpoint, "bulkId": f"crowd{number}", "data": body}
        for number, (endpoint, body) in jobs.items()
    ]
    numbers = {f"crowd{number}": number for number in jobs}
    return {
        numbers[result["bulkId"]]: result["location"].rstrip("/").rpartition("/")[2]
        for result in _results(_sent(client, operations))
        if _code(result) == 201 and result.get("bulkId") in numbers and isinstance(result.get("location"), str)
    }


def delete(client: Client, target: Target, urls: Sequence[str]) -> list[str]:
    """Delete these resources; returns the URLs for which no result reports success."""
    most = _limit((target.config.get("bulk") or {}).get("maxOperations"), MOST_OPERATIONS)
    left: list[str] = []
    for start in range(0, len(urls), most):
        chunk = urls[start : start + most]
        operations = [{"method": "DELETE", "path": url.removeprefix(client.base_url)} for url in chunk]
        results = _results(_sent(client, operations))
        told = len(results) == len(chunk)  # results of deletions carry no bulkId; they come in the order of the request
        left += [url for at, url in enumerate(chunk) if not told or _code(results[at]) not in GONE]
    return left


def _sent(client: Client, operations: list[Json]) -> Answer | None:
    try:
        return client.send("POST", "/Bulk", {"schemas": [BULK_URN], "Operations": operations})
    except NoAnswer:
        return None


def _results(answer: Answer | None) -> list[Json]:
    """The results of a bulk request; an empty list for anything else."""
    held = answer["Operations"] if answer is not None and answer.status == 200 else None
    return [item for item in held if isinstance(item, dict)] if isinstance(held, list) else []


def _code(result: Json) -> int:
    """The HTTP status of a result: a string or, in an older form, an object with a code."""
    held = result.get("status")
    text = str(held.get("code") if isinstance(held, dict) else held)
    return int(text) if text.isdecimal() else 0


def _limit(published: Any, most: int) -> int:
    return min(published, most) if isinstance(published, int) and published > 0 else most
