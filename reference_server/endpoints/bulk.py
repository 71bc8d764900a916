"""/Bulk: many operations in one request, which can refer to each other in any order (RFC 7644 section 3.7)."""

from __future__ import annotations

import re
import time
from collections import deque
from itertools import islice
from typing import Any

from reference_server import turns
from reference_server.endpoints.call import Call
from reference_server.endpoints.replies import Reply, json_reply
from reference_server.endpoints.resources import Resources
from reference_server.scim.bulk import PREFIX, BulkOperation, BulkPlan, plan_bulk, resolve
from reference_server.scim.errors import InvalidValue, NotFound, ScimError
from reference_server.scim.resource_type import ResourceType
from reference_server.storage.tables import Record

UNIT_SECONDS = 0.05  # then other writers get a turn
AHEAD = 256  # operations; about as many as a unit of work carries out
STATUS = {"POST": "201", "DELETE": "204"}  # of a success; otherwise 200
SEGMENT = re.compile(r"[A-Za-z0-9._~-]+")  # of a path, without characters that a URL must encode
RESPONSE_URN = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"


async def bulk(call: Call, resources: Resources) -> Reply:
    """Carry out the operations in an order that satisfies their references; respond in the order of the request.

    Each operation is atomic. The complete request is not, which RFC 7644 section 3.7 does not require: it consists of
    several units of work, so that other writers do not wait for all of it.
    """
    run = _Run(call, resources, plan_bulk(call.body, resources.limits.max_bulk_operations, resources.rules))
    while run.waiting:
        await resources.tables.write(run.carry_out_some, pauses=True, part=call.scope.tenant_id)
    listed = [run.answers[position] for position in sorted(run.answers)]
    return json_reply({"schemas": [RESPONSE_URN], "Operations": listed})


class _Run:
    """The remaining operations of a Bulk request, and the results so far."""

    def __init__(self, call: Call, resources: Resources, plan: BulkPlan) -> None:
        self._call = call
        self._resources = resources
        self._ids: dict[str, str] = {}
        self._fail_on_errors, self._failures = plan.fail_on_errors, 0
        self.waiting = deque(plan.ordered)
        self.answers: dict[int, dict[str, Any]] = {}

    def carry_out_some(self) -> None:
        """Run one unit of work: the next operation, and more of them while there is time."""
        turns.expect_many()
        self._announce_new()
        ends = time.perf_counter() + UNIT_SECONDS
        while self.waiting:
            operation = self.waiting.popleft()
            try:
                answer = _carry_out(self._call, self._resources, operation, self._ids)
            except ScimError as error:
                answer = self._failed(operation, error)
            self.answers[operation.position] = answer
            turns.release()  # the operation is complete, so the next one may pause
            if time.perf_counter() > ends:
                return

    def _announce_new(self) -> None:
        """Announce the unique values of the next resources, so that a database looks them up together."""
        shadow, scope = self._resources.shadow, self._call.scope
        for operation in islice(self.waiting, AHEAD):
            rtype = shadow.types.by_endpoint.get(operation.path.rstrip("/"))
            if operation.method == "POST" and rtype is not None:
                shadow.announce_new(scope, rtype, operation.data)

    def _failed(self, operation: BulkOperation, error: ScimError) -> dict[str, Any]:
        answer = {**_head(operation), "status": str(error.status), "response": error.body()}
        location = self._location(operation)
        if location is not None:
            answer["location"] = location
        self._failures += 1
        if self._failures == self._fail_on_errors:
            self.waiting.clear()
        return answer

    def _location(self, operation: BulkOperation) -> str | None:
        """The location of a failed operation: none for a POST (RFC 7644 section 3.7.3) or if its path is not a resource."""
        endpoint, _, id_ = operation.path.strip("/").partition("/")
        if id_.startswith(PREFIX):
            id_ = self._ids.get(id_.removeprefix(PREFIX), "")
        if operation.method == "POST" or f"/{endpoint}" not in self._resources.shadow.types.by_endpoint:
            return None
        return f"{self._call.base_url}/{endpoint}/{id_}" if SEGMENT.fullmatch(id_) else None


def _carry_out(call: Call, resources: Resources, operation: BulkOperation, ids: dict[str, str]) -> dict[str, Any]:
    if operation.error is not None:
        raise operation.error
    rtype, id_ = _target(resources, operation, ids)
    data = resolve(operation.data, ids)
    if operation.method == "POST":
        record = resources.create(call.scope, rtype, data)
        assert record is not None
        id_ = record["id"]
        if operation.bulk_id is not None:
            ids[operation.bulk_id] = id_
    else:
        record = _change(call, resources, operation, rtype, id_, data)
    status, location = STATUS.get(operation.method, "200"), f"{call.base_url}{rtype.endpoint}/{id_}"
    answer = {**_head(operation), "status": status, "location": location}
    if record is not None:
        answer["version"] = record["resource"]["meta"]["version"]
    return answer


def _change(
    call: Call, resources: Resources, operation: BulkOperation, rtype: ResourceType, id_: str, data: Any
) -> Record | None:
    if operation.method == "PUT":
        return resources.replace(call.scope, rtype, id_, data, operation.version)
    if operation.method == "PATCH":
        return resources.patch(call.scope, rtype, id_, data, operation.version)
    return resources.delete(call.scope, rtype, id_, operation.version)


def _target(resources: Resources, operation: BulkOperation, ids: dict[str, str]) -> tuple[ResourceType, str]:
    """The resource type and id in the path of an operation; `/Users/bulkId:x` refers to a resource created earlier."""
    endpoint, _, id_ = operation.path.strip("/").partition("/")
    rtype = resources.shadow.types.by_endpoint.get(f"/{endpoint}")
    if rtype is None:
        raise NotFound(f"{operation.path}: this endpoint does not exist")
    if (operation.method == "POST") is bool(id_):
        raise InvalidValue(f"path: {operation.method} expects /{endpoint}{'' if id_ else '/<id>'}")
    resolved = resolve(id_, ids)
    return rtype, resolved if isinstance(resolved, str) else id_


def _head(operation: BulkOperation) -> dict[str, Any]:
    head: dict[str, Any] = {"method": operation.method}
    if operation.bulk_id is not None:
        head["bulkId"] = operation.bulk_id
    return head
