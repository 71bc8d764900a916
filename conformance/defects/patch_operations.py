"""Changes of the operations of a PATCH: leave some out, edit them, or do nothing and report success."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.defects.wire import Reply, Request, Server

Operation = dict[str, Any]


def quietly(request: Request, server: Server) -> Reply:
    """The resource as it is: the server reports success and does nothing."""
    return server(Request("GET", request.path, "", request.headers))


def without_operations(request: Request, server: Server, unwanted: list[Operation]) -> Reply:
    """The PATCH without some of its operations; if none is left, the server reports success and does nothing."""
    if not unwanted:
        return server(request)
    kept = [operation for operation in request.operations if operation not in unwanted]
    return server(request.with_operations(kept)) if kept else quietly(request, server)


def changed(request: Request, server: Server, change: Callable[[Operation], Any]) -> Reply:
    """The PATCH with every operation changed; `change` can return a list to replace one operation by several."""
    if not request.operations:
        return server(request)
    made: list[Operation] = []
    for operation in request.operations:
        new = change(dict(operation))
        made += new if isinstance(new, list) else [new]
    return server(request.with_operations(made))


def paths(request: Request) -> list[str]:
    """The paths of all operations; an empty string where an operation has none."""
    return [str(operation.get("path", "")) for operation in request.operations]


def is_(operation: Operation, op: str, path: str = "") -> bool:
    """Whether the operation has this op (case-insensitive) and a path that begins with `path`."""
    return str(operation.get("op")).lower() == op and str(operation.get("path", "")).startswith(path)
