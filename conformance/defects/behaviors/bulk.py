"""Defects of bulk requests: lost or misread operations, limits, and wrong results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.defects.wire import Reply, Request, Server

LIMIT = 1000
Json = dict[str, Any]


def _operations(request: Request) -> list[Json]:
    """The operations of a bulk request; empty for any other request."""
    body = request.json if request.is_("POST", "/Bulk") else None
    held = body.get("Operations") if isinstance(body, dict) else None
    return [item for item in held if isinstance(item, dict)] if isinstance(held, list) else []


def _with_each(request: Request, change: Callable[[Json], Json]) -> Request:
    """The bulk request with each operation changed; any other request is returned unchanged."""
    listed = _operations(request)
    return request.with_json({**request.json, "Operations": [change(item) for item in listed]}) if listed else request


def _each_result(request: Request, reply: Reply, change: Callable[[Json], Json]) -> Reply:
    """The response to a bulk request with each result changed."""
    if not request.is_("POST", "/Bulk") or not reply.ok:
        return reply
    return reply.with_json({**reply.json, "Operations": [change(item) for item in reply.json["Operations"]]})


def _failed(result: Json) -> bool:
    return not str(result["status"]).startswith("2")


def bulk_no_limit_or_wrong_failonerrors_a(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Bulk") and isinstance(request.json, dict):
        kept = {name: value for name, value in request.json.items() if name in ("schemas", "Operations")}
        if isinstance(kept.get("Operations"), list):
            return server(request.with_json({**kept, "Operations": kept["Operations"][:LIMIT]}))
    return server(request)


def bulk_repeats_fail_on_errors(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not _operations(request) or not reply.ok:
        return reply
    return reply.with_json({**reply.json, "failOnErrors": request.json.get("failOnErrors", 0)})


def bulk_put_told_and_not_done(request: Request, server: Server) -> Reply:
    def idle(operation: Json) -> Json:
        held = server.get(operation["path"], request) if operation.get("method") == "PUT" else None
        return {**operation, "data": held} if held else operation

    return server(_with_each(request, idle))


def bulk_failure_without_location(request: Request, server: Server) -> Reply:
    def without(result: Json) -> Json:
        return {name: value for name, value in result.items() if name != "location" or not _failed(result)}

    return _each_result(request, server(request), without)


def bulk_one_failure_fails_all(request: Request, server: Server) -> Reply:
    reply = server(request)
    if _operations(request) and reply.ok and any(_failed(item) for item in reply.json["Operations"]):
        return Reply.error(400, "invalidValue")
    return reply


def bulk_unreadable_operations_mean_none(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Bulk") and not _operations(request):
        return Reply.of(200, {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"], "Operations": []})
    return server(request)


def bulk_unknown_method_told_as_done(request: Request, server: Server) -> Reply:
    known = ("POST", "PUT", "PATCH", "DELETE")
    odd = {item.get("bulkId") for item in _operations(request) if item.get("method") not in known}
    reply = server(request)
    return _each_result(
        request, reply, lambda r: {**r, "status": "200"} if r.get("bulkId") in odd and _failed(r) else r
    )


def bulk_operation_without_data_500(request: Request, server: Server) -> Reply:
    if any("data" not in item and item.get("method") == "POST" for item in _operations(request)):
        return Reply.error(500)
    return server(request)


def bulk_references_dropped(request: Request, server: Server) -> Reply:
    def without(operation: Json) -> Json:
        data = operation.get("data")
        if not isinstance(data, dict) or "members" not in data:
            return operation
        kept = [item for item in data["members"] if not item["value"].startswith("bulkId:")]
        return {**operation, "data": {**data, "members": kept}}

    return server(_with_each(request, without))


def bulk_limit_lower_than_told(request: Request, server: Server) -> Reply:
    return Reply.error(413, detail="at most 10 operations") if len(_operations(request)) > 10 else server(request)


def bulk_knows_users_only(request: Request, server: Server) -> Reply:
    if not request.is_("POST", "/Bulk") or "/Groups/" not in request.body.decode("utf-8", "replace"):
        return server(request)
    statuses = {"PUT": "200", "PATCH": "200", "DELETE": "204"}
    done = [{**o, "status": statuses.get(o["method"], "201")} for o in request.json["Operations"]]
    return Reply.of(200, {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"], "Operations": done})


def password_in_bulk_result(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.path != "/Bulk" or not reply.ok:
        return reply
    asked = request.json["Operations"]
    results = [
        {**item, "response": one.get("data")} for item, one in zip(reply.json["Operations"], asked, strict=False)
    ]
    return reply.with_json({**reply.json, "Operations": results})
