"""The trouble that needs code: one function for each situation whose row has no expression."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import orjson

from conformance.defects.wire import Reply, Request, Server

USERS = "/Users/*"
MEMBERS = 10_000  # of the large group


def steady(request: Request, server: Server) -> Reply:
    """Nothing happens."""
    return server(request)


def hostile_names(request: Request, server: Server) -> Reply:
    """The trouble is in the names that the server holds from the beginning."""
    return server(request)


def self_signed_certificate(request: Request, server: Server) -> Reply:
    """The trouble is in the certificate, so a client that gets this far is served."""
    return server(request)


certificate_of_another_host = expired_certificate = self_signed_certificate


def _once(server: Server, what: str) -> bool:
    """Whether this is the first time."""
    first = what not in server.memory
    server.memory[what] = True
    return first


def exists_already(request: Request, server: Server) -> Reply:
    """Someone else has created the first user in the meantime, and has deactivated it since."""
    body = request.json
    if request.is_("POST", "/Users") and isinstance(body, dict) and body.get("userName") and _once(server, "made"):
        held = {"schemas": body.get("schemas"), "userName": body["userName"], "active": False, "title": "Old title"}
        server.send("POST", "/Users", held, request)
    return server(request)


def deleted_meanwhile(request: Request, server: Server) -> Reply:
    """An administrator of the application has deleted the first user that the client changes."""
    if request.is_("PATCH|PUT", USERS) and _once(server, "deleted"):
        server.send("DELETE", request.path, None, request)
    return server(request)


def changed_meanwhile(request: Request, server: Server) -> Reply:
    """Someone else has changed the first resource that the client changes under a condition."""
    if (
        request.is_("PATCH|PUT|DELETE", "/Users/*|/Groups/*")
        and "if-match" in request.headers
        and _once(server, "changed")
    ):
        operation = {
            "op": "replace",
            "path": "externalId" if "/Groups" in request.path else "nickName",
            "value": "other",
        }
        patch = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
        server.send("PATCH", request.path, patch, request)
    return server(request)


def growing_list(request: Request, server: Server) -> Reply:
    """A user is created after each page."""
    reply = server(request.with_parameters(count=2) if request.is_("GET", "/Users") else request)
    if request.is_("GET", "/Users") and not request.filter and reply.ok:
        number = server.memory["grown"] = server.memory.get("grown", 0) + 1
        if number <= 5:
            user = {
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                "userName": f"newcomer{number}@example.com",
            }
            server.send("POST", "/Users", user, request)
    return reply


def cursor_only(request: Request, server: Server) -> Reply:
    """Lists come in pages of two, and only a cursor leads to the next one (RFC 9865)."""
    if request.is_("GET", "/ServiceProviderConfig"):
        reply = server(request)
        pages = {
            "cursor": True,
            "index": False,
            "defaultPaginationMethod": "cursor",
            "defaultPageSize": 2,
            "maxPageSize": 2,
        }
        return reply.with_json({**reply.json, "pagination": pages}) if reply.ok else reply
    if not request.is_("GET", "/Users|/Groups"):
        return server(request)
    if request.parameters.get("startIndex", "1") != "1":
        return Reply.error(400, "invalidValue", "this server has only cursors; see pagination of ServiceProviderConfig")
    reply = server(request.with_parameters(cursor=request.parameters.get("cursor", ""), count=2, startIndex=None))
    body = reply.json
    if not reply.ok or not isinstance(body, dict):
        return reply
    return reply.with_json({name: value for name, value in body.items() if name != "startIndex"})


def changing_read_only_values(request: Request, server: Server) -> Reply:
    """What only the server writes is different in every response."""
    number = server.memory["shown"] = server.memory.get("shown", 0) + 1

    def changed(resource: dict[str, Any]) -> dict[str, Any]:
        if "meta" not in resource:
            return resource
        meta = {**resource["meta"], "lastModified": f"2026-03-02T05:{number // 60 % 60:02}:{number % 60:02}Z"}
        return {**resource, "meta": meta}

    return server(request).each_resource(changed)


def names_in_another_case(request: Request, server: Server) -> Reply:
    """Attribute names are written with other letters: userName as UserName, id stays (RFC 7643 section 2.1)."""
    reply = server(request)
    return reply.each_resource(_capitalized) if request.is_("*", "/Users*|/Groups*") else reply


def _capitalized(resource: dict[str, Any]) -> dict[str, Any]:
    kept = ("id", "schemas", "meta")
    return {
        name if name in kept or ":" in name else name[0].upper() + name[1:]: held for name, held in resource.items()
    }


def another_order(request: Request, server: Server) -> Reply:
    """Everything whose order means nothing is reversed."""
    reply = server(request)
    return reply.with_json(_reversed(reply.json)) if request.is_("*", "/Users*|/Groups*") and reply.body else reply


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _reversed(held) for name, held in reversed(value.items())}
    return [_reversed(item) for item in reversed(value)] if isinstance(value, list) else value


def created_without_a_body(request: Request, server: Server) -> Reply:
    """The response to a create has only the Location."""
    reply = server(request)
    return replace(reply, body=b"") if request.method == "POST" and reply.status == 201 else reply


def large_group(request: Request, server: Server) -> Reply:
    """Every group has 10,000 further members."""
    if not request.is_("GET", "/Groups*") or "members" in request.parameters.get("excludedAttributes", ""):
        return server(request)
    more = [{"value": f"member-{number}", "display": f"Member {number}"} for number in range(MEMBERS)]
    return server(request).each_resource(lambda held: {**held, "members": [*held.get("members", []), *more]})


def deletion_is_not_offered(request: Request, server: Server) -> Reply:
    """Users can be deactivated only."""
    if request.is_("DELETE", USERS):
        return Reply.error(405, detail="users cannot be deleted; deactivate them")
    return server(request)


def moved_permanently(request: Request, server: Server) -> Reply:
    """Lists and creates of users are redirected to another URL of the same origin."""
    if "moved=1" in request.query:
        return server(request.with_parameters(moved=None))
    if request.is_("GET|POST", "/Users"):
        base = server(Request("GET", "/ServiceProviderConfig", "", request.headers)).json["meta"]["location"]
        query = f"{request.query}&moved=1" if request.query else "moved=1"
        return Reply(308, {"location": f"{base.rpartition('/')[0]}/Users?{query}"})
    return server(request)


def leads_elsewhere(request: Request, server: Server) -> Reply:
    """The first read is redirected to another origin, which must not receive the token."""
    host = request.headers.get("host", "")
    if request.method == "GET" and host.startswith("127.0.0.1") and _once(server, "led"):
        base = server(Request("GET", "/ServiceProviderConfig", "", request.headers)).json["meta"]["location"]
        place = base.rpartition("/")[0].replace("127.0.0.1", "localhost", 1)
        return Reply(307, {"location": f"{place}{request.path}" + (f"?{request.query}" if request.query else "")})
    return server(request)


_ID = re.compile(rb"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
_SHOWN = re.compile(rb"ID:([0-9A-F-]{32,36})==")


def unusual_ids(request: Request, server: Server) -> Reply:
    """Ids are upper-case and contain a colon and equals signs."""

    def back(text: bytes) -> bytes:
        return _SHOWN.sub(lambda found: found[1].lower(), text)

    path = back(request.path.replace("%3A", ":").replace("%3a", ":").replace("%3D", "=").replace("%3d", "=").encode())
    query = re.sub(r"ID%3A([0-9A-F-]{32,36})%3D%3D", lambda found: found[1].lower(), request.query)
    reply = server(replace(request, path=path.decode(), query=query, body=back(request.body)))
    if not request.is_("*", "/Users*|/Groups*") or not isinstance(reply.json, dict):
        return reply
    known: set[str] = server.memory.setdefault("ids", set())
    listed = reply.json.get("Resources")
    for resource in listed if isinstance(listed, list) else [reply.json]:
        known.update(str(one) for one in [resource.get("id"), *_members(resource)])
    body = orjson.loads(_with_shown_ids(orjson.dumps(reply.json), known))
    headers = {name: value for name, value in reply.headers.items() if name != "location"}
    if "location" in reply.headers:
        place, _, last = reply.headers["location"].rpartition("/")
        headers["location"] = f"{place}/ID:{last.upper()}=="
    return replace(reply, headers=headers).with_json(body)


def _members(resource: dict[str, Any]) -> list[Any]:
    return [one.get("value") for one in resource.get("members") or () if isinstance(one, dict)]


def _with_shown_ids(text: bytes, known: set[str]) -> bytes:
    """The body with each of these ids changed: where it stands alone, and at the end of a location."""

    def shown(found: re.Match[bytes]) -> bytes:
        return b"ID:" + found[1].upper() + b"==" if found[1].decode() in known else found[1]

    return re.sub(rb'(?<=["/])(' + _ID.pattern + rb')(?=")', shown, text)
