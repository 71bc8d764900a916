"""The SCIM routes and the ASGI app that serves them."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, MutableMapping, Sequence
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
from reference_server.endpoints.body import ClientWentAway, read_json, small_json
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

WITH_BODY = frozenset(["POST", "PUT", "PATCH"])
Handler = Callable[..., Awaitable[Reply]]
Methods = dict[str, Handler]
Route = tuple[Methods, tuple[Any, ...]]  # the methods of a path, the further arguments of their handlers
NOWHERE: Route = ({}, ())
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
        self._tables = resources.tables
        self._limits = resources.limits
        self._unique_keys = not resources.rules.allows("duplicate-json-keys")
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
        self._listed: dict[str, Methods] = {
            "ResourceTypes": {"GET": _at_once(d.resource_types)},
            "Schemas": {"GET": _at_once(d.schemas)},
        }
        self._fixed: dict[str, Route] = {
            "": ({"GET": r.list}, self._types),
            ".search": (self._of_search, self._types),
            "Bulk": ({"POST": lambda call: bulk(call, resources)}, ()),
            "Me": (dict.fromkeys(("GET", "PUT", "PATCH", "DELETE"), self._me), ()),
            "ServiceProviderConfig": ({"GET": _at_once(d.config)}, ()),
            **{name: (methods, ()) for name, methods in self._listed.items()},
        }

    def _route(self, method: str, place: str) -> tuple[Handler, tuple[Any, ...]]:
        """(the handler of a request, its further arguments). Raises NotFound for an unknown path, or MethodNotOffered."""
        endpoint, slash, name = place.rstrip("/").partition("/")
        rtype = self._by_endpoint.get(endpoint)
        methods, named = NOWHERE
        if rtype is not None:
            if not slash:
                methods, named = self._of_endpoint, (rtype,)
            elif name == ".search":
                methods, named = self._of_search, (rtype,)
            elif "/" not in name:
                methods, named = self._of_resource, (rtype, name)
        elif not slash:
            methods, named = self._fixed.get(endpoint, NOWHERE)
        elif "/" not in name and endpoint in self._listed:
            methods, named = self._listed[endpoint], (name,)
        handler = methods.get("GET" if method == "HEAD" else method)
        if handler is not None:
            return handler, named
        if not methods:
            raise NotFound(f"/{place}: this endpoint does not exist")
        offered = [*methods, "HEAD"] if "GET" in methods else list(methods)
        raise MethodNotOffered(
            f"{method} is not supported by this endpoint; supported methods: {', '.join(offered)}", offered
        )

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """The ASGI entry point. `scope["path"]` below the mount is `/{connection_id}/{endpoint}…`."""
        method, address = scope["method"], (scope.get("client") or ("", 0))[0]
        try:
            headers = collect_headers(scope["headers"])
            call = Call(method, scope["path"], scope["query_string"], headers, address, None, receive)
            reply = await self._answer(call)
            scope["is_noted"] = call.is_noted
        except ClientWentAway:
            return
        except ScimError as error:
            reply = error_reply(error)
        await send_reply(send, reply, head=method == "HEAD")

    def answer_whole(
        self, method: str, path: str, query: bytes, headers: Mapping[bytes, bytes], address: str, body: bytes
    ) -> Coroutine[Any, Any, Reply]:
        """The response to a request that has arrived completely (see `front_door.whole`)."""
        return self._answer(Call(method, path, query, headers, address, body, _no_more))

    async def _answer(self, call: Call) -> Reply:
        """The response to any request. Raises only ClientWentAway."""
        is_known = False
        connection_id, _, place = call.path[self._prefix :].partition("/")
        try:
            now = self._now()
            if self._guesses:
                self._check_guesses(call)
            if call.raw_body is None:
                call.caller = await self._tables.read(
                    lambda: authenticate(self._access, connection_id, call.headers, now)
                )
            else:  # it came past ASGI, which only a store allows whose reads do not wait
                call.caller = authenticate(self._access, connection_id, call.headers, now)
            if self._rate is not None:
                _check_rate(self._rate, connection_id)
            call.scope = self._shadow.scope(connection_id, call.caller.tenant_id)
            call.base_url = self._base + connection_id
            is_known = True
            handler, named = self._route(call.method, place)
            if call.method in WITH_BODY:
                call.body = small_json(call, self._limits, self._unique_keys)
                if call.body is None:
                    call.body = await read_json(call, self._limits, self._tables, self._unique_keys)
            reply = await handler(call, *named)
        except ClientWentAway:
            raise
        except Exception as error:
            reply = self._failed(call, error)
        if is_known and self._on_answer is not None:
            path = call.path[self._prefix + len(connection_id) :]
            agent = call.headers.get(b"user-agent")
            self._on_answer(connection_id, now, call.method, path, call.query, reply.status, agent)
            call.is_noted = True
        return reply

    def _check_guesses(self, call: Call) -> None:
        """Raises TooManyRequests if no further token is compared now."""
        seconds = self._guesses.wait(_source(call), time.monotonic())
        if seconds:
            raise TooManyRequests("too many requests with a wrong token for this connection from this address", seconds)

    def _failed(self, call: Call, error: Exception) -> Reply:
        """The response to a request that raised this error. Called while it is handled."""
        if isinstance(error, Unauthorized):
            return self._unauthorized(call, error)
        if isinstance(error, ScimError):
            return error_reply(error, *_with(error))
        if isinstance(error, StorageFailed):
            LOG.error("the store failed: %s", error)
            return error_reply(_internal(503, "the server cannot write to its store at the moment"), RETRY_SOON)
        incident = secrets.token_hex(4)
        learn_credentials(call.headers.items())
        LOG.exception("incident %s", incident)
        return error_reply(_internal(500, f"internal error; find incident {incident} in the server log for details"))

    def _unauthorized(self, call: Call, error: Unauthorized) -> Reply:
        if b"authorization" not in call.headers:
            return error_reply(error, CHALLENGE)
        now = time.monotonic()
        self._guesses.note(_source(call), now)
        address = source_of(call.address)
        if not self._logged.wait(address, now):
            self._logged.note(address, now)
            LOG.warning("wrong token from %s; further messages are suppressed for one minute", call.address)
        return error_reply(error, CHALLENGE_BAD_TOKEN)

    async def _me(self, call: Call) -> Reply:
        rtype, id_ = await self._tables.read(lambda: me.resource_of(self._shadow, call))
        return await self._of_resource["GET" if call.method == "HEAD" else call.method](call, rtype, id_)


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


def _check_rate(rate: RateLimit, connection_id: str) -> None:
    """Raises TooManyRequests if the connection has sent too many requests."""
    seconds = rate.wait(connection_id, time.monotonic())
    if seconds:
        raise TooManyRequests("too many requests for this connection", seconds)


def _source(call: Call) -> str:
    """The key for counting wrong tokens: address and connection, so that tenants behind one proxy cannot lock each other out."""
    connection_id = call.path[len(ScimApp.PREFIX) :].partition("/")[0][:64]
    return f"{source_of(call.address)} {connection_id}"


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
