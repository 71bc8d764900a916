"""Invalid requests and requests to optional endpoints, to judge the responses to all of them by one rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.check_api.expect import UNKNOWN
from conformance.check_api.session import PATCH_URN, Session
from conformance.target.client import Answer

NOTHING = "/ScimulatorNothing"
RENAME = {"schemas": [PATCH_URN], "Operations": [{"op": "replace", "path": "displayName", "value": "Check"}]}
BODIES = {"broken JSON": b"{", "an empty body": b"", "a list": b"[]", "a string": b'"x"', "null": b"null"}
QUERIES = (
    "startIndex=abc", "count=abc", "count=-1", "startIndex=99999999999999999999", "count=99999999999999999999",
    "filter=", "filter=displayName", "filter=displayName%20eq", "filter=(", "filter=id%20xx%20%22a%22",
    "filter=id%20eq%20%22", "sortBy=", "sortBy=%00", "sortOrder=sideways", "attributes=,", "attributes=%5B",
    "excludedAttributes=urn:", "attributes=id&excludedAttributes=id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WrongRequest:
    """One request; `raw` is sent unchanged, `body` as JSON."""

    method: str
    path: str
    body: Any = None
    raw: bytes | None = None
    told: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path}{f' with {self.told}' if self.told else ''}"

    def send(self, scim: Session) -> Answer:
        answer = scim.client.send(self.method, self.path, self.body, raw=self.raw)
        if self.method == "POST":
            scim.remember(answer)  # a server that accepts it may have created a resource
        return answer


def about_a_type(scim: Session, type_name: str) -> Iterator[WrongRequest]:
    """Invalid requests to the endpoint of a resource type: unknown ids, malformed bodies, and invalid queries."""
    endpoint, body = scim.target.need_type(type_name), scim.body(type_name)
    unknown = f"{endpoint}/{UNKNOWN}"
    for method, content in (("GET", None), ("PUT", body), ("PATCH", RENAME), ("DELETE", None), ("POST", body)):
        yield WrongRequest(method, unknown, content)
    for method, path in (("POST", endpoint), ("PUT", unknown), ("PATCH", unknown), ("POST", f"{endpoint}/.search")):
        for told, raw in list(BODIES.items())[: 5 if path == endpoint else 2]:
            yield WrongRequest(method, path, raw=raw, told=told)
    for query in QUERIES:
        yield WrongRequest("GET", f"{endpoint}?{query}")
    searches: list[dict[str, Any]] = [
        {"count": "abc"},
        {"startIndex": []},
        {"filter": 7},
        {"attributes": "id"},
        {"sortBy": {}},
    ]
    for wrong in searches:
        yield WrongRequest("POST", f"{endpoint}/.search", wrong, told=str(wrong))


def about_no_type(scim: Session) -> Iterator[WrongRequest]:
    """Invalid requests to all other endpoints: unknown ones, discovery, Bulk, and the root."""
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        yield WrongRequest(method, NOTHING, None if method in ("GET", "DELETE") else {})
        yield WrongRequest(method, f"{NOTHING}/1", None if method in ("GET", "DELETE") else {})
    for place in ("/Schemas/urn:nothing", "/ResourceTypes/Nothing", "/ServiceProviderConfig/1", "/Schemas?filter=("):
        yield WrongRequest("GET", place)
    for place in ("/ServiceProviderConfig", "/Schemas", "/ResourceTypes"):
        yield WrongRequest("POST", place, {})
    for told, raw in BODIES.items():
        yield WrongRequest("POST", "/Bulk", raw=raw, told=told)
    bulks: list[dict[str, Any]] = [{}, {"Operations": {}}, {"Operations": [7]}, {"Operations": [{"method": "PUT"}]}]
    for content in bulks:
        yield WrongRequest("POST", "/Bulk", content, told=str(content))
    for method, place in (
        ("GET", "/Bulk"),
        ("PUT", "/Bulk"),
        ("GET", "/.search"),
        ("GET", "/Me"),
        ("GET", "/?count=x"),
    ):
        yield WrongRequest(method, place, {} if method == "PUT" else None)


def optional_endpoints(scim: Session) -> Iterator[WrongRequest]:
    """Requests to endpoints that a target may lack; they change nothing if it has them."""
    types = [scim.target.need_type(name) for name in scim.target.type_names()]
    search = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "count": 0}
    for place in ("/Me", "/Schemas", "/ResourceTypes", "/ServiceProviderConfig", "/Users?count=0", "/Groups?count=0"):
        yield WrongRequest("GET", place)
    for place in ("", *types):
        yield WrongRequest("POST", f"{place}/.search", search)
    bulk = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": []}
    yield WrongRequest("POST", "/Bulk", bulk)
    yield WrongRequest("GET", NOTHING)
    for endpoint in types:
        yield WrongRequest("PATCH", f"{endpoint}/{UNKNOWN}", RENAME)
