"""Bulk requests: their form and their limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from conformance.client.journey import Journey
from conformance.client.rule import Complaint, Judged
from conformance.client.sent import BULK, Sent, named_value
from conformance.requirements.json_values import json_of

BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def _requests(journey: Journey) -> Iterator[tuple[Sent, list[Any]]]:
    for sent in journey.sent:
        if sent.method == "POST" and sent.path.rstrip("/") == BULK and not sent.cut:
            held = named_value(sent.body, "operations")
            yield sent, held if isinstance(held, list) else []


def _operations(journey: Journey) -> Iterator[tuple[Sent, dict[str, Any], str]]:
    for sent, operations in _requests(journey):
        for operation in operations:
            if isinstance(operation, dict):
                yield sent, operation, str(operation.get("method", "")).upper()


def bulk_schema(journey: Journey) -> Judged:
    for sent, _ in _requests(journey):
        held = named_value(sent.body, "schemas")
        fits = isinstance(held, list) and BULK_REQUEST in held
        told = Complaint("The bulk request does not have the schema of its message.", BULK_REQUEST, json_of(held, 120))
        yield sent, None if fits else told


def bulk_operations(journey: Journey) -> Judged:
    for sent, operations in _requests(journey):
        fits = bool(operations)
        yield sent, None if fits else Complaint("The bulk request has no operations.", "Operations with one or more")


def bulk_method(journey: Journey) -> Judged:
    for sent, operation, method in _operations(journey):
        fits = method in ("POST", "PUT", "PATCH", "DELETE")
        told = Complaint(
            "A bulk operation has no valid method.", "POST, PUT, PATCH, or DELETE", json_of(operation.get("method"))
        )
        yield sent, None if fits else told


def bulk_ids(journey: Journey) -> Judged:
    for sent, operations in _requests(journey):
        made = [one for one in operations if isinstance(one, dict) and str(one.get("method", "")).upper() == "POST"]
        ids = [one.get("bulkId") for one in made]
        if made:
            lacking = not all(isinstance(one, str) and one for one in ids)
            wrong = "A POST has no bulkId." if lacking else "Two POSTs have the same bulkId."
            yield sent, Complaint(wrong, "a unique bulkId") if lacking or len(set(ids)) < len(ids) else None


def bulk_path(journey: Journey) -> Judged:
    for sent, operation, method in _operations(journey):
        path = operation.get("path")
        parts = path.strip("/").split("/") if isinstance(path, str) and path.startswith("/") else []
        fits = len(parts) == (1 if method == "POST" else 2) and all(parts)
        told = Complaint(
            "The path of a bulk operation does not fit its method.", "/Users, or /Users/ID", json_of(path, 120)
        )
        yield sent, None if fits else told


def bulk_data(journey: Journey) -> Judged:
    for sent, operation, method in _operations(journey):
        if method in ("POST", "PUT", "PATCH"):
            fits = isinstance(operation.get("data"), dict)
            yield sent, None if fits else Complaint("A bulk operation has no data.", "data", json_of(operation, 120))


def bulk_references(journey: Journey) -> Judged:
    for sent, operations in _requests(journey):
        ids = {str(one.get("bulkId")) for one in operations if isinstance(one, dict) and one.get("bulkId")}
        for operation in operations:
            for held in _values(operation.get("data") if isinstance(operation, dict) else None):
                if held in ids:
                    yield sent, Complaint("A reference lacks the prefix bulkId:.", f"bulkId:{held}", held)
                elif re.match(r"bulkId:", held):
                    yield (
                        sent,
                        None if held[7:] in ids else Complaint("A bulkId is unknown.", "a bulkId of a POST", held),
                    )


def _values(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for name, value in data.items():
            if name == "value" and isinstance(value, str):
                yield value
            else:
                yield from _values(value)
    elif isinstance(data, list):
        for item in data:
            yield from _values(item)


def bulk_limits(journey: Journey) -> Judged:
    config = journey.target.config.get("bulk")
    held = config if isinstance(config, dict) else {}
    most, size = held.get("maxOperations"), held.get("maxPayloadSize")
    for sent, operations in _requests(journey):
        if isinstance(most, int) and len(operations) > most:
            yield sent, Complaint("The request has too many operations.", f"at most {most}", f"{len(operations)}")
        elif isinstance(size, int) and len(sent.raw) > size:
            yield sent, Complaint("The bulk request is too large.", f"at most {size} bytes", f"{len(sent.raw)}")
        else:
            yield sent, None
