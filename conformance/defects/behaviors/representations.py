"""Defects of responses: attributes in a wrong format, invented, outdated, or secret."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from conformance.defects.edits import ENTERPRISE
from conformance.defects.lists import asks
from conformance.defects.resources import Resource, body_of, shown, with_elements, with_extension, with_values, without
from conformance.defects.wire import Reply, Request, Server

Json = dict[str, Any]


def _shown(request: Request, server: Server, **changes: Any) -> Reply:
    """Change these attributes in every representation; a function receives the value if there is one."""

    def change(item: Resource) -> Resource:
        return {**item, **{name: to(item[name]) for name, to in changes.items() if name in item}}

    return server(request).each_resource(change)


def _moved(text: str, **by: float) -> str:
    return (datetime.fromisoformat(text) + timedelta(**by)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _with_meta(request: Request, server: Server, change: Any, *, method: str = "*") -> Reply:
    return with_values(request, server, method=method, meta=lambda held: {**held, **change(held)})


def _with_ref(item: Resource, ref: str) -> Resource:
    return {**item, "$ref": ref} if "$ref" in item else item


def _asked(request: Request) -> str:
    """The names in attributes and excludedAttributes, if the request has either."""
    return request.parameters.get("attributes", "") + request.parameters.get("excludedAttributes", "")


def read_after_write_stale(request: Request, server: Server) -> Reply:
    if request.is_("PUT|PATCH", "/*/*"):
        server.memory[request.path] = server(Request("GET", request.path, "", request.headers))
    elif request.is_("GET", "/*/*") and request.path in server.memory:
        return server.memory.pop(request.path)  # type: ignore[no-any-return]
    return server(request)


def primary_is_the_first(request: Request, server: Server) -> Reply:
    def first(held: Json) -> Json:
        mails = [{**one, "primary": place == 0} for place, one in enumerate(held.get("emails", []))]
        return {**held, "emails": mails} if mails else held

    return server(request).each_resource(first)


def multivalued_returned_mixed(request: Request, server: Server) -> Reply:
    return _shown(request, server, emails=lambda held: [held[0]["value"], *held[1:]])


def list_of_one_is_an_object(request: Request, server: Server) -> Reply:
    def unwrapped(item: Resource) -> Resource:
        single = {n: v[0] for n, v in item.items() if n != "schemas" and isinstance(v, list) and len(v) == 1}
        return {**item, **single}

    return shown(request, server, unwrapped) if request.is_("GET", "/*/*") else server(request)


def extension_attributes_at_the_top(request: Request, server: Server) -> Reply:
    def flat(item: Resource) -> Resource:
        own = {name: value for name, value in item.items() if not name.startswith("urn:")}
        inner = [value for name, value in item.items() if name.startswith("urn:") and isinstance(value, dict)]
        return {**own, **{name: value for extension in inner for name, value in extension.items()}}

    return server(request).each_resource(flat)


def extension_flattened_when_read(request: Request, server: Server) -> Reply:
    def flat(item: Resource) -> Resource:
        return {**without(item, ENTERPRISE), **item[ENTERPRISE]} if ENTERPRISE in item else item

    return shown(request, server, flat, method="GET")


def schemas_grow_with_changes(request: Request, server: Server) -> Reply:
    own = [o for o in request.operations if str(o.get("path")).startswith(ENTERPRISE)]
    server.memory[request.path] = server.memory.get(request.path, 0) + len(own)
    more = [ENTERPRISE] * max(0, server.memory[request.path] - 1)
    return with_values(request, server, schemas=lambda held: [*held, *more])


def created_in_local_time(request: Request, server: Server) -> Reply:
    return _with_meta(
        request, server, lambda held: {n: _moved(held[n], hours=2) for n in ("created", "lastModified") if n in held}
    )


def new_resource_modified_later(request: Request, server: Server) -> Reply:
    return _with_meta(request, server, lambda held: {"lastModified": _moved(held["lastModified"], seconds=5)})


def display_name_composed(request: Request, server: Server) -> Reply:
    def composed(item: Resource) -> Resource:
        name = item.get("name") or {}
        return {**item, "displayName": f"{name.get('givenName')} {name.get('familyName')}"} if name else item

    return shown(request, server, composed)


def names_exchanged(request: Request, server: Server) -> Reply:
    def exchanged(held: Resource) -> Resource:
        return {**held, "givenName": held.get("familyName"), "familyName": held.get("givenName")}

    return with_values(request, server, method="GET", name=exchanged)


def address_on_one_line(request: Request, server: Server) -> Reply:
    def flat(item: Resource) -> Resource:
        return {part: str(text).replace("\n", " ") for part, text in item.items()}

    return with_elements(request, server, "addresses", flat)


def manager_named_by_the_client(request: Request, server: Server) -> Reply:
    manager = (body_of(request).get(ENTERPRISE) or {}).get("manager")
    name = manager.get("displayName") if isinstance(manager, dict) else None
    name = server.memory["name"] = name or server.memory.get("name")

    def named(held: Resource) -> Resource:
        return {**held, "manager": {**held["manager"], "displayName": name}} if "manager" in held else held

    return with_extension(request, server, named) if name else server(request)


def reference_names_another(request: Request, server: Server) -> Reply:
    base = request.path
    return with_elements(request, server, "groups", lambda item: _with_ref(item, base.lstrip("/")))


def external_id_invented(request: Request, server: Server) -> Reply:
    return shown(request, server, lambda item: {"externalId": item.get("id"), **item})


def ids_of_two_types_alike(request: Request, server: Server) -> Reply:
    reply = server(request)
    body = reply.json
    if request.method != "GET" or request.path not in ("/Users", "/Groups") or not body.get("Resources"):
        return reply
    numbered = [{**item, "id": str(number)} for number, item in enumerate(body["Resources"])]
    return reply.with_json({**body, "Resources": numbered})


def password_or_secret_returned(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Users"):
        server.memory["password"] = request.json.get("password")
    reply = server(request)
    secret = server.memory.get("password")
    return reply.each_resource(lambda item: {**item, "password": secret}) if "password" in _asked(request) else reply


def password_returned_in_lists(request: Request, server: Server) -> Reply:
    server.memory["last"] = body_of(request).get("password") or server.memory.get("last")
    if asks(request, "userName"):
        return shown(request, server, lambda item: {**item, "title": server.memory["last"]})
    return server(request)


def password_in_error_text(request: Request, server: Server) -> Reply:
    reply = server(request)
    if reply.status < 400 or not request.body:
        return reply
    return reply.with_json({**reply.json, "detail": f"cannot take {request.body.decode()}"})


def answer_written_as_latin_1(request: Request, server: Server) -> Reply:
    reply = server(request)
    return replace(reply, body=reply.body.decode().encode("latin-1", "replace"))
