"""The SCIM routes and the ASGI app that serves them."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from datetime import datetime
from typing import Any

from reference_server.endpoints import me
from reference_server.endpoints.authentication import (
    CHALLENGE,
    CHALLENGE_BAD_TOKEN,
    Access,
    Caller,
    authenticate,
    collect_headers,
)
from reference_server.endpoints.body import ClientWentAway
from reference_server.endpoints.bulk import bulk
from reference_server.endpoints.call import Call, Receive, Request
from reference_server.endpoints.discovery import Discovery
from reference_server.endpoints.rate_limit import RateLimit
from reference_server.endpoints.replies import RETRY_SOON, Reply, Send, encoded, error_reply, send_reply
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
        self._prefix = len(self.PREFIX)
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
        method, address = scope["method"], (scope.get("client") or ("", 0))[0]
        try:
            headers = collect_headers(scope["headers"])
            request = Request(method, scope["path"], scope["query_string"], headers, address, None, receive)
            reply, scope["is_noted"] = await self._answer(request)
        except ClientWentAway:
            return
        except ScimError as error:
            reply = error_reply(error)
        await send_reply(send, reply, head=method == "HEAD")

    async def answer_whole(
        self, method: str, path: str, query: bytes, headers: Mapping[bytes, bytes], address: str, body: bytes
    ) -> tuple[int, bytes, bytes]:
        """(status, lines of the head, body) of the response to a request that has arrived completely."""
        reply, _ = await self._answer(Request(method, path, query, headers, address, body, _no_more))
        return encoded(reply)

    async def _answer(self, request: Request) -> tuple[Reply, bool]:
        """(the response to any request, whether it was noted for the traffic page). Raises only ClientWentAway."""
        call: Call | None = None
        try:
            self._check_guesses(request)
            connection_id, *segments = request.path[self._prefix :].rstrip("/").split("/")
            now = self._now()
            if request.body is None:
                caller = await self._tables.read(
                    lambda: authenticate(self._access, connection_id, request.headers, now)
                )
            else:  # it came past ASGI, which only a store allows whose reads do not wait
                caller = authenticate(self._access, connection_id, request.headers, now)
            call = self._call(request, connection_id, segments, caller, now)
            reply = await self._begun(call)
        except ClientWentAway:
            raise
        except Unauthorized as error:
            reply = self._unauthorized(request, error)
        except ScimError as error:
            reply = error_reply(error, *_with(error))
        except StorageFailed as error:
            LOG.error("the store failed: %s", error)
            reply = error_reply(_internal(503, "the server cannot write to its store at the moment"), RETRY_SOON)
        except Exception:
            incident = secrets.token_hex(4)
            learn_credentials(request.headers.items())
            LOG.exception("incident %s", incident)
            reply = error_reply(
                _internal(500, f"internal error; find incident {incident} in the server log for details")
            )
        if call is None or self._on_answer is None:
            return reply, False
        id_, agent = call.scope.connection_id, request.headers.get(b"user-agent")
        path = request.path[self._prefix + len(id_) :]
        self._on_answer(id_, call.at, request.method, path, request.query, reply.status, agent)
        return reply, True

    def _check_guesses(self, request: Request) -> None:
        """Raises TooManyRequests if no further token is compared now."""
        if self._guesses:
            seconds = self._guesses.wait(_source(request), time.monotonic())
            if seconds:
                raise TooManyRequests(
                    "too many requests with a wrong token for this connection from this address", seconds
                )

    def _call(self, request: Request, connection_id: str, segments: list[str], caller: Caller, now: datetime) -> Call:
        """The authenticated request. Raises TooManyRequests."""
        if self._rate is not None:
            seconds = self._rate.wait(connection_id, time.monotonic())
            if seconds:
                raise TooManyRequests("too many requests for this connection", seconds)
        scope = self._shadow.scope(connection_id, caller.tenant_id)
        return Call(request, segments, caller, scope, self._base + connection_id, now)

    def _begun(self, call: Call) -> Awaitable[Reply]:
        """The handler at work. Raises NotFound or MethodNotOffered."""
        method = call.request.method
        methods, named = self.route(call.segments)
        handler = methods.get("GET" if method == "HEAD" else method)
        if handler is None:
            offered = [*methods, "HEAD"] if "GET" in methods else list(methods)
            raise MethodNotOffered(
                f"{method} is not supported by this endpoint; supported methods: {', '.join(offered)}", offered
            )
        return handler(call, *named)

    def _unauthorized(self, request: Request, error: Unauthorized) -> Reply:
        if b"authorization" not in request.headers:
            return error_reply(error, CHALLENGE)
        now = time.monotonic()
        self._guesses.note(_source(request), now)
        address = source_of(request.address)
        if not self._logged.wait(address, now):
            self._logged.note(address, now)
            LOG.warning("wrong token from %s; further messages are suppressed for one minute", request.address)
        return error_reply(error, CHALLENGE_BAD_TOKEN)

    async def _bulk(self, call: Call) -> Reply:
        body = await self._resources.body(call)
        return await bulk(call, self._resources, body)

    async def _me(self, call: Call) -> Reply:
        rtype, id_ = await self._tables.read(lambda: me.resource_of(self._shadow, call))
        return await self._of_resource["GET" if call.request.method == "HEAD" else call.request.method](
            call, rtype, id_
        )


class MethodNotOffered(MethodNotAllowed):
    """405 with the supported methods, which the Allow header lists (RFC 9110 section 15.5.6)."""

    def __init__(self, detail: str, offered: Sequence[str] = ()) -> None:
        super().__init__(detail)
        self.offered = offered


def _with(error: ScimError) -> list[tuple[str, str]]:
    """The response headers that an error requires."""
    if isinstance(error, MethodNotOffered):
        return [("allow", ", ".join(error.offered))]
    if isinstance(error, TooManyRequests):
        return [("retry-after", str(error.seconds))]
    return []


def _source(request: Request) -> str:
    """The key for counting wrong tokens: address and connection, so that tenants behind one proxy cannot lock each other out."""
    connection_id = request.path[len(ScimApp.PREFIX) :].partition("/")[0][:64]
    return f"{source_of(request.address)} {connection_id}"


async def _no_more() -> Any:
    """Stands for the rest of a body that is complete."""
    return {"type": "http.disconnect"}


def _internal(status: int, detail: str) -> ScimError:
    error = ScimError(detail)
    error.status = status
    return error


def _at_once(answer: Callable[..., Reply]) -> Handler:
    async def handler(call: Call, *named: str) -> Reply:
        return answer(call, *named)

    return handler
