"""A server that keeps the requests that reach it, behind a mutation."""

from __future__ import annotations

from typing import Any

import orjson

from conformance.defects.expressions import mutation_of
from conformance.defects.wire import Reply, Request, Server

ANNA = {"id": "1", "userName": "anna", "meta": {"location": "http://host/v2/Users/1"}}
SCHEMA = {"id": "urn:ietf:params:scim:schemas:core:2.0:User", "attributes": []}
NAME = {"name": "name", "subAttributes": [{"name": "givenName", "type": "string"}]}


class Recorder:
    """A server with one user and one schema; it keeps the requests that reach it."""

    def __init__(self) -> None:
        self.seen: list[Request] = []

    def __call__(self, request: Request) -> Reply:
        self.seen.append(request)
        if request.path == "/Schemas":
            return Reply.of(
                200, {"Resources": [{**SCHEMA, "attributes": [{"name": "active", "type": "boolean"}, NAME]}]}
            )
        if request.path == "/Users" and request.method == "GET":
            return Reply.of(200, {"totalResults": 7, "Resources": [ANNA]})
        return (
            Reply.of(201, ANNA, location="http://host/v2/Users/1") if request.method == "POST" else Reply.of(200, ANNA)
        )


def through(expression: str, method: str, path: str, query: str = "", body: Any = None) -> tuple[Reply, Recorder]:
    recorder = Recorder()
    request = Request(method, path, query, {}, b"" if body is None else orjson.dumps(body))
    return mutation_of(expression)(request, Server(recorder)), recorder
