"""Mutations: what a defect does between client and server, composed of conditions, edits and changes.

A mutation is a function of a request and the real server that returns a reply. Where a condition may come first, the mutation
applies to every request if it is left out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from conformance.defects.changes import (
    Change,
    MessageChange,
    ReplyChange,
    RequestChange,
    as_read,
    changed_reply,
    changed_request,
    made,
)
from conformance.defects.conditions import Condition, Operation, OperationCondition, condition_of
from conformance.defects.edits import Edit, Json, edited
from conformance.defects.patch_operations import changed, without_operations
from conformance.defects.wire import Reply, Request, Server

Mutation = Callable[[Request, Server], Reply]
Where = Condition | str
REPRESENTATIONS = "* /Users*|/Groups*"
UNANSWERED = Reply(0)


# ── the request does not reach the server ──


def reject(where: Where, status: int, scim_type: str | None = None, detail: str = "refused") -> Mutation:
    """The server rejects the request with a SCIM error and does not carry it out."""
    error = Reply.error(status, scim_type, detail)
    return _instead(where, lambda request, server: error)


def answer(where: Where, status: int, json: Any = None, *, text: str | None = None, **headers: str) -> Mutation:
    """The server answers with this status and body and does not carry the request out."""
    reply = made(status, json, text, headers)
    return _instead(where, lambda request, server: reply)


def ignore(where: Where) -> Mutation:
    """The server answers with the resource as it is and does not carry the request out."""
    return _instead(where, lambda request, server: as_read().apply(request, UNANSWERED, server))


# ── the request reaches the server changed ──


def send(*where_and_changes: Where | Change) -> Mutation:
    """The request reaches the server with changes; edits apply to its body."""
    where, changes = _parts(where_and_changes, "*", (Edit, MessageChange, RequestChange))

    def mutated(request: Request, server: Server) -> Reply:
        return server(changed_request(request, server, changes) if where.holds(request, UNANSWERED) else request)

    return mutated


def skip(unwanted: OperationCondition, status: int | None = None) -> Mutation:
    """A PATCH loses the operations that fit. If none is left, it changes nothing and succeeds (with `status`, if given)."""

    fits = _operations(unwanted)

    def mutated(request: Request, server: Server) -> Reply:
        lost = [operation for operation in request.operations if fits(operation)]
        if status and lost and len(lost) == len(request.operations):
            return Reply(status)
        return without_operations(request, server, lost)

    return mutated


def patch(chosen: OperationCondition, *edits: Edit) -> Mutation:
    """The operations of a PATCH that fit are edited."""
    fits = _operations(chosen)
    return lambda request, server: changed(request, server, lambda o: edited(o, edits) if fits(o) else o)


def remove_first(chosen: OperationCondition, path: str) -> Mutation:
    """Before each operation of a PATCH that fits, the attribute at `path` is removed."""

    fits = _operations(chosen)

    def both_of(operation: Operation) -> Operation | list[Operation]:
        return [{"op": "remove", "path": path}, operation] if fits(operation) else operation

    return lambda request, server: changed(request, server, both_of)


# ── the reply reaches the client changed ──


def reply(*where_and_changes: Where | Change) -> Mutation:
    """The server's reply is changed; edits apply to its body. The condition may ask about the reply."""
    where, changes = _parts(where_and_changes, "*", (Edit, MessageChange, ReplyChange))

    def mutated(request: Request, server: Server) -> Reply:
        held = server(request)
        return changed_reply(request, held, server, changes) if where.holds(request, held) else held

    return mutated


def show(*where_and_edits: Where | Change) -> Mutation:
    """Each resource in the server's replies is edited: of a list every one. Without a condition: users and groups."""
    where, changes = _parts(where_and_edits, REPRESENTATIONS, (Edit,))
    edits = [change for change in changes if isinstance(change, Edit)]

    def mutated(request: Request, server: Server) -> Reply:
        held = server(request)
        return held.each_resource(lambda item: edited(item, edits)) if where.holds(request, held) else held

    return mutated


# ── the line between client and server fails ──


def lose(where: Where) -> Mutation:
    """The server carries the request out, and the client gets no answer: the connection is closed."""
    condition = condition_of(where)

    def mutated(request: Request, server: Server) -> Reply:
        held = server(request)
        return UNANSWERED if condition.holds(request, held) else held

    return mutated


def hold(where: Where, seconds: float) -> Mutation:
    """The server's reply reaches the client after this time."""
    condition = condition_of(where)

    def mutated(request: Request, server: Server) -> Reply:
        held = server(request)
        if condition.holds(request, held):
            time.sleep(seconds)
        return held

    return mutated


def at_first(times: int, where: Where, mutation: Mutation) -> Mutation:
    """The mutation applies to the first N requests that fit, and to no others."""
    condition = condition_of(where)
    if not callable(mutation):
        raise TypeError("needs a number, a condition, and a mutation")

    def mutated(request: Request, server: Server) -> Reply:
        seen: list[str] = server.memory.setdefault(("at_first", id(mutation)), [])
        if len(seen) >= times or not condition.holds(request, UNANSWERED):
            return server(request)
        seen.append(request.path)
        return mutation(request, server)

    return mutated


def later(times: int, where: Where, mutation: Mutation) -> Mutation:
    """The mutation applies to every request once N requests that fit have been sent."""
    condition = condition_of(where)
    if not callable(mutation):
        raise TypeError("needs a number, a condition, and a mutation")

    def mutated(request: Request, server: Server) -> Reply:
        seen: list[str] = server.memory.setdefault(("later", id(mutation)), [])
        if len(seen) >= times:
            return mutation(request, server)
        if condition.holds(request, UNANSWERED):
            seen.append(request.path)
        return server(request)

    return mutated


# ── schemas ──


def redeclare(urn: str, path: str, **characteristics: Any) -> Mutation:
    """/Schemas declares other characteristics of an attribute such as `name.givenName`; None removes one."""

    def changed_ones(definitions: list[Json], steps: list[str]) -> list[Json]:
        return [changed_one(held, steps) if held["name"] == steps[0] else held for held in definitions]

    def changed_one(held: Json, steps: list[str]) -> Json:
        if len(steps) > 1:
            return {**held, "subAttributes": changed_ones(held["subAttributes"], steps[1:])}
        return {name: value for name, value in {**held, **characteristics}.items() if value is not None}

    return _schema(urn, lambda attributes: changed_ones(attributes, path.split(".")))


def declare(urn: str, *, name: str, **definition: Any) -> Mutation:
    """/Schemas declares an additional attribute, or another definition in place of the one with the same name."""
    new = {"name": name, **definition}
    return _schema(urn, lambda held: [*(one for one in held if one["name"] != name), new])


# ── several ──


def both(first: Mutation, second: Mutation) -> Mutation:
    """Two mutations: the first is nearer to the client."""
    if not callable(first) or not callable(second):
        raise TypeError("needs two mutations")
    return lambda request, server: first(request, Server(lambda inner: second(inner, server)))


def while_stored(where: Where, mutation: Mutation) -> Mutation:
    """The mutation applies from a write that fits and succeeds until what it wrote is deleted."""
    condition = condition_of(where)

    def mutated(request: Request, server: Server) -> Reply:
        stored: set[str] = server.memory.setdefault("stored", set())
        reply = server(request) if request.method == "DELETE" or not stored else mutation(request, server)
        if request.method == "DELETE" and reply.ok:
            stored.discard(request.path)
        elif request.method != "GET" and reply.ok and condition.holds(request, reply):
            made = reply.json if request.method == "POST" else None
            stored.add(f"{request.path}/{made['id']}" if isinstance(made, dict) and "id" in made else request.path)
        return reply

    return mutated


def _instead(where: Where, reply_to: Mutation) -> Mutation:
    condition = condition_of(where)
    return lambda request, server: (
        reply_to(request, server) if condition.holds(request, UNANSWERED) else server(request)
    )


def _operations(chosen: OperationCondition) -> Callable[[Operation], bool]:
    if not isinstance(chosen, OperationCondition):
        raise TypeError("needs operates(…) as its condition")
    return chosen.fits


def _schema(urn: str, change: Callable[[list[Json]], list[Json]]) -> Mutation:
    def of_schema(held: Json) -> Json:
        return {**held, "attributes": change(held["attributes"])} if held.get("id") == urn else held

    return show("GET /Schemas*", Edit(of_schema))


def _parts(given: Iterable[Where | Change], everything: str, kinds: tuple[type, ...]) -> tuple[Condition, list[Change]]:
    """The condition (or the one that stands for everything) and the changes, each of a kind that fits."""
    where: Where = everything
    changes: list[Change] = []
    for place, item in enumerate(given):
        if isinstance(item, str | Condition) and place == 0:
            where = item
        elif isinstance(item, kinds) and not isinstance(item, str | Condition):
            changes.append(item)
        else:
            raise TypeError(
                f"does not accept {item!r}" if isinstance(item, str) else f"does not accept {type(item).__name__}"
            )
    if not changes:
        raise TypeError("needs at least one change")
    return condition_of(where), changes
