"""Defects of one form of a write: PUT, PATCH without a path, or Bulk breaks a rule that POST follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from conformance.defects.edits import ENTERPRISE
from conformance.defects.patch_operations import changed, is_, quietly, without_operations
from conformance.defects.wire import Reply, Request, Server

Json = dict[str, Any]
Operation = dict[str, Any]


def _set(request: Request) -> Iterator[tuple[str, str, Any]]:
    """Yields (form, name, value) for everything that a PUT or PATCH sets.

    The forms are `put`, `path`, and `none`; the value None means removal.
    """
    if request.method == "PUT" and isinstance(request.json, dict):
        yield from (("put", name, value) for name, value in request.json.items())
    for operation in request.operations:
        if "path" in operation:
            yield ("path", str(operation["path"]), operation.get("value"))
        elif isinstance(operation.get("value"), dict):
            yield from (("none", name, value) for name, value in operation["value"].items())


def _pretended(request: Request, server: Server, values: Json) -> Reply:
    """Report success, and return these values from now on; None stands for a removed value."""
    server.memory.setdefault(request.path.rpartition("/")[2], {}).update(values)
    return _shown(quietly(request, server), server)


def _shown(reply: Reply, server: Server) -> Reply:
    """The response with the values that the defect pretends to have stored."""

    def overlaid(item: Json) -> Json:
        merged = {**item, **server.memory.get(item.get("id"), {})}
        return {name: value for name, value in merged.items() if value is not None}

    return reply.each_resource(overlaid)


def _pretends(fits: Callable[[Request, Reply], Json]) -> Callable[[Request, Server], Reply]:
    """Report success for a request that the server rejects if `fits` returns values for it, and return these values later."""

    def mutated(request: Request, server: Server) -> Reply:
        reply = server(request)
        values = fits(request, reply) if reply.status >= 400 and request.is_("PUT|PATCH", "/Users/*|/Groups/*") else {}
        return _pretended(request, server, values) if values else _shown(reply, server)

    return mutated


def user_name_taken_by_patch_without_path(request: Request, server: Server) -> Reply:
    def fits(asked: Request, reply: Reply) -> Json:
        taken = {name: value for form, name, value in _set(asked) if form == "none" and name == "userName"}
        return taken if reply.status == 409 else {}

    return _pretends(fits)(request, server)


def required_value_removed_by_a_urn_path(request: Request, server: Server) -> Reply:
    def fits(asked: Request, _: Reply) -> Json:
        ops = [one for one in asked.operations if is_(one, "remove", "urn:ietf:params:scim:schemas:core")]
        return {str(one["path"]).rpartition(":")[2]: None for one in ops}

    return _pretends(fits)(request, server)


def required_value_removed_by_null_without_path(request: Request, server: Server) -> Reply:
    def fits(asked: Request, _: Reply) -> Json:
        return {name: None for form, name, value in _set(asked) if form == "none" and value is None}

    return _pretends(fits)(request, server)


def group_name_removed_by_put(request: Request, server: Server) -> Reply:
    def fits(asked: Request, _: Reply) -> Json:
        body = asked.json if asked.is_("PUT", "/Groups/*") else None
        return {"displayName": None} if isinstance(body, dict) and not body.get("displayName") else {}

    return _pretends(fits)(request, server)


def read_only_groups_written_in_another_case(request: Request, server: Server) -> Reply:
    def fits(asked: Request, _: Reply) -> Json:
        written = [value for form, name, value in _set(asked) if form == "path" and name == "GROUPS"]
        return {"groups": written[0]} if written else {}

    return _pretends(fits)(request, server)


def patch_stores_objects_in_texts(request: Request, server: Server) -> Reply:
    def fits(asked: Request, _: Reply) -> Json:
        return {n: v for form, n, v in _set(asked) if form == "none" and isinstance(v, dict) and "odd" in v}

    return _pretends(fits)(request, server)


def external_id_taken_is_500_by_put_and_patch(request: Request, server: Server) -> Reply:
    if request.is_("PUT|PATCH", "/Users/*|/Groups/*"):
        for _, name, value in _set(request):
            if name.rpartition(":")[2].lower() == "externalid" and isinstance(value, str):
                endpoint = request.path.rpartition("/")[0]
                found = server(Request("GET", endpoint, "", request.headers).with_parameters(filter=_eq(value)))
                if any(not request.path.endswith(item["id"]) for item in (found.json or {}).get("Resources") or ()):
                    return Reply.error(500, detail="UNIQUE constraint failed: users.external_id")
    return server(request)


def _eq(value: str) -> str:
    return f'externalId eq "{value}"'


def patch_in_bulk_empties_the_group(request: Request, server: Server) -> Reply:
    body = request.json if request.is_("POST", "/Bulk") else None
    if not isinstance(body, dict):
        return server(request)
    listed = [_without_members(one) for one in body.get("Operations") or () if isinstance(one, dict)]
    return server(request.with_json({**body, "Operations": listed}))


def bulk_references_in_patches_are_dropped(request: Request, server: Server) -> Reply:
    body = request.json if request.is_("POST", "/Bulk") else None
    if not isinstance(body, dict):
        return server(request)
    listed = [
        one for one in body.get("Operations") or () if one.get("method") != "PATCH" or "bulkId:" not in str(one["data"])
    ]
    reply = server(request.with_json({**body, "Operations": listed}))
    dropped = [one for one in body.get("Operations") or () if one not in listed]
    results = [{"method": "PATCH", "location": one["path"], "status": "200"} for one in dropped]
    return reply.with_json({**reply.json, "Operations": [*reply.json["Operations"], *results]}) if dropped else reply


def _without_members(operation: Json) -> Json:
    data = operation.get("data")
    path = str(operation.get("path"))
    if operation.get("method") != "PATCH" or not path.startswith("/Groups/") or not isinstance(data, dict):
        return operation
    return {**operation, "data": {**data, "Operations": [{"op": "remove", "path": "members"}, *data["Operations"]]}}


def groups_as_members_dropped_by_patch(request: Request, server: Server) -> Reply:
    def is_group(item: Any) -> bool:
        return isinstance(item, dict) and server.get(f"/Groups/{item.get('value')}", request) is not None

    def users_only(operation: Operation) -> Operation:
        value = operation.get("value")
        if str(operation.get("path", "")).endswith("members") and isinstance(value, list):
            return {**operation, "value": [item for item in value if not is_group(item)]}
        return operation

    return changed(request, server, users_only) if request.is_("PATCH", "/Groups/*") else server(request)


def extension_without_path_is_ignored(request: Request, server: Server) -> Reply:
    unwanted = [
        operation
        for operation in request.operations
        if "path" not in operation and isinstance(operation.get("value"), dict) and ENTERPRISE in operation["value"]
    ]
    return without_operations(request, server, unwanted)
