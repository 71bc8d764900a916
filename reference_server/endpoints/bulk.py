"""/Bulk: many operations in one request, with references among them in any order (RFC 7644 3.7)."""

from __future__ import annotations

from typing import Any

from reference_server.endpoints.call import Call
from reference_server.endpoints.replies import Reply, json_reply
from reference_server.endpoints.resources import Outcome, Resources
from reference_server.scim.bulk import BulkOperation, plan_bulk, resolve
from reference_server.scim.errors import InvalidValue, NotFound, ScimError
from reference_server.scim.resource_type import ResourceType

RESPONSE_URN = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"


def bulk(call: Call, resources: Resources, body: Any) -> Reply:
    """Carry out the operations in an order that satisfies their references; answer in the order they were sent.

    All of it is one unit of the store: others see the state before the request or after it.
    """
    plan = plan_bulk(body, resources.limits.max_bulk_operations)
    ids: dict[str, str] = {}
    answers: dict[int, dict[str, Any]] = {}
    errors = 0
    for operation in plan.ordered:
        try:
            answers[operation.position] = _carry_out(call, resources, operation, ids)
        except ScimError as error:
            answer = {**_head(operation), "status": str(error.status), "response": error.body()}
            if operation.method != "POST":  # RFC 7644 3.7.3: location is there "except in the event of a POST failure"
                answer["location"] = f"{call.base_url}/{operation.path.strip('/')}"
            answers[operation.position] = answer
            errors += 1
            if plan.fail_on_errors is not None and errors >= plan.fail_on_errors:
                break
    listed = [answers[position] for position in sorted(answers)]
    return json_reply({"schemas": [RESPONSE_URN], "Operations": listed})


def _carry_out(call: Call, resources: Resources, operation: BulkOperation, ids: dict[str, str]) -> dict[str, Any]:
    if operation.error is not None:
        raise operation.error
    rtype, id_ = _target(resources, operation, ids)
    data = resolve(operation.data, ids)
    if operation.method == "POST":
        outcome = resources.create(call.scope, rtype, data)
        assert outcome.record is not None
        id_ = outcome.record["id"]
        if operation.bulk_id is not None:
            ids[operation.bulk_id] = id_
    else:
        outcome = _change(call, resources, operation, rtype, id_, data)
    answer = {**_head(operation), "status": str(outcome.status), "location": f"{call.base_url}{rtype.endpoint}/{id_}"}
    if outcome.record is not None:
        answer["version"] = outcome.record["resource"]["meta"]["version"]
    return answer


def _change(
    call: Call, resources: Resources, operation: BulkOperation, rtype: ResourceType, id_: str, data: Any
) -> Outcome:
    if operation.method == "PUT":
        return resources.replace(call.scope, rtype, id_, data, operation.version)
    if operation.method == "PATCH":
        return resources.patch(call.scope, rtype, id_, data, operation.version)
    return resources.delete(call.scope, rtype, id_, operation.version)


def _target(resources: Resources, operation: BulkOperation, ids: dict[str, str]) -> tuple[ResourceType, str]:
    """The resource type and id of an operation's path; `/Users/bulkId:x` names one made earlier in the request."""
    endpoint, _, id_ = operation.path.strip("/").partition("/")
    rtype = resources.shadow.types.by_endpoint.get(f"/{endpoint}")
    if rtype is None:
        raise NotFound(f"{operation.path}: no such endpoint")
    if (operation.method == "POST") is bool(id_):
        raise InvalidValue(f"path: {operation.method} expects /{endpoint}{'' if id_ else '/<id>'}")
    resolved = resolve(id_, ids)
    return rtype, resolved if isinstance(resolved, str) else id_


def _head(operation: BulkOperation) -> dict[str, Any]:
    head: dict[str, Any] = {"method": operation.method}
    if operation.bulk_id is not None:
        head["bulkId"] = operation.bulk_id
    return head
