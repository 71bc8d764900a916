"""What defects of PATCH do to its operations: leave some out, change them, pretend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.defects.wire import Reply, Request, Server

Operation = dict[str, Any]


def quietly(request: Request, server: Server) -> Reply:
    """Success, and nothing was done."""
    return server(Request("GET", request.path, "", request.headers))


def without_operations(request: Request, server: Server, unwanted: list[Operation]) -> Reply:
    """The PATCH without some of its operations; a success without effect when none is left."""
    if not unwanted:
        return server(request)
    kept = [operation for operation in request.operations if operation not in unwanted]
    return server(request.with_operations(kept)) if kept else quietly(request, server)


def changed(request: Request, server: Server, change: Callable[[Operation], Any]) -> Reply:
    """The PATCH with each operation as `change` makes it; a list in its place stands for several."""
    if not request.operations:
        return server(request)
    made: list[Operation] = []
    for operation in request.operations:
        new = change(dict(operation))
        made += new if isinstance(new, list) else [new]
    return server(request.with_operations(made))


def paths(request: Request) -> list[str]:
    return [str(operation.get("path", "")) for operation in request.operations]


def is_(operation: Operation, op: str, path: str = "") -> bool:
    """Whether the operation is this op, in any case, on a path that begins so."""
    return str(operation.get("op")).lower() == op and str(operation.get("path", "")).startswith(path)
