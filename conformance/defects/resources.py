"""Shared by defects in code: changed bodies of POST and PUT, and changed resources in replies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.defects.edits import ENTERPRISE, USER
from conformance.defects.lists import resources_of
from conformance.defects.wire import Reply, Request, Server

Resource = dict[str, Any]
Change = Callable[[Resource], Resource]
UNSET: Any = object()


def is_of_users(request: Request) -> bool:
    """Whether the path leads to users or groups."""
    return request.path.startswith(("/Users", "/Groups"))


def shown(request: Request, server: Server, change: Change, *, method: str = "*") -> Reply:
    """The reply with every user and group changed; with `method`, only in replies to that method."""
    reply = server(request)
    return reply.each_resource(change) if is_of_users(request) and request.is_(method) else reply


def with_values(request: Request, server: Server, *, method: str = "*", **changes: Callable[[Any], Any]) -> Reply:
    """The reply with attributes of every user and group changed: each one that is present, by its function."""

    def change(item: Resource) -> Resource:
        return {**item, **{name: to(item[name]) for name, to in changes.items() if name in item}}

    return shown(request, server, change, method=method)


def with_elements(request: Request, server: Server, name: str, change: Change) -> Reply:
    """The reply with every element of a multi-valued attribute changed."""

    def changed(item: Resource) -> Resource:
        return {**item, name: [change(dict(one)) for one in item[name]]} if name in item else item

    return shown(request, server, changed)


def with_extension(request: Request, server: Server, change: Change) -> Reply:
    """The reply with the enterprise extension of every user changed."""
    return shown(
        request,
        server,
        lambda item: {**item, ENTERPRISE: change(dict(item[ENTERPRISE]))} if ENTERPRISE in item else item,
    )


def without(item: Resource, *names: str) -> Resource:
    """The resource without these attributes."""
    return {name: value for name, value in item.items() if name not in names}


def body_of(request: Request, method: str = "POST|PUT", path: str = "/*") -> Resource:
    """The resource that a POST or PUT sends; empty for any other request."""
    body = request.json
    return dict(body) if request.is_(method, path) and is_of_users(request) and isinstance(body, dict) else {}


def sent(request: Request, server: Server, change: Change, method: str = "POST|PUT", path: str = "/*") -> Reply:
    """The reply to the POST or PUT with a changed body."""
    body = body_of(request, method, path)
    return server(request.with_json(change(body)) if body else request)


def declared_names(request: Request, server: Server) -> set[str]:
    """What a user can contain according to /Schemas: attribute names and schema URNs."""
    if "known" not in server.memory:
        schemas = resources_of(server(Request("GET", "/Schemas", "", request.headers)))
        names = {a["name"] for schema in schemas if schema["id"] == USER for a in schema["attributes"]}
        server.memory["known"] = names | {schema["id"] for schema in schemas} | {"schemas", "id", "externalId", "meta"}
    return set(server.memory["known"])


def new_value(request: Request, name: str) -> Any:
    """The value that a PUT or PATCH gives an attribute; UNSET if it leaves the attribute out."""
    if request.method == "PUT" and isinstance(request.json, dict):
        return request.json.get(name, UNSET)
    for operation in request.operations:
        value = operation.get("value")
        if str(operation.get("path", "")).lower() == name.lower():
            return value
        if "path" not in operation and isinstance(value, dict) and name in value:
            return value[name]
    return UNSET


def before(request: Request, server: Server, path: str = "/Users/*") -> Resource:
    """The resource that a PUT or PATCH is about to change; empty for any other request."""
    held = server.get(request.path, request) if request.is_("PUT|PATCH", path) else None
    return dict(held) if isinstance(held, dict) else {}


def patched(server: Server, request: Request, path: str, *operations: Resource) -> Reply:
    """The reply to a PATCH of the defect's own, sent with the credentials of `request`."""
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list(operations)}
    return server.send("PATCH", path, body, request)
