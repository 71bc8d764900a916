"""Changes of a request on its way to the server, and of a reply on its way back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from conformance.defects.edits import Edit, values_at
from conformance.defects.lists import resources_of, with_resources
from conformance.defects.wire import Reply, Request, Server


@dataclass(frozen=True, slots=True)
class RequestChange:
    """A change of a request; the server can be asked for what it stores."""

    apply: Callable[[Request, Server], Request]


@dataclass(frozen=True, slots=True)
class ReplyChange:
    """A change of a reply; the request is known, and the server can be asked again."""

    apply: Callable[[Request, Reply, Server], Reply]


@dataclass(frozen=True, slots=True)
class MessageChange:
    """A change of a request or of a reply."""

    of_request: Callable[[Request], Request]
    of_reply: Callable[[Reply], Reply]


Change = Edit | MessageChange | RequestChange | ReplyChange


def changed_request(request: Request, server: Server, changes: Iterable[Change]) -> Request:
    """The request after all changes. Edits apply to a body that is a JSON object with at least one attribute."""
    for change in changes:
        if isinstance(change, Edit):
            body = request.json
            request = request.with_json(change.apply(body)) if isinstance(body, dict) and body else request
        elif isinstance(change, MessageChange):
            request = change.of_request(request)
        elif isinstance(change, RequestChange):
            request = change.apply(request, server)
    return request


def changed_reply(request: Request, reply: Reply, server: Server, changes: Iterable[Change]) -> Reply:
    """The reply after all changes. Edits apply to a body that is a JSON object."""
    for change in changes:
        if isinstance(change, Edit):
            body = reply.json
            reply = reply.with_json(change.apply(body)) if isinstance(body, dict) else reply
        elif isinstance(change, MessageChange):
            reply = change.of_reply(reply)
        elif isinstance(change, ReplyChange):
            reply = change.apply(request, reply, server)
    return reply


# ── changes of both ──


def header(name: str, value: str | None) -> MessageChange:
    """Set a header; None removes it."""
    return MessageChange(lambda request: request.with_header(name, value), lambda reply: reply.with_header(name, value))


def json(value: Any) -> MessageChange:
    """Replace the body by this JSON value."""
    return MessageChange(lambda request: request.with_json(value), lambda reply: reply.with_json(value))


# ── changes of a request ──


def parameters(**changes: str | int | None) -> RequestChange:
    """Set query parameters; None removes one."""
    return RequestChange(lambda request, _: request.with_parameters(**changes))


def rewrite(parameter: str, pattern: str, replacement: str) -> RequestChange:
    """Replace every match of a pattern in a query parameter; a parameter that is empty afterwards is removed."""
    compiled = re.compile(pattern)

    def rewritten(request: Request, _: Server) -> Request:
        held = request.parameters.get(parameter)
        return (
            request if held is None else request.with_parameters(**{parameter: compiled.sub(replacement, held) or None})
        )

    return RequestChange(rewritten)


def increase(parameter: str, by: int) -> RequestChange:
    """Add to a query parameter that is a number."""

    def increased(request: Request, _: Server) -> Request:
        held = request.parameters.get(parameter, "")
        return request.with_parameters(**{parameter: int(held) + by}) if held.isdigit() else request

    return RequestChange(increased)


def repath(pattern: str, replacement: str) -> RequestChange:
    """Replace every match of a pattern in the path."""
    compiled = re.compile(pattern)
    return RequestChange(lambda request, _: replace(request, path=compiled.sub(replacement, request.path)))


def method(name: str) -> RequestChange:
    """Use another method, without a query and a body."""
    return RequestChange(lambda request, _: Request(name, request.path, "", request.headers))


def stored(*names: str) -> RequestChange:
    """Replace attributes of the body by the values that the server stores for this resource."""

    def kept(request: Request, server: Server) -> Request:
        body = request.json
        if not isinstance(body, dict):
            return request
        held = server.get(request.path, request) or {}
        rest = {name: value for name, value in body.items() if name not in names}
        return request.with_json({**rest, **{name: held[name] for name in names if name in held}})

    return RequestChange(kept)


# ── changes of a reply ──


def status(code: int) -> ReplyChange:
    """Set the status."""
    return ReplyChange(lambda request, reply, server: reply.with_status(code))


def error(code: int, scim_type: str | None = None, detail: str = "refused") -> ReplyChange:
    """Replace the reply by a SCIM error."""
    new = Reply.error(code, scim_type, detail)
    return ReplyChange(lambda request, reply, server: new)


def becomes(code: int, json: Any = None, *, text: str | None = None, **headers: str) -> ReplyChange:
    """Replace the whole reply."""
    new = made(code, json, text, headers)
    return ReplyChange(lambda request, reply, server: new)


def text(content: str, content_type: str | None) -> ReplyChange:
    """Replace the body by text, and the media type with it; status and other headers stay."""

    def worded(request: Request, reply: Reply, server: Server) -> Reply:
        return replace(reply, body=content.encode()).with_header("content-type", content_type)

    return ReplyChange(worded)


def retext(old: str, new: str) -> ReplyChange:
    """Replace one text by another everywhere in the body."""
    return ReplyChange(
        lambda request, reply, server: replace(reply, body=reply.body.replace(old.encode(), new.encode()))
    )


def relocate(pattern: str, replacement: str) -> ReplyChange:
    """Replace every match of a pattern in the Location header and in each `meta.location`."""
    compiled = re.compile(pattern)

    def moved(request: Request, reply: Reply, server: Server) -> Reply:
        return relocated(reply, lambda url: compiled.sub(replacement, url))

    return ReplyChange(moved)


def empty_list() -> ReplyChange:
    """A list without resources, and a total of zero."""
    return ReplyChange(lambda request, reply, server: with_resources(reply, []))


def recount() -> ReplyChange:
    """Set totalResults and itemsPerPage to the number of resources in the reply."""
    return ReplyChange(lambda request, reply, server: with_resources(reply, resources_of(reply)))


def bare_array() -> ReplyChange:
    """The array of resources in place of the list that holds it."""

    def bare(request: Request, reply: Reply, server: Server) -> Reply:
        held = values_at(reply.json, "Resources") if reply.ok else []
        return reply.with_json(held[0]) if held else reply

    return ReplyChange(bare)


def listed(**members: Any) -> ReplyChange:
    """A list with the resource as its only element, and with these members."""
    return ReplyChange(lambda request, reply, server: reply.with_json({**members, "Resources": [reply.json]}))


def echo(*names: str) -> ReplyChange:
    """Set attributes of the body to the values that the client has sent."""

    def echoed(request: Request, reply: Reply, server: Server) -> Reply:
        sent = request.json if isinstance(request.json, dict) else {}
        held = reply.json
        new = {name: sent[name] for name in names if name in sent}
        return reply.with_json({**held, **new}) if isinstance(held, dict) else reply

    return ReplyChange(echoed)


def as_read() -> ReplyChange:
    """The reply to a GET of the same path in place of the reply."""
    return ReplyChange(lambda request, reply, server: server(Request("GET", request.path, "", request.headers)))


def resend(*changes: Change) -> ReplyChange:
    """Send the request again with changes, and return that reply."""
    return ReplyChange(lambda request, reply, server: server(changed_request(request, server, changes)))


# ── what they share ──


def made(code: int, json: Any, text: str | None, headers: dict[str, str]) -> Reply:
    """A reply with a JSON body, with text (HTML unless `content_type` says otherwise), or with neither."""
    if text is None:
        return Reply.of(code, json, **headers)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(code, {"content-type": "text/html", **given}, text.encode())


def relocated(reply: Reply, change: Callable[[str], str]) -> Reply:
    """The reply with its Location header and each `meta.location` changed alike."""
    if "location" in reply.headers:
        reply = reply.with_header("location", change(reply.headers["location"]))
    return reply.each_resource(
        lambda r: {**r, "meta": {**r["meta"], "location": change(r["meta"]["location"])}} if "meta" in r else r
    )
