"""Defects of PATCH: operations that are misread or applied only in part, and wrong responses."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from conformance.defects.edits import ENTERPRISE
from conformance.defects.patch_operations import Operation, changed, is_, paths, quietly, without_operations
from conformance.defects.resources import declared_names, sent, with_values
from conformance.defects.wire import ERROR_URN, Reply, Request, Server

CONFIG = "/ServiceProviderConfig"
FLAG = "interopProfileConformant"


def _config_with(request: Request, server: Server, **members: Any) -> Reply:
    """ServiceProviderConfig with other members; any other response is returned unchanged."""
    reply = server(request)
    return reply.with_json({**reply.json, **members}) if request.path == CONFIG and reply.ok else reply


def _is_path_less(request: Request) -> bool:
    return any("path" not in operation for operation in request.operations)


def patch_not_atomic(request: Request, server: Server) -> Reply:
    last = server(request)
    if last.ok or len(request.operations) < 2:
        return last
    for operation in request.operations:
        last = server(request.with_operations([operation]))
        if not last.ok:
            break
    return last


def patch_op_case_sensitive(request: Request, server: Server) -> Reply:
    return without_operations(
        request, server, [o for o in request.operations if str(o.get("op")) != str(o.get("op")).lower()]
    )


def patch_readonly_id_rejected(request: Request, server: Server) -> Reply:
    return without_operations(request, server, [o for o in request.operations if "id" in (o.get("value") or ())])


def patch_readonly_changed(request: Request, server: Server) -> Reply:
    if any(path.startswith("meta") for path in paths(request)):
        server.memory[request.path] = "2001-01-01T00:00:00Z"
        return quietly(request, server)
    moved = server.memory.get(request.path)
    reply = server(request)
    return reply.each_resource(lambda r: {**r, "meta": {**r["meta"], "created": moved}}) if moved else reply


def patch_wrong_type_stored_as_text(request: Request, server: Server) -> Reply:
    reply = server(request)
    if (reply.json or {}).get("scimType") == "invalidValue" and all("value" in o for o in request.operations):
        return quietly(request, server)
    return reply


def patch_answers_with_the_old_resource(request: Request, server: Server) -> Reply:
    if request.method != "PATCH":
        return server(request)
    before = server.get(request.path, request)
    reply = server(request)
    return Reply.of(200, before) if reply.ok and before else reply


def patch_error_without_scim_body(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.method != "PATCH" or reply.status < 400 or ERROR_URN not in (reply.json or {}).get("schemas", ()):
        return reply
    return replace(reply.with_json({"message": "bad"}), headers={"content-type": "application/json"})


def patch_malformed_path_falls_through(request: Request, server: Server) -> Reply:
    reply = server(request)
    if reply.ok or (reply.json or {}).get("scimType") not in ("invalidPath", "invalidFilter"):
        return reply
    values = [{"op": "replace", "value": o["value"]} for o in request.operations if isinstance(o.get("value"), dict)]
    return server(request.with_operations(values)) if values else reply


def patch_remove_of_nothing_500(request: Request, server: Server) -> Reply:
    held: Operation = (server.get(request.path, request) if request.operations else None) or {}
    names = [o["path"] for o in request.operations if is_(o, "remove") and re.fullmatch(r"\w+", o.get("path", ""))]
    return Reply.error(500) if any(name not in held for name in names) else server(request)


def patch_replace_of_nothing_400(request: Request, server: Server) -> Reply:
    held = server.get(request.path, request) or {}
    plain = [o["path"] for o in request.operations if is_(o, "replace") and re.fullmatch(r"\w+", o.get("path", ""))]
    return Reply.error(400, "noTarget") if any(path not in held for path in plain) else server(request)


def patch_add_on_singular_rejected(request: Request, server: Server) -> Reply:
    if any(is_(o, "add") and not isinstance(o.get("value"), list | dict) for o in request.operations):
        return Reply.error(400, "invalidValue", "add is for lists")
    return server(request)


def patch_noop_touches_last_modified(request: Request, server: Server) -> Reply:
    if request.operations:
        server.memory[request.path] = server.memory.get(request.path, 0) + 1
    moved = server.memory.get(request.path)
    if not moved:
        return server(request)
    stamp = f"2031-01-01T00:00:{moved:02}Z"
    return server(request).each_resource(lambda r: {**r, "meta": {**r["meta"], "lastModified": stamp}})


def patch_active_string_false(request: Request, server: Server) -> Reply:
    def truthy(o: Operation) -> Operation:
        return {**o, "value": bool(o["value"])} if o.get("path") == "active" and isinstance(o["value"], str) else o

    return changed(request, server, truthy)


def patch_active_any_text_is_false(request: Request, server: Server) -> Reply:
    def read(o: Operation) -> Operation:
        if o.get("path") == "active" and isinstance(o.get("value"), str):
            return {**o, "value": o["value"].lower() == "true"}
        return o

    return changed(request, server, read)


def patch_dotted_keys_stored_literally(request: Request, server: Server) -> Reply:
    literal: dict[str, Any] = server.memory.setdefault(request.path, {})
    kept = []
    for operation in request.operations:
        value = operation.get("value")
        if "path" not in operation and isinstance(value, dict):
            literal |= {key: item for key, item in value.items() if "." in key.rpartition(":")[2]}
            operation = {**operation, "value": {key: item for key, item in value.items() if key not in literal}}
        if operation.get("value") != {}:
            kept.append(operation)
    asked = request.with_operations(kept) if kept else request
    return server(asked).each_resource(lambda r: {**r, **literal})


def patch_dotted_key_becomes_an_attribute(request: Request, server: Server) -> Reply:
    values = [o["value"] for o in request.operations if "path" not in o and isinstance(o.get("value"), dict)]
    if dotted := {name: value for held in values for name, value in held.items() if name == "name.familyName"}:
        server.memory.setdefault(request.path, {}).update(dotted)
        return quietly(request, server)
    reply = server(request)
    return reply.each_resource(lambda held: {**held, **server.memory.get(request.path, {})})


def patch_manager_as_string(request: Request, server: Server) -> Reply:
    for operation in request.operations:
        if str(operation.get("path", "")).endswith("manager") and isinstance(operation.get("value"), str):
            server.memory[request.path] = operation["value"]
    held = server.memory.get(request.path)
    urn = ENTERPRISE
    return server(request).each_resource(lambda r: {**r, urn: {**r.get(urn, {}), "manager": held}} if held else r)


def patch_path_prototype_pollution(request: Request, server: Server) -> Reply:
    if any("prototype" in str(o.get("path")) or "__proto__" in str(o.get("path")) for o in request.operations):
        return server(Request("GET", request.path, "", request.headers)).each_resource(
            lambda held: {**held, "polluted": "x"}
        )
    return server(request)


def client_two_keys_first_only(request: Request, server: Server) -> Reply:
    made = [
        {**o, "value": dict([*o["value"].items()][-1:])} if "path" not in o and isinstance(o.get("value"), dict) else o
        for o in request.operations
    ]
    return server(request.with_operations(made)) if made else server(request)


def external_id_set_once(request: Request, server: Server) -> Reply:
    if request.method == "PATCH":
        lost = [operation for operation in request.operations if operation.get("path") == "externalId"]
        return without_operations(request, server, lost)
    held: Any = server.get(request.path, request) if request.method == "PUT" else {}
    return sent(request, server, lambda body: {**body, "externalId": (held or {}).get("externalId")}, "PUT")


def id_changed_by_patch(request: Request, server: Server) -> Reply:
    for operation in request.operations:
        if operation.get("path") == "id":
            server.memory[request.path] = operation.get("value")
            return server(Request("GET", request.path, "", request.headers))
    other = server.memory.get(request.path)
    return with_values(request, server, id=lambda _: other) if other else server(request)


def interop_claimed_and_path_less_taken(request: Request, server: Server) -> Reply:
    def by_key(operation: Operation) -> Any:
        if "path" in operation or not isinstance(operation.get("value"), dict):
            return operation
        return [{"op": operation["op"], "path": name, "value": value} for name, value in operation["value"].items()]

    if request.path == CONFIG:
        return _config_with(request, server, **{FLAG: True})
    return changed(request, server, by_key)


def interop_path_less_refused_by_halves(request: Request, server: Server) -> Reply:
    if not _is_path_less(request):
        return server(request)
    without_operations(request, server, [operation for operation in request.operations if "path" not in operation])
    return Reply.error(400, "invalidSyntax")


def interop_add_keeps_the_old_value(request: Request, server: Server) -> Reply:
    held = server.get(request.path, request) if request.method == "PATCH" else None
    there = [o for o in request.operations if is_(o, "add") and isinstance((held or {}).get(o.get("path")), str | bool)]
    return without_operations(request, server, there)


def interop_replace_keeps_parts(request: Request, server: Server) -> Reply:
    def part_by_part(operation: Operation) -> Any:
        if not is_(operation, "replace", "name") or not isinstance(operation["value"], dict):
            return operation
        return [{**operation, "path": f"name.{part}", "value": value} for part, value in operation["value"].items()]

    return changed(request, server, part_by_part)


def interop_emptied_user_is_deleted(request: Request, server: Server) -> Reply:
    if request.operations and all(is_(operation, "remove") for operation in request.operations):
        reply = quietly(request, server)
        server(Request("DELETE", request.path, "", request.headers))
        return reply
    return server(request)


def interop_unknown_path_skipped(request: Request, server: Server) -> Reply:
    known = declared_names(request, server)
    named = [o for o in request.operations if str(o.get("path", "")).isalnum()]
    return without_operations(request, server, [o for o in named if o["path"] not in known])
