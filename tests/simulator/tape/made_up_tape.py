"""A tape of a made-up tenant with canaries in it: what the tests of tapes share."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from simulator.wire.exchange import Exchange

BASE = "https://tenant-of-acme.example/scim/v2"


CANARIES = [
    "Łucja",
    "Wójcik",
    "lucja@acme.example",
    "+48 12 200 1",
    "Sales of ACME",
    "31 Main Street",
    "e-4711-x",
    "acme",
    "id-of-lucja",
]


def exchange(method: str, path: str, body: Any = None, answer: Any = None, status: int = 200) -> Exchange:
    return Exchange(
        number=1,
        method=method,
        url=BASE + path,
        request_headers={"authorization": "Bearer [redacted]", "x-tenant": "acme"},
        request_body=None if body is None else json.dumps(body, ensure_ascii=False).encode(),
        status=status,
        response_headers={"content-type": "application/scim+json", "x-served-by": "acme-7"},
        response_body=b"" if answer is None else json.dumps(answer, ensure_ascii=False).encode(),
        started_at=datetime(2026, 3, 2, tzinfo=UTC),
        duration_ms=1.5,
        cause={"operation": "create user", "person": "e-4711-x"},
    )


USER = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "id": "id-of-lucja",
    "userName": "lucja@acme.example",
    "name": {"givenName": "Łucja", "familyName": "Wójcik"},
    "emails": [{"type": "work", "primary": True, "value": "lucja@acme.example"}],
    "phoneNumbers": [{"type": "work", "value": "+48 12 200 1"}],
    "addresses": [{"type": "work", "streetAddress": "31 Main Street"}],
    "externalId": "e-4711-x",
    "active": True,
    "urn:acme:scim:2.0:User": {"costCentre": "Sales of ACME", "number": 4711},
    "meta": {"resourceType": "User", "location": f"{BASE}/Users/id-of-lucja", "created": "2026-03-02T00:00:00Z"},
}


TAPE = [
    exchange("GET", "/Users?filter=userName+eq+%22lucja%40acme.example%22", answer={"totalResults": 0, "Resources": []}),
    exchange("POST", "/Users", USER, USER, 201),
    exchange("GET", "/Users?filter=USERNAME%20eq%20%22Lucja%40ACME.example%22", answer={"totalResults": 1, "Resources": [USER]}),
    exchange("PATCH", "/Users/id-of-lucja", {"Operations": [{"op": "Replace", "path": 'emails[type eq "work"].value', "value": "lucja@acme.example"}]}, USER),
    exchange("PATCH", "/Groups/7", {"Operations": [{"op": "remove", "path": 'members[value eq "id-of-lucja"]'}]}, status=204),
    exchange("POST", "/Users", USER, {"status": "409", "detail": "Łucja Wójcik is there"}, 409),
    exchange("GET", "/Users/id-of-lucja", answer=None, status=404),
]  # fmt: skip
