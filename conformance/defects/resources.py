"""What defects of values and resources have in common: other bodies on their way in, other representations on their way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.defects.wire import Reply, Request, Server

Resource = dict[str, Any]
Change = Callable[[Resource], Resource]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


def is_of_users(request: Request) -> bool:
    return request.path.startswith(("/Users", "/Groups"))


def shown(request: Request, server: Server, change: Change, *, method: str = "*") -> Reply:
    """Every representation of a user or group, as `change` makes it; with `method` in the answers to that alone."""
    reply = server(request)
    return reply.each_resource(change) if is_of_users(request) and request.is_(method) else reply


def with_values(request: Request, server: Server, *, method: str = "*", **changes: Callable[[Any], Any]) -> Reply:
    """The same, attribute by attribute: each that is there is given to its function."""

    def change(item: Resource) -> Resource:
        return {**item, **{name: to(item[name]) for name, to in changes.items() if name in item}}

    return shown(request, server, change, method=method)


def with_elements(request: Request, server: Server, name: str, change: Change) -> Reply:
    """Every representation with each element of a list as `change` makes it."""

    def changed(item: Resource) -> Resource:
        return {**item, name: [change(dict(one)) for one in item[name]]} if name in item else item

    return shown(request, server, changed)


def with_extension(request: Request, server: Server, change: Change) -> Reply:
    """Every representation with the enterprise extension as `change` makes it."""
    return shown(
        request,
        server,
        lambda item: {**item, ENTERPRISE: change(dict(item[ENTERPRISE]))} if ENTERPRISE in item else item,
    )


def without(item: Resource, *names: str) -> Resource:
    return {name: value for name, value in item.items() if name not in names}


def body_of(request: Request, method: str = "POST|PUT", path: str = "/*") -> Resource:
    """The resource in a create or a PUT; empty for anything else."""
    body = request.json
    return dict(body) if request.is_(method, path) and is_of_users(request) and isinstance(body, dict) else {}


def sent(request: Request, server: Server, change: Change, method: str = "POST|PUT", path: str = "/*") -> Reply:
    """The create or PUT with a body that `change` has made of it."""
    body = body_of(request, method, path)
    return server(request.with_json(change(body)) if body else request)
