"""Defects of attributes in POST and PUT: dropped, changed, rejected, or stored with another type."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson

from conformance.defects.edits import ENTERPRISE, USER
from conformance.defects.resources import Resource, body_of, declared_names, sent, with_elements, with_values, without
from conformance.defects.wire import Reply, Request, Server


def _manager(body: Resource) -> str:
    manager = (body.get(ENTERPRISE) or {}).get("manager")
    return str(manager.get("value")) if isinstance(manager, dict) else ""


def interop_unknown_attribute_dropped(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Users") and isinstance(request.json, dict):
        known = declared_names(request, server)
        return server(request.with_json({name: value for name, value in request.json.items() if name in known}))
    return server(request)


def interop_unknown_schema_dropped(request: Request, server: Server) -> Reply:
    body = request.json
    if request.is_("POST", "/Users") and isinstance(body, dict):
        known = declared_names(request, server)
        urns = [urn for urn in body.get("schemas") or () if urn in known]
        rest = {name: value for name, value in body.items() if ":" not in name or name in known}
        return server(request.with_json({**rest, "schemas": urns}))
    return server(request)


def interop_unknown_names_break_the_server(request: Request, server: Server) -> Reply:
    body = request.json
    if request.is_("POST|PUT", "/Users*") and isinstance(body, dict):
        parts = set(body.get("name") or {}) - {"formatted", "givenName", "familyName", "middleName"}
        if set(body) - declared_names(request, server) or parts:
            return Reply.error(500)
    return server(request)


def error_500_for_client_mistake(request: Request, server: Server) -> Reply:
    body = request.json if request.is_("POST", "/Users") else None
    mails = body.get("emails") if isinstance(body, dict) else None
    if isinstance(mails, list) and not all(isinstance(item, dict) for item in mails):
        return Reply(500, {"content-type": "text/plain"}, b"AttributeError: 'NoneType' object has no attribute 'get'")
    return server(request)


def broken_json_500(request: Request, server: Server) -> Reply:
    return Reply.error(500) if request.body and request.json is None else server(request)


def _kept_as_sent(request: Request, server: Server, name: str, kind: type, stand_in: Callable[[Any], Any]) -> Reply:
    """The server stores a placeholder for a value of the wrong type in a new user and returns the value that was sent."""
    body = request.json if request.is_("POST", "/Users") else None
    odd = body.get(name) if isinstance(body, dict) else None
    if not isinstance(odd, kind):
        return server(request).each_resource(lambda r: {**r, **server.memory.get(r["id"], {})})
    reply = server(request.with_json({**request.json, name: stand_in(odd)}))
    server.memory[reply.json["id"]] = {name: odd}
    return reply


def number_stored_for_a_text(request: Request, server: Server) -> Reply:
    return _kept_as_sent(request, server, "displayName", int, str)


def object_stored_for_a_list(request: Request, server: Server) -> Reply:
    return _kept_as_sent(request, server, "emails", dict, lambda sent: [sent])


def object_stored_for_a_text(request: Request, server: Server) -> Reply:
    body = request.json
    if request.is_("POST|PUT") and isinstance(body, dict) and isinstance(body.get("nickName"), dict):
        server.memory["value"] = body["nickName"]
        request = request.with_json({**body, "nickName": None})
    reply = server(request)
    return reply.each_resource(lambda held: {**held, "nickName": server.memory["value"]}) if server.memory else reply


def read_only_groups_are_stored(request: Request, server: Server) -> Reply:
    body = request.json
    if request.is_("POST|PUT") and isinstance(body, dict) and "groups" in body:
        server.memory["value"] = body["groups"]
    elif any(operation.get("path") == "groups" for operation in request.operations):
        server.memory["value"] = request.operations[0]["value"]
        return Reply(204)
    reply = server(request)
    return reply.each_resource(lambda held: {**held, "groups": server.memory["value"]}) if server.memory else reply


def meta_of_the_client_taken(request: Request, server: Server) -> Reply:
    if isinstance(meta := body_of(request).get("meta"), dict):
        server.memory["meta"] = meta
    return with_values(request, server, meta=lambda held: {**held, **server.memory.get("meta", {})})


def first_schema_decides(request: Request, server: Server) -> Reply:
    def read(body: Resource) -> Resource:
        return without(body, ENTERPRISE) if body.get("schemas", [USER])[0] == ENTERPRISE else body

    return sent(request, server, read)


def first_key_decides(request: Request, server: Server) -> Reply:
    return sent(request, server, lambda body: body if next(iter(body)) == "schemas" else without(body, "name"))


def active_text_stored_as_text(request: Request, server: Server) -> Reply:
    text = body_of(request).get("active")
    if isinstance(text, str):
        server.memory["text"] = text
    held = server.memory.get("text")
    return with_values(request, server, active=lambda _: held) if held else server(request)


def active_text_is_always_true(request: Request, server: Server) -> Reply:
    return sent(request, server, lambda body: {**body, "active": True} if isinstance(body.get("active"), str) else body)


def texts_in_one_byte_letters(request: Request, server: Server) -> Reply:
    def narrowed(body: Resource) -> Resource:
        text = orjson.dumps(body).decode().encode("latin-1", "replace").decode("latin-1")
        return dict(orjson.loads(text))

    return sent(request, server, narrowed)


def texts_normalised(request: Request, server: Server) -> Reply:
    return sent(
        request, server, lambda body: dict(orjson.loads(unicodedata.normalize("NFC", orjson.dumps(body).decode())))
    )


def create_two_primaries_accepted(request: Request, server: Server) -> Reply:
    emails = [dict(item) for item in body_of(request).get("emails") or ()]
    if sum(item.get("primary") is True for item in emails) > 1:
        server.memory["both"] = True
        request = request.with_json(
            {**request.json, "emails": [emails[0], *(without(e, "primary") for e in emails[1:])]}
        )
    if not server.memory.get("both"):
        return server(request)
    return with_elements(request, server, "emails", lambda item: {**item, "primary": True})


def one_value_of_two_types_is_500(request: Request, server: Server) -> Reply:
    values = [item.get("value") for item in body_of(request).get("emails") or ()]
    return Reply.error(500) if len(set(values)) < len(values) else server(request)


def certificate_of_any_text(request: Request, server: Server) -> Reply:
    if any(" " in str(item.get("value")) for item in body_of(request).get("x509Certificates") or ()):
        server.memory["text"] = body_of(request)["x509Certificates"]
        reply = sent(request, server, lambda body: without(body, "x509Certificates"))
    else:
        reply = server(request)
    held = server.memory.get("text")
    return reply.each_resource(lambda item: {**item, "x509Certificates": held}) if held else reply


def certificate_without_padding_is_500(request: Request, server: Server) -> Reply:
    values = [str(item.get("value")) for item in body_of(request).get("x509Certificates") or ()]
    return Reply.error(500) if any(len(value) % 4 for value in values) else server(request)


def certificate_unique(request: Request, server: Server) -> Reply:
    value = str(body_of(request, "POST").get("x509Certificates"))
    known = server.memory.setdefault("values", set())
    if value != "None" and value in known:
        return Reply.error(409, "uniqueness")
    known.add(value)
    return server(request)


def unknown_manager_dropped(request: Request, server: Server) -> Reply:
    return sent(
        request,
        server,
        lambda body: body if server.get(f"/Users/{_manager(body)}", request) else without(body, ENTERPRISE),
        "POST",
    )


def body_read_as_latin_1(request: Request, server: Server) -> Reply:
    if "charset" in request.headers.get("content-type", "charset"):
        return server(request)
    return server(replace(request, body=request.body.decode("latin-1").encode()))
