"""The SCIM routes and the ASGI app that serves them."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from datetime import datetime
from typing import Any

from reference_server.endpoints import me
from reference_server.endpoints.authentication import (
    CHALLENGE,
    CHALLENGE_BAD_TOKEN,
    Access,
    authenticate,
    collect_headers,
)
from reference_server.endpoints.body import ClientWentAway
from reference_server.endpoints.bulk import bulk
from reference_server.endpoints.call import Call, Receive
from reference_server.endpoints.discovery import Discovery
from reference_server.endpoints.rate_limit import RateLimit
from reference_server.endpoints.replies import RETRY_SOON, Reply, Send, error_reply, send_reply
from reference_server.endpoints.resources import Resources
from reference_server.scim.errors import (
    MethodNotAllowed,
    NotFound,
    ScimError,
    TooManyRequests,
    Unauthorized,
)
from reference_server.storage.tables import StorageFailed
from reference_server.wrong_tokens import Guesses, source_of
from secrecy.places import learn_credentials

LOG = logging.getLogger("scimulator.scim")

Handler = Callable[..., Awaitable[Reply]]
Methods = dict[str, Handler]
# Called after each request with a valid token, with the connection id, the time, method, path below the connection,
# query string, status, and User-Agent.
OnAnswer = Callable[[str, datetime, str, str, bytes, int, bytes | None], None]


class ScimApp:
    """Serves `/{connection_id}/…`: authenticates, finds the handler, and turns every error into a SCIM error response."""

    PREFIX = "/scim/v2/"

    def __init__(
        self,
        access: Access,
        resources: Resources,
        discovery: Discovery,
        origin: str,
        now: Callable[[], datetime],
        rate: RateLimit | None = None,
        on_answer: OnAnswer | None = None,
    ) -> None:
        self._rate = rate
        self._access = access
        self._on_answer = on_answer
        self._resources = resources
        self._tables = resources.tables
        self._base = origin + self.PREFIX
        self._now = now
        self._guesses = Guesses(resources.limits.max_wrong_tokens)
        self._logged = Guesses(1)
        self._shadow = resources.shadow
        self._types = tuple(self._shadow.types)
        self._by_endpoint = {rtype.endpoint[1:]: rtype for rtype in self._types}
        # The methods of each kind of path. Handlers receive the call and the values that the path names.
        r, d = resources, discovery
        self._of_endpoint: Methods = {"GET": r.list, "POST": r.post}
        self._of_resource: Methods = {"GET": r.get_one, "PUT": r.put, "PATCH": r.patch_one, "DELETE": r.delete_one}
        self._of_search: Methods = {"POST": r.search}
        self._of_root: Methods = {"GET": r.list}
        self._of_discovery: dict[str, Methods] = {
            "ServiceProviderConfig": {"GET": _at_once(d.config)},
            "ResourceTypes": {"GET": _at_once(d.resource_types)},
            "Schemas": {"GET": _at_once(d.schemas)},
        }
        self._of_me: Methods = dict.fromkeys(("GET", "PUT", "PATCH", "DELETE"), self._me)
        self._of_bulk: Methods = {"POST": self._bulk}

    def route(self, segments: list[str]) -> tuple[Methods, tuple[Any, ...]]:
        """(the methods of a path, the further arguments of their handlers). Raises NotFound for an unknown path."""
        match segments:
            case []:
                return self._of_root, self._types
            case [".search"]:
                return self._of_search, self._types
            case [endpoint, *rest] if (rtype := self._by_endpoint.get(endpoint)) is not None:
                match rest:
                    case []:
                        return self._of_endpoint, (rtype,)
                    case [".search"]:
                        return self._of_search, (rtype,)
                    case [id_]:
                        return self._of_resource, (rtype, id_)
            case ["Bulk"]:
                return self._of_bulk, ()
            case ["Me"]:
                return self._of_me, ()
            case [name] if name in self._of_discovery:
                return self._of_discovery[name], ()
            case [("ResourceTypes" | "Schemas") as name, wanted]:
                return self._of_discovery[name], (wanted,)
        raise NotFound(f"/{'/'.join(segments)}: this endpoint does not exist")

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """The ASGI entry point. `scope["path"]` below the mount is `/{connection_id}/{endpoint}…`."""
        try:
            reply = await self._reply(scope, receive)
        except ClientWentAway:
            return
        except Unauthorized as error:
            reply = self._unauthorized(scope, error)
        except ScimError as error:
            reply = error_reply(error, _with(error))
        except StorageFailed as error:
            LOG.error("the store failed: %s", error)
            reply = error_reply(_internal(503, "the server cannot write to its store at the moment"), RETRY_SOON)
        except Exception:
            incident = secrets.token_hex(4)
            learn_credentials(scope["headers"])
            LOG.exception("incident %s", incident)
            reply = error_reply(
                _internal(500, f"internal error; find incident {incident} in the server log for details")
            )
        if self._on_answer is not None:
            self._report(self._on_answer, scope, reply.status)
        await send_reply(send, reply, head=scope["method"] == "HEAD")

    def _report(self, on_answer: OnAnswer, scope: MutableMapping[str, Any], status: int) -> None:
        seen = scope.get("seen")
        if seen is not None:
            connection_id, now, agent = seen
            path = scope["path"][len(self.PREFIX) + len(connection_id) :]
            on_answer(connection_id, now, scope["method"], path, scope["query_string"], status, agent)

    async def _reply(self, scope: MutableMapping[str, Any], receive: Receive) -> Reply:
        connection_id, *segments = scope["path"][len(self.PREFIX) :].rstrip("/").split("/")
        headers = collect_headers(scope["headers"])
        if self._guesses:
            seconds = self._guesses.wait(_source(scope), time.monotonic())
            if seconds:
                raise TooManyRequests(
                    "too many requests with a wrong token for this connection from this address", seconds
                )
        now = self._now()
        caller = await self._tables.read(lambda: authenticate(self._access, connection_id, headers, now))
        if self._rate is not None:
            seconds = self._rate.wait(connection_id, time.monotonic())
            if seconds:
                raise TooManyRequests("too many requests for this connection", seconds)
        scope["seen"] = (connection_id, now, headers.get(b"user-agent"))
        method = scope["method"]
        call = Call(
            method,
            scope["query_string"],
            headers,
            caller,
            self._shadow.scope(connection_id, caller.tenant_id),
            self._base + connection_id,
            receive,
        )
        methods, named = self.route(segments)
        handler = methods.get("GET" if method == "HEAD" else method)
        if handler is None:
            offered = [*methods, "HEAD"] if "GET" in methods else list(methods)
            raise MethodNotOffered(
                f"{method} is not supported by this endpoint; supported methods: {', '.join(offered)}", offered
            )
        return await handler(call, *named)

    def _unauthorized(self, scope: MutableMapping[str, Any], error: Unauthorized) -> Reply:
        if not any(name == b"authorization" for name, _ in scope["headers"]):
            return error_reply(error, (CHALLENGE,))
        now = time.monotonic()
        self._guesses.note(_source(scope), now)
        address = source_of(_address(scope))
        if not self._logged.wait(address, now):
            self._logged.note(address, now)
            LOG.warning("wrong token from %s; further messages are suppressed for one minute", _address(scope))
        return error_reply(error, (CHALLENGE_BAD_TOKEN,))

    async def _bulk(self, call: Call) -> Reply:
        body = await self._resources.body(call)
        return await bulk(call, self._resources, body)

    async def _me(self, call: Call) -> Reply:
        rtype, id_ = await self._tables.read(lambda: me.resource_of(self._shadow, call))
        return await self._of_resource["GET" if call.method == "HEAD" else call.method](call, rtype, id_)


class MethodNotOffered(MethodNotAllowed):
    """405 with the supported methods, which the Allow header lists (RFC 9110 section 15.5.6)."""

    def __init__(self, detail: str, offered: Sequence[str] = ()) -> None:
        super().__init__(detail)
        self.offered = offered


def _with(error: ScimError) -> tuple[tuple[bytes, bytes], ...]:
    """The response headers that an error requires."""
    if isinstance(error, MethodNotOffered):
        return ((b"allow", ", ".join(error.offered).encode()),)
    if isinstance(error, TooManyRequests):
        return ((b"retry-after", b"%d" % error.seconds),)
    return ()


def _address(scope: MutableMapping[str, Any]) -> str:
    return (scope.get("client") or ("", 0))[0]


def _source(scope: MutableMapping[str, Any]) -> str:
    """The key for counting wrong tokens: address and connection, so that tenants behind one proxy cannot lock each other out."""
    connection_id = scope["path"][len(ScimApp.PREFIX) :].partition("/")[0][:64]
    return f"{source_of(_address(scope))} {connection_id}"


def _internal(status: int, detail: str) -> ScimError:
    error = ScimError(detail)
    error.status = status
    return error


def _at_once(answer: Callable[..., Reply]) -> Handler:
    async def handler(call: Call, *named: str) -> Reply:
        return answer(call, *named)

    return handler
