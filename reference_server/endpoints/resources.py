"""Create, read, replace, patch, delete, list, and search for any resource type (RFC 7644 sections 3.3 to 3.6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from reference_server.endpoints.call import Call, search_parameters
from reference_server.endpoints.query import Reader, query
from reference_server.endpoints.replies import NO_CONTENT, Reply, resource_reply, unchanged_reply
from reference_server.scim.incoming import read_resource
from reference_server.scim.patch import apply_patch
from reference_server.scim.projection import Projection, compile_projection, with_written
from reference_server.scim.resource_type import ResourceType
from reference_server.scim.tolerance import Rules
from reference_server.scim.version import check_preconditions, names_version
from reference_server.settings import Limits
from reference_server.shadow.resources import Shadow
from reference_server.shadow.scope import Scope
from reference_server.shadow.splice import version_of
from reference_server.storage.tables import Noted, Record, Tables

NO_CONDITIONS = (None, None)


class Resources:
    """The operations on resources, used by HTTP requests and by the operations of a Bulk request.

    An operation returns the record of the resource, or None after a deletion. `conditions` are the values of If-Match and
    If-None-Match.
    """

    def __init__(
        self,
        tables: Tables,
        shadow: Shadow,
        rules: Rules,
        limits: Limits,
        cursor_key: Callable[[str], bytes],
        now: Callable[[], datetime],
    ) -> None:
        self.tables = tables
        self.shadow = shadow
        self._cursor_key = cursor_key
        self._now = now
        self.rules = rules
        self.limits = limits

    # ── operations: each runs in one unit of work, so that nothing can happen between a check and its write ──

    def create(self, scope: Scope, rtype: ResourceType, body: Any) -> Record | None:
        """Store a new resource; raises a ScimError if it is not valid."""
        self.shadow.announce_create(scope, rtype, body)
        return self.shadow.create(scope, rtype, read_resource(body, rtype, self.rules))

    def replace(self, scope: Scope, rtype: ResourceType, id_: str, body: Any, *conditions: str | None) -> Record | None:
        """Replace a resource (RFC 7644 section 3.5.1)."""
        self.shadow.announce_write(scope)
        record = self._current(scope, rtype, id_, *conditions)
        resource = read_resource(body, rtype, self.rules, current=record["resource"])
        return self.shadow.replace(scope, rtype, record, resource)

    def patch(self, scope: Scope, rtype: ResourceType, id_: str, body: Any, *conditions: str | None) -> Record | None:
        """Apply all operations of a PATCH or none (RFC 7644 section 3.5.2)."""
        self.shadow.announce_patch(scope, rtype, id_, body)
        record = self._current(scope, rtype, id_, *conditions)
        elements = self.shadow.elements(scope, rtype, id_)
        resource = apply_patch(record["resource"], body, rtype, self.rules, elements=elements)
        return self.shadow.patch(scope, rtype, record, resource, elements)

    def delete(self, scope: Scope, rtype: ResourceType, id_: str, *conditions: str | None) -> Record | None:
        """Delete a resource and every reference to it (RFC 7644 section 3.6)."""
        self.shadow.announce_write(scope)
        record = self._current(scope, rtype, id_, *conditions)
        return self.shadow.delete(scope, rtype, record)

    def _current(
        self, scope: Scope, rtype: ResourceType, id_: str, matching: str | None = None, unless: str | None = None
    ) -> Record:
        """The resource to change, if it satisfies If-Match and If-None-Match (`unless`). Raises PreconditionFailed."""
        record = self.shadow.get(scope, rtype, id_)
        if matching is not None or unless is not None:
            check_preconditions(matching, unless, record["resource"]["meta"]["version"])
        return record

    # ── HTTP ──

    def post(self, call: Call, rtype: ResourceType) -> Awaitable[Reply]:
        projection = _projection(call, rtype)
        return self.tables.write(
            lambda: self._written(call, rtype, 201, self.create(call.scope, rtype, call.body), projection),
            pauses=True,
            part=call.scope.tenant_id,
        )

    def put(self, call: Call, rtype: ResourceType, id_: str) -> Awaitable[Reply]:
        projection = _projection(call, rtype)

        def work() -> Reply:
            record = self.replace(call.scope, rtype, id_, call.body, *_conditions(call))
            return self._written(call, rtype, 200, record, projection)

        return self.tables.write(work, pauses=True, part=call.scope.tenant_id)

    def patch_one(self, call: Call, rtype: ResourceType, id_: str) -> Awaitable[Reply]:
        projection = _projection(call, rtype)

        def work() -> Reply:
            record = self.patch(call.scope, rtype, id_, call.body, *_conditions(call))
            if rtype.relations and not call.query:
                # Microsoft advises against returning all members (learn.microsoft.com/entra/identity/app-provisioning/
                # use-scim-to-provision-users-and-groups), and RFC 7644 section 3.5.2 allows 204.
                return NO_CONTENT
            return self._written(call, rtype, 200, record, projection)

        return self.tables.write(work, pauses=True, part=call.scope.tenant_id)

    async def delete_one(self, call: Call, rtype: ResourceType, id_: str) -> Reply:
        await self.tables.write(
            lambda: self.delete(call.scope, rtype, id_, *_conditions(call)),
            pauses=True,
            part=call.scope.tenant_id,
        )
        return NO_CONTENT

    def get_one(self, call: Call, rtype: ResourceType, id_: str) -> Awaitable[Reply]:
        return self.tables.read(lambda: self._read(call, rtype, id_), pauses=bool(rtype.relations))

    def list(self, call: Call, *rtypes: ResourceType) -> Awaitable[Reply]:
        return query(self._reader(call), rtypes, call.parameters())

    def search(self, call: Call, *rtypes: ResourceType) -> Awaitable[Reply]:
        return query(self._reader(call), rtypes, search_parameters(call.body, self.rules))

    def _reader(self, call: Call) -> Reader:
        return Reader(self.tables, self.shadow, call.scope, call.base_url, self.limits, self._cursor_key, self._now)

    def _read(self, call: Call, rtype: ResourceType, id_: str) -> Reply:
        projection = _projection(call, rtype)
        stored = self.shadow.stored(call.scope, rtype, id_)
        version = version_of(stored[0])
        matching, unless = _conditions(call)
        if matching is not None:
            check_preconditions(matching, None, version)
        if unless is not None and names_version(unless, version):
            return unchanged_reply(version)
        return self._reply(call, rtype, 200, id_, stored, version, projection)

    def _written(
        self, call: Call, rtype: ResourceType, status: int, record: Record | None, projection: Projection
    ) -> Reply:
        if not projection.whole and not call.query:
            projection = with_written(projection, rtype, call.body)
        assert record is not None  # only a DELETE leaves no record
        id_, version = record["id"], record["resource"]["meta"]["version"]
        stored = self.shadow.stored(call.scope, rtype, id_)
        return self._reply(call, rtype, status, id_, stored, version, projection)

    def _reply(
        self,
        call: Call,
        rtype: ResourceType,
        status: int,
        id_: str,
        stored: Noted,
        version: str,
        projection: Projection,
    ) -> Reply:
        body = self.shadow.views.renderer(call.scope, rtype, call.base_url, projection)([stored[0]], [stored[1]])
        return resource_reply(status, body, version, f"{call.base_url}{rtype.endpoint}/{id_}")


def _conditions(call: Call) -> tuple[str | None, str | None]:
    """The If-Match and If-None-Match headers of a request."""
    if b"if-match" not in call.headers and b"if-none-match" not in call.headers:
        return NO_CONDITIONS
    return call.header(b"if-match"), call.header(b"if-none-match")


def _projection(call: Call, rtype: ResourceType) -> Projection:
    """The projection of the response. It is parsed before the write, so that an invalid parameter changes nothing."""
    if not call.query:
        return compile_projection(rtype, None, None)
    parameters = call.parameters()
    return compile_projection(rtype, parameters.get("attributes"), parameters.get("excludedattributes"))
