"""The route table of SCIM, one line per endpoint and method, and the ASGI app that serves it."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from typing import Any

from reference_server.endpoints import me
from reference_server.endpoints.body import ClientWentAway, read_json
from reference_server.endpoints.bulk import bulk
from reference_server.endpoints.call import Call, Receive
from reference_server.endpoints.connection import CHALLENGE, CHALLENGE_BAD_TOKEN, authenticate, collect_headers
from reference_server.endpoints.discovery import Discovery
from reference_server.endpoints.replies import Reply, Send, error_reply, send_reply
from reference_server.endpoints.resources import Resources
from reference_server.scim.errors import MethodNotAllowed, NotFound, ScimError, Unauthorized
from reference_server.service.connections import Connections
from reference_server.storage.tables import StorageFailed

LOG = logging.getLogger("scimulator.scim")

Handler = Callable[[Call], Awaitable[Reply]]
Methods = dict[str, Handler]


class ScimApp:
    """Serves `/{connection_id}/…`: authenticates, finds the handler, turns every error into a SCIM reply."""

    def __init__(
        self,
        connections: Connections,
        resources: Resources,
        discovery: Discovery,
        origin: str,
        now: Callable[[], datetime],
    ) -> None:
        self._connections = connections
        self._resources = resources
        self._discovery = discovery
        self._base = f"{origin}/scim/v2/"
        self._now = now
        self._shadow = resources.shadow

    def methods(self, segments: tuple[str, ...]) -> Methods:
        """The table: what each path offers. Raises NotFound for a path that offers nothing."""
        r, d = self._resources, self._discovery
        every = tuple(self._shadow.types)
        match segments:
            case ():
                return {"GET": lambda call: r.list(call, every)}
            case (".search",):
                return {"POST": lambda call: r.search(call, every)}
            case ("Bulk",):
                return {"POST": self._bulk}
            case ("Me",):
                return {"GET": self._me, "PUT": self._me, "PATCH": self._me, "DELETE": self._me}
            case ("ServiceProviderConfig",):
                return {"GET": _at_once(d.config)}
            case ("ResourceTypes",):
                return {"GET": _at_once(d.resource_types)}
            case ("ResourceTypes", name):
                return {"GET": _at_once(lambda call: d.resource_types(call, name))}
            case ("Schemas",):
                return {"GET": _at_once(d.schemas)}
            case ("Schemas", urn):
                return {"GET": _at_once(lambda call: d.schemas(call, urn))}
        rtype = self._shadow.types.by_endpoint.get(f"/{segments[0]}")
        if rtype is None:
            raise NotFound(f"/{'/'.join(segments)}: no such endpoint")
        match segments[1:]:
            case ():
                return {"GET": lambda call: r.list(call, (rtype,)), "POST": lambda call: r.post(call, rtype)}
            case (".search",):
                return {"POST": lambda call: r.search(call, (rtype,))}
            case (id_,):
                return {
                    "GET": lambda call: r.get_one(call, rtype, id_),
                    "PUT": lambda call: r.put(call, rtype, id_),
                    "PATCH": lambda call: r.patch_one(call, rtype, id_),
                    "DELETE": lambda call: r.delete_one(call, rtype, id_),
                }
        raise NotFound(f"/{'/'.join(segments)}: no such endpoint")

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """ASGI entry: `scope["path"]` below the mount is `/{connection_id}/{endpoint}…`."""
        try:
            reply = await self._reply(scope, receive)
        except ClientWentAway:
            return
        except Unauthorized as error:
            given = any(name == b"authorization" for name, _ in scope["headers"])
            reply = error_reply(error, (CHALLENGE_BAD_TOKEN if given else CHALLENGE,))
        except ScimError as error:
            reply = error_reply(error, _allow(error))
        except StorageFailed as error:
            LOG.error("storage failed: %s", error)
            reply = error_reply(_internal(503, "the server cannot store anything at the moment"))
        except Exception:
            incident = secrets.token_hex(4)
            LOG.exception("incident %s", incident)
            reply = error_reply(_internal(500, f"internal error, incident {incident}"))
        await send_reply(send, reply, head=scope["method"] == "HEAD")

    async def _reply(self, scope: MutableMapping[str, Any], receive: Receive) -> Reply:
        # Starlette's Mount leaves the whole path in `path` and what it has consumed in `root_path`.
        path: str = scope["path"][len(scope.get("root_path", "")) :]
        connection_id, *segments = path.strip("/").split("/")
        headers = collect_headers(scope["headers"])
        connection = authenticate(self._connections, connection_id, headers)
        self._connections.used_at[connection.id] = self._now()
        call = Call(
            scope["method"],
            tuple(segments),
            scope["query_string"],
            headers,
            connection,
            self._shadow.scope(connection.id, connection.tenant_id),
            self._base + connection.id,
            receive,
        )
        methods = self.methods(call.segments)
        method = "GET" if call.method == "HEAD" else call.method
        handler = methods.get(method)
        if handler is None:
            offered = [*methods, "HEAD"] if "GET" in methods else list(methods)
            raise MethodNotOffered(f"{call.method} is not offered here; {', '.join(offered)} is", offered)
        return await handler(call)

    async def _bulk(self, call: Call) -> Reply:
        return await bulk(call, self._resources, await read_json(call, self._resources.limits))

    async def _me(self, call: Call) -> Reply:
        rtype, id_ = me.resource_of(self._shadow, call)
        methods = self.methods((rtype.endpoint.strip("/"), id_))
        return await methods["GET" if call.method == "HEAD" else call.method](call)


class MethodNotOffered(MethodNotAllowed):
    """405 with what the path does offer, for the Allow header (RFC 9110 15.5.6)."""

    def __init__(self, detail: str, offered: list[str]) -> None:
        super().__init__(detail)
        self.offered = offered


def _allow(error: ScimError) -> tuple[tuple[bytes, bytes], ...]:
    if isinstance(error, MethodNotOffered):
        return ((b"allow", ", ".join(error.offered).encode()),)
    return ()


def _internal(status: int, detail: str) -> ScimError:
    error = ScimError(detail)
    error.status = status
    return error


def _at_once(answer: Callable[[Call], Reply]) -> Handler:
    async def handler(call: Call) -> Reply:
        return answer(call)

    return handler
