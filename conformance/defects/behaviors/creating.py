"""Defects of creation: conflicts, required attributes, and values that the client must not choose."""

from __future__ import annotations

import threading
import time
from typing import Any

from conformance.defects.edits import USER
from conformance.defects.lists import is_search
from conformance.defects.resources import body_of
from conformance.defects.wire import Reply, Request, Server


def _creates(request: Request) -> bool:
    """Whether the request creates a user and has a valid body."""
    return request.is_("POST", "/Users") and isinstance(request.json, dict)


def _sent_otherwise(request: Request, server: Server, **changes: Any) -> Reply:
    """The create request with other attribute values; None removes an attribute."""
    body = {**request.json, **changes}
    return server(request.with_json({name: value for name, value in body.items() if value is not None}))


def create_duplicate_case_variant(request: Request, server: Server) -> Reply:
    reply = server(request)
    known: set[str] = server.memory.setdefault("names", set())
    name = str((request.json or {}).get("userName")) if _creates(request) else ""
    if reply.status == 409 and name and name not in known:
        return _sent_otherwise(request, server, userName=f"{name}.2")
    known.add(name)
    return reply


def create_unique_by_email_not_username(request: Request, server: Server) -> Reply:
    if _creates(request):
        for email in request.json.get("emails") or ():
            if server.memory.setdefault(str(email), request) is not request:
                return Reply.error(409, "uniqueness", "email")
    return server(request)


def create_unknown_schema_urn_rejected(request: Request, server: Server) -> Reply:
    if _creates(request) and not all(":ietf:" in str(urn) for urn in request.json.get("schemas") or [""]):
        return Reply(500, {"content-type": "text/plain"}, b"KeyError: schemas")
    return server(request)


def create_upsert_200_on_duplicate(request: Request, server: Server) -> Reply:
    reply = server(request)
    known = server.memory.setdefault("ids", {})
    if reply.status == 201 and _creates(request):
        known[request.json.get("userName")] = f"/Users/{reply.json['id']}"
    if reply.status == 409 and _creates(request) and request.json.get("userName") in known:
        return server.send("PUT", known[request.json["userName"]], request.json, request)
    return reply


def _put_instead(request: Request, server: Server, name: str) -> Reply:
    """The create request as a PUT of the user whose id the client sent in this attribute, if that user exists."""
    path = f"/Users/{request.json.get(name)}" if _creates(request) else ""
    if not path or server.get(path, request) is None:
        return server(request)
    return server.send("PUT", path, request.json, request).with_status(201)


def create_takes_the_id_of_the_client(request: Request, server: Server) -> Reply:
    return _put_instead(request, server, "id")


def create_takes_meta_of_the_client(request: Request, server: Server) -> Reply:
    reply = server(request)
    sent = request.json.get("meta") if isinstance(request.json, dict) and request.method == "POST" else None
    if isinstance(sent, dict) and reply.status == 201:
        server.memory[reply.json["id"]] = sent
    return reply.each_resource(lambda r: {**r, "meta": {**r.get("meta", {}), **server.memory.get(r["id"], {})}})


def external_id_resolved_as_internal_id(request: Request, server: Server) -> Reply:
    return _put_instead(request, server, "externalId")


def create_race_500_or_double(request: Request, server: Server) -> Reply:
    met: threading.Condition = server.memory.setdefault("met", threading.Condition())
    if not _creates(request):
        return server(request)
    name = str(request.json.get("userName"))
    with met:
        number = server.memory[name] = server.memory.get(name, 0) + 1
        met.notify_all()
        met.wait_for(
            lambda: server.memory[name] > 1, timeout=1
        )  # both requests check for duplicates before either writes
    if number != 2:
        return server(request)
    return _sent_otherwise(request, server, userName=f"{name}.2").each_resource(lambda r: {**r, "userName": name})


def create_null_attributes_refused(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Users") and isinstance(request.json, dict) and None in request.json.values():
        return Reply.error(400, "invalidValue", "null")
    return server(request)


def required_attribute_is_optional(request: Request, server: Server) -> Reply:
    body = request.json
    if request.is_("POST", "/Users") and isinstance(body, dict) and "userName" not in body:
        return server(request.with_json({**body, "userName": f"unnamed-{len(request.body)}-{id(request)}"}))
    return server(request)


def create_of_nothing_makes_somebody(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Users") and request.json == {}:
        number = server.memory["number"] = server.memory.get("number", 0) + 1
        return server(request.with_json({"schemas": [USER], "userName": f"unnamed-{number}-{time.time_ns()}"}))
    return server(request)


def user_name_taken_twice(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.is_("POST", "/Users") and reply.status == 409:
        name = request.json["userName"]
        made = server(request.with_json({**request.json, "userName": f"{name}.2"}))
        return made.each_resource(lambda item: {**item, "userName": name})
    return reply


def names_compared_by_code_points(request: Request, server: Server) -> Reply:
    kept: list[str] = server.memory.setdefault("display names", [])
    body = request.json if request.is_("POST", "/Users") else None
    reply = server(request)
    if isinstance(body, dict) and reply.status == 409 and not str(body.get("userName")).isascii():
        return server(request.with_json({**body, "userName": f"{body['userName']}.2"}))
    kept.append(str(body.get("displayName")) if isinstance(body, dict) else "")
    if request.filter and not request.filter.isascii() and not any(text and text in request.filter for text in kept):
        return reply.with_json({**reply.json, "Resources": [], "totalResults": 0})
    return reply


def external_id_unique(request: Request, server: Server) -> Reply:
    own = body_of(request, "POST", "/Users").get("externalId")
    known = server.memory.setdefault("known", set())
    if own and own in known:
        return Reply.error(409, "uniqueness")
    known.add(own)
    return server(request)


def interop_external_ids_compared_without_case(request: Request, server: Server) -> Reply:
    body = request.json
    if request.is_("POST", "/Users") and isinstance(body, dict) and "externalId" in body:
        known = server.memory.setdefault(body["externalId"].lower(), body["externalId"])
        if known != body["externalId"]:
            return Reply.error(409, "uniqueness")
    return server(request)


def search_creates(request: Request, server: Server) -> Reply:
    if not is_search(request) or "userName" not in request.json:
        return server(request)
    body = {**request.json, "schemas": [USER]}
    return server.send("POST", "/Users", body, request)
