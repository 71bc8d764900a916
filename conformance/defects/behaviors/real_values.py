"""Defects that simple values in an empty directory do not reveal: wildcards, accents, stale lookups, ties, null, other hosts."""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

from conformance.defects.lists import resources_of, with_resources
from conformance.defects.patch_operations import changed
from conformance.defects.wire import Reply, Request, Server

Json = dict[str, Any]
COMPARISON = re.compile(r'(?P<path>\S+) (?P<operator>eq|sw) "(?P<value>[^"]*)"')


def _like(request: Request, server: Server, wildcard: str, pattern: str) -> Reply:
    """Evaluate a filter like the operator LIKE of SQL: the wildcard in its value stands for other characters."""
    found = COMPARISON.fullmatch(request.filter)
    if found is None or wildcard not in found["value"]:
        return server(request)
    wide = f'{found["path"]} sw "{found["value"].partition(wildcard)[0]}"'
    reply = server(request.with_parameters(filter=wide))
    end = "" if found["operator"] == "sw" else "$"
    fits = re.compile(pattern.join(map(re.escape, found["value"].split(wildcard))) + end, re.IGNORECASE)
    name = found["path"].rpartition(":")[2]
    held = [one for one in resources_of(reply) if fits.match(_text(one, name))]
    return with_resources(reply, held)


def _text(resource: Json, name: str) -> str:
    """The string value of a core or extension attribute."""
    homes = [resource, *(value for key, value in resource.items() if ":" in key and isinstance(value, dict))]
    return next((str(home[name]) for home in homes if name in home), "")


def underscore_is_a_wildcard(request: Request, server: Server) -> Reply:
    return _like(request, server, "_", ".")


def percent_sign_is_a_wildcard(request: Request, server: Server) -> Reply:
    return _like(request, server, "%", ".*")


def asterisk_is_a_wildcard(request: Request, server: Server) -> Reply:
    return _like(request, server, "*", ".*")


def _unaccented(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))


def accents_are_ignored_by_filters(request: Request, server: Server) -> Reply:
    reply = server(request)
    bare = _unaccented(request.filter)
    if bare == request.filter or not reply.ok:
        return reply
    others = resources_of(server(request.with_parameters(filter=bare)))
    return with_resources(reply, [*resources_of(reply), *others])


def accents_are_ignored_by_uniqueness(request: Request, server: Server) -> Reply:
    name = request.json.get("userName") if request.is_("POST", "/Users") and isinstance(request.json, dict) else None
    if not isinstance(name, str):
        return server(request)
    bare = _unaccented(name).lower()
    if server.memory.setdefault(bare, name) != name:
        return Reply.error(409, "uniqueness")
    return server(request)


def lookups_that_find_no_one_are_cached(request: Request, server: Server) -> Reply:
    if not request.is_("GET", "/Users|/Groups") or not request.filter:
        return server(request)
    key = request.path, request.filter
    if key not in server.memory:
        reply = server(request)
        if reply.ok and not resources_of(reply):
            server.memory[key] = reply
        return reply
    cached: Reply = server.memory[key]
    return cached


def pages_of_ties_are_shuffled(request: Request, server: Server) -> Reply:
    asked = request.parameters
    if asked.get("sortBy") not in ("externalId", "meta.resourceType") or "count" not in asked:
        return server(request)
    reply = server(request.with_parameters(count=500, startIndex=1))
    if not reply.ok:
        return reply
    start, count = int(asked.get("startIndex", "1")), int(asked["count"])
    shuffled = sorted(resources_of(reply), key=lambda one: crc32(f"{one['id']}{start}".encode()))
    return reply.with_json({**reply.json, "startIndex": start, "Resources": shuffled[start - 1 : start - 1 + count]})


def references_in_patches_are_lost_in_bulk(request: Request, server: Server) -> Reply:
    body = request.json if request.is_("POST", "/Bulk") else None
    if not isinstance(body, dict) or not isinstance(body.get("Operations"), list):
        return server(request)
    return server(request.with_json({**body, "Operations": [_unresolved(one) for one in body["Operations"]]}))


def _unresolved(operation: Any) -> Any:
    """A PATCH without the members that refer to a bulkId."""
    data = operation.get("data") if isinstance(operation, dict) and operation.get("method") == "PATCH" else None
    if not isinstance(data, dict):
        return operation

    def kept(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: kept(one) for name, one in value.items()}
        return [kept(one) for one in value if "bulkId:" not in str(one)] if isinstance(value, list) else value

    operations = [{**one, "value": kept(one.get("value"))} for one in data.get("Operations") or ()]
    return {**operation, "data": {**data, "Operations": operations}}


def addresses_follow_x_forwarded_host(request: Request, server: Server) -> Reply:
    reply, host = server(request), request.headers.get("x-forwarded-host")
    location = reply.headers.get("location", "")
    if not host or not location:
        return reply
    own = urlsplit(location).netloc
    told = Reply(reply.status, reply.headers, reply.body.replace(own.encode(), host.encode()))
    return told.with_header("location", location.replace(own, host))


def null_without_path_is_ignored(request: Request, server: Server) -> Reply:
    def without_null(operation: Json) -> Json:
        value = operation.get("value")
        if "path" in operation or not isinstance(value, dict):
            return operation
        return {**operation, "value": {name: one for name, one in value.items() if one is not None}}

    return changed(request, server, without_null)
