"""Defects of meta: changes that do not update lastModified or the version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.defects.edits import ENTERPRISE
from conformance.defects.wire import Reply, Request, Server

Json = dict[str, Any]


def _touched(request: Request) -> set[str]:
    """The attributes that a PATCH names, as `op name`; extension attributes have their URN."""
    found: set[str] = set()
    for operation in request.operations:
        value = operation.get("value")
        names = [str(operation["path"])] if "path" in operation else list(value) if isinstance(value, dict) else []
        op = str(operation.get("op")).lower()
        found |= {f"{op} {ENTERPRISE if name.startswith(ENTERPRISE) else name}" for name in names}
    return found


def _unmoved(fits: Callable[[Request], bool], *names: str) -> Callable[[Request, Server], Reply]:
    """A matching PATCH does not update these members of meta, nor the ETag if `version` is one of them."""

    def mutated(request: Request, server: Server) -> Reply:
        if request.is_("PUT|PATCH", "/Users/*|/Groups/*"):
            held = server.memory.pop(request.path, None)
            if fits(request):
                meta = held or (server.get(request.path, request) or {}).get("meta") or {}
                server.memory[request.path] = {name: meta[name] for name in names if name in meta}
        reply = server(request).each_resource(
            lambda item: {**item, "meta": {**item.get("meta", {}), **server.memory.get(_path(item), {})}}
        )
        old = server.memory.get(request.path, {}).get("version")
        return reply.with_header("etag", old) if old and "etag" in reply.headers else reply

    return mutated


def _path(item: Json) -> str:
    return f"/{(item.get('meta') or {}).get('resourceType')}s/{item.get('id')}"


def members_leave_last_modified(request: Request, server: Server) -> Reply:
    def fits(asked: Request) -> bool:
        return any("members" in name for name in _touched(asked))

    return _unmoved(fits, "lastModified")(request, server)


def removed_members_leave_the_version(request: Request, server: Server) -> Reply:
    return _unmoved(lambda asked: "remove members" in _touched(asked), "version")(request, server)


def extension_leaves_meta_alone(request: Request, server: Server) -> Reply:
    def fits(asked: Request) -> bool:
        return any(name.endswith(ENTERPRISE) for name in _touched(asked))

    return _unmoved(fits, "lastModified", "version")(request, server)


def added_emails_leave_last_modified(request: Request, server: Server) -> Reply:
    return _unmoved(lambda asked: "add emails" in _touched(asked), "lastModified")(request, server)


def removal_leaves_the_version(request: Request, server: Server) -> Reply:
    def fits(asked: Request) -> bool:
        return any(name.startswith("remove ") for name in _touched(asked))

    return _unmoved(fits, "version")(request, server)


def patch_without_path_leaves_the_etag(request: Request, server: Server) -> Reply:
    def fits(asked: Request) -> bool:
        return any("path" not in operation for operation in asked.operations)

    return _unmoved(fits, "version")(request, server)


def patch_answers_with_the_state_before(request: Request, server: Server) -> Reply:
    before = server.get(request.path, request) if request.is_("PATCH", "/Users/*|/Groups/*") else None
    reply = server(request)
    return reply.with_json(before) if before and reply.status == 200 else reply


def _of_users(member: Json) -> Json:
    return {**member, "$ref": member["$ref"].replace("/Groups/", "/Users/")} if "$ref" in member else member
