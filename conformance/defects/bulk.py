"""Defects of bulk: limits, order, references and results, as real servers have them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.wire import Reply, Request, Server

Json = dict[str, Any]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
SOURCE = "wso2/product-is#19541, #16110; wso2/charon#400; Captain-P-Goldfish/scim-for-keycloak#71"
LIMIT = 1000


def operations(request: Request) -> list[Json]:
    """The operations of a bulk request; empty for anything else."""
    body = request.json if request.is_("POST", "/Bulk") else None
    held = body.get("Operations") if isinstance(body, dict) else None
    return [item for item in held if isinstance(item, dict)] if isinstance(held, list) else []


def with_each(request: Request, change: Callable[[Json], Json]) -> Request:
    """The bulk request with each operation changed; any other request as it is."""
    listed = operations(request)
    return request.with_json({**request.json, "Operations": [change(item) for item in listed]}) if listed else request


def each_result(request: Request, reply: Reply, change: Callable[[Json], Json]) -> Reply:
    """The answer to a bulk request with each result changed."""
    if not request.is_("POST", "/Bulk") or not reply.ok:
        return reply
    return reply.with_json({**reply.json, "Operations": [change(item) for item in reply.json["Operations"]]})


def failed(result: Json) -> bool:
    return not str(result["status"]).startswith("2")


@defect(
    "bulk-no-limit-or-wrong-failonerrors-a",
    source=SOURCE,
    breaks="the limits are announced and not kept: everything is carried out",
    killed_by="test_bulk_over_the_limit_is_413",
)
def bulk_no_limit_or_wrong_failonerrors_a(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Bulk") and isinstance(request.json, dict):
        kept = {name: value for name, value in request.json.items() if name in ("schemas", "Operations")}
        if isinstance(kept.get("Operations"), list):
            return server(request.with_json({**kept, "Operations": kept["Operations"][:LIMIT]}))
    return server(request)


@defect(
    "bulk-no-limit-or-wrong-failonerrors-b",
    source=SOURCE,
    breaks="processing stops at the first error though failOnErrors is not set",
    killed_by="test_bulk_goes_on_after_a_failure",
)
def bulk_no_limit_or_wrong_failonerrors_b(request: Request, server: Server) -> Reply:
    return server(request.with_json({"failOnErrors": 1, **request.json}) if operations(request) else request)


@defect(
    "bulk-no-limit-or-wrong-failonerrors-c",
    source=SOURCE,
    breaks="failOnErrors is not looked at",
    killed_by="test_bulk_stops_after_fail_on_errors",
)
def bulk_no_limit_or_wrong_failonerrors_c(request: Request, server: Server) -> Reply:
    if not operations(request):
        return server(request)
    return server(request.with_json({name: value for name, value in request.json.items() if name != "failOnErrors"}))


@defect(
    "bulk-no-limit-or-wrong-failonerrors-d",
    source=SOURCE,
    breaks="failed operations have no reason",
    killed_by="test_bulk_failure_says_why",
)
def bulk_no_limit_or_wrong_failonerrors_d(request: Request, server: Server) -> Reply:
    reply = server(request)
    return each_result(request, reply, lambda r: {name: value for name, value in r.items() if name != "response"})


@defect(
    "bulk-repeats-fail-on-errors",
    source="RFC7644-3.7-06",
    breaks="failOnErrors of the request is in the answer",
    killed_by="test_bulk_stops_after_fail_on_errors",
)
def bulk_repeats_fail_on_errors(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not operations(request) or not reply.ok:
        return reply
    return reply.with_json({**reply.json, "failOnErrors": request.json.get("failOnErrors", 0)})


@defect(
    "bulk-put-told-and-not-done",
    source="RFC7644-3.7-02",
    breaks="a PUT in a bulk request is answered 200, and nothing happens",
    killed_by="test_bulk_takes_all_four_methods",
)
def bulk_put_told_and_not_done(request: Request, server: Server) -> Reply:
    def idle(operation: Json) -> Json:
        held = server.get(operation["path"], request) if operation.get("method") == "PUT" else None
        return {**operation, "data": held} if held else operation

    return server(with_each(request, idle))


@defect(
    "bulk-result-without-bulk-id",
    source="RFC7644-3.7-21",
    breaks="results lack the bulkId of their operation",
    killed_by="test_bulk_creates test_bulk_failure_says_why",
)
def bulk_result_without_bulk_id(request: Request, server: Server) -> Reply:
    reply = server(request)
    return each_result(request, reply, lambda r: {name: value for name, value in r.items() if name != "bulkId"})


@defect(
    "bulk-failure-without-location",
    source="RFC7644-3.7.3-02",
    breaks="failed operations lack the location of what they failed on",
    killed_by="test_bulk_failure_has_its_location",
)
def bulk_failure_without_location(request: Request, server: Server) -> Reply:
    def without(result: Json) -> Json:
        return {name: value for name, value in result.items() if name != "location" or not failed(result)}

    return each_result(request, server(request), without)


@defect(
    "bulk-status-as-number",
    source="RFC7644-E7916-01; interop-bugs error-status-integer",
    breaks="status of a result is a number",
    killed_by="test_bulk_failure_says_why test_bulk_failure_has_its_location",
    verdict="WARN",
)
def bulk_status_as_number(request: Request, server: Server) -> Reply:
    return each_result(request, server(request), lambda r: {**r, "status": int(r["status"])})


@defect(
    "bulk-one-failure-fails-all",
    source="RFC7644-3.7-17",
    breaks="a bulk request in which an operation fails is answered 400",
    killed_by="test_bulk_goes_on_after_a_failure test_bulk_failure_says_why",
)
def bulk_one_failure_fails_all(request: Request, server: Server) -> Reply:
    reply = server(request)
    if operations(request) and reply.ok and any(failed(item) for item in reply.json["Operations"]):
        return Reply.error(400, "invalidValue")
    return reply


@defect(
    "bulk-unreadable-operations-mean-none",
    source="RFC7644-3.7-07",
    breaks="a bulk request without readable operations is answered with an empty success",
    killed_by="test_bulk_request_without_its_form_is_refused",
)
def bulk_unreadable_operations_mean_none(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Bulk") and not operations(request):
        return Reply.of(200, {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"], "Operations": []})
    return server(request)


@defect(
    "bulk-unknown-method-told-as-done",
    source="RFC7644-3.7-08",
    breaks="an operation with another method is answered 200",
    killed_by="test_bulk_knows_four_methods",
)
def bulk_unknown_method_told_as_done(request: Request, server: Server) -> Reply:
    known = ("POST", "PUT", "PATCH", "DELETE")
    odd = {item.get("bulkId") for item in operations(request) if item.get("method") not in known}
    reply = server(request)
    return each_result(request, reply, lambda r: {**r, "status": "200"} if r.get("bulkId") in odd and failed(r) else r)


@defect(
    "bulk-operation-without-data-500",
    source="RFC7644-3.7-12",
    breaks="an operation that lacks a member fails the whole request with 500",
    killed_by="test_bulk_operation_that_lacks_a_member_fails",
)
def bulk_operation_without_data_500(request: Request, server: Server) -> Reply:
    if any("data" not in item and item.get("method") == "POST" for item in operations(request)):
        return Reply.error(500)
    return server(request)


@defect(
    "bulk-version-not-looked-at",
    source="RFC7644-3.7-10",
    breaks="version of an operation is ignored",
    killed_by="test_bulk_honours_versions",
)
def bulk_version_not_looked_at(request: Request, server: Server) -> Reply:
    return server(with_each(request, lambda o: {name: value for name, value in o.items() if name != "version"}))


@defect(
    "bulk-references-dropped",
    source="RFC7644-3.7.2-02",
    breaks="members that are named by bulkId are left out",
    killed_by="test_bulk_references_work_in_either_direction test_bulk_reference_to_nothing_fails "
    "test_bulk_resolves_circles_or_refuses_them",
)
def bulk_references_dropped(request: Request, server: Server) -> Reply:
    def without(operation: Json) -> Json:
        data = operation.get("data")
        if not isinstance(data, dict) or "members" not in data:
            return operation
        kept = [item for item in data["members"] if not item["value"].startswith("bulkId:")]
        return {**operation, "data": {**data, "members": kept}}

    return server(with_each(request, without))


@defect(
    "bulk-references-in-extensions-dropped",
    source="RFC7644-3.7.2-03",
    breaks="a manager that is named by bulkId is left out",
    killed_by="test_bulk_references_work_in_extensions",
)
def bulk_references_in_extensions_dropped(request: Request, server: Server) -> Reply:
    def without(operation: Json) -> Json:
        data = operation.get("data")
        return {**operation, "data": {**data, ENTERPRISE: {}}} if isinstance(data, dict) else operation

    return server(with_each(request, without))


@defect(
    "bulk-runs-backwards",
    source="RFC7644-3.7-23",
    breaks="changes of one resource are carried out in another order",
    killed_by="test_bulk_keeps_the_order_on_one_resource",
)
def bulk_runs_backwards(request: Request, server: Server) -> Reply:
    listed = operations(request)
    return server(request.with_json({**request.json, "Operations": listed[::-1]}) if listed else request)


@defect(
    "bulk-limits-not-told",
    source="RFC7644-3.7.4-01",
    breaks="the limits of bulk are texts",
    killed_by="test_bulk_limits_are_numbers",
)
def bulk_limits_not_told(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.path != "/ServiceProviderConfig":
        return reply
    return reply.with_json({**reply.json, "bulk": {"supported": True, "maxOperations": "1000", "maxPayloadSize": "1M"}})


@defect(
    "bulk-limit-lower-than-told",
    source="wso2/product-is#19541; RFC7644-3.7.4-03",
    breaks="more than ten operations are refused, whatever maxOperations says",
    killed_by="test_bulk_at_the_limit_is_taken",
)
def bulk_limit_lower_than_told(request: Request, server: Server) -> Reply:
    return Reply.error(413, detail="at most 10 operations") if len(operations(request)) > 10 else server(request)


@defect(
    "bulk-413-does-not-name-the-limit",
    source="RFC7644-3.7.4-04",
    breaks="the 413 says neither which limit nor how much",
    killed_by="test_bulk_over_the_limit_is_413",
)
def bulk_413_does_not_name_the_limit(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply.error(413, detail="the request is too large") if reply.status == 413 else reply
