"""Defects of PUT: attributes that are kept or lost, the wrong resource, and side effects."""

from __future__ import annotations

from typing import Any

from conformance.defects.wire import Reply, Request, Server


def _replaces(request: Request, path: str = "/*/*") -> bool:
    """Whether the request is a PUT with a valid body."""
    return request.is_("PUT", path) and isinstance(request.json, dict)


def _kept(request: Request, server: Server, *names: str) -> Reply:
    """The PUT with these attributes as they are stored."""
    held = server.get(request.path, request) or {}
    body = {name: value for name, value in request.json.items() if name not in names}
    return server(request.with_json({**body, **{name: held[name] for name in names if name in held}}))


def put_partial_name_clears_or_merges(request: Request, server: Server) -> Reply:
    held = server.get(request.path, request) if _replaces(request, "/Users/*") else None
    if not held or not isinstance(request.json.get("name"), dict):
        return server(request)
    name = {**request.json["name"], "familyName": held["name"]["familyName"]}
    return server(request.with_json({**request.json, "name": name}))


def put_appends_to_lists(request: Request, server: Server) -> Reply:
    held = server.get(request.path, request) if _replaces(request, "/Users/*") else None
    old = [item for item in (held or {}).get("emails", []) if item not in (request.json.get("emails") or [])]
    if not old:
        return server(request)
    return server(request.with_json({**request.json, "emails": [*(request.json.get("emails") or []), *old]}))


def put_answers_with_the_old_resource(request: Request, server: Server) -> Reply:
    held = server.get(request.path, request) if _replaces(request) else None
    reply = server(request)
    return reply.with_json(held) if held and reply.ok else reply


def put_answers_with_a_list(request: Request, server: Server) -> Reply:
    reply = server(request)
    return reply.with_json([reply.json]) if request.method == "PUT" and reply.ok else reply


def put_takes_meta_of_the_client(request: Request, server: Server) -> Reply:
    sent = (request.json.get("meta") or {}).get("created") if _replaces(request) else None
    if sent:
        server.memory[request.path.rpartition("/")[2]] = {"created": sent}
    return server(request).each_resource(
        lambda r: {**r, "meta": {**r.get("meta", {}), **server.memory.get(r["id"], {})}}
    )


def put_goes_to_the_id_of_the_body(request: Request, server: Server) -> Reply:
    if _replaces(request, "/Users/*") and request.json.get("id"):
        other = f"/Users/{request.json['id']}"
        if other != request.path:
            return server.send("PUT", other, {**request.json, "userName": f"{request.json['userName']}.2"}, request)
    return server(request)


def put_creates_resource(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not _replaces(request) or reply.status != 404:
        return reply
    return server.send("POST", "/" + request.path.split("/")[1], request.json, request)


def put_reset_provider_fields(request: Request, server: Server) -> Reply:
    if _replaces(request, "/Users/*") and request.json.get("active") is True:
        return server(request.with_json({**request.json, "emails": [{"value": request.json.get("userName")}]}))
    return server(request)


def put_keeps_what_is_emptied(request: Request, server: Server) -> Reply:
    empty = [name for name, value in request.json.items() if value in (None, [])] if _replaces(request) else []
    return _kept(request, server, *empty) if empty else server(request)


def put_makes_a_new_resource(request: Request, server: Server) -> Reply:
    if _replaces(request):
        server.memory[request.path.rpartition("/")[2]] = True

    def renewed(resource: dict[str, Any]) -> dict[str, Any]:
        meta = resource.get("meta") or {}
        again = resource["id"] in server.memory
        return {**resource, "meta": {**meta, "created": meta.get("lastModified")}} if again else resource

    return server(request).each_resource(renewed)


def put_without_user_name_accepted(request: Request, server: Server) -> Reply:
    if _replaces(request, "/Users/*") and "userName" not in request.json:
        return server(request.with_json({**request.json, "userName": f"null-{request.path.rpartition('/')[2]}"}))
    return server(request)


def unique_value_taken_by_a_change(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.is_("PUT", "/Users/*") and reply.status == 409:
        server.memory[request.path] = request.json["userName"]
        return Reply.of(200, {**request.json, "id": request.path.rpartition("/")[2]})
    if request.is_("GET") and request.path in server.memory:
        return reply.each_resource(lambda held: {**held, "userName": server.memory[request.path]})
    return reply
