"""Defects of resources: schemas, id, externalId and meta, and where extensions keep their values (RFC 7643 section 3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.replies import ENTERPRISE, USER, Resource, body_of, sent, shown, with_values, without
from conformance.defects.wire import Reply, Request, Server


@defect(
    "schemas-listed-twice",
    source="RFC7643-3-04",
    breaks="the base schema stands twice in schemas",
    killed_by="test_schemas_lists_the_base_schema_once",
)
def schemas_listed_twice(request: Request, server: Server) -> Reply:
    return with_values(request, server, schemas=lambda held: [held[0], *held])


@defect(
    "schemas-empty-after-put",
    source="RFC7643-3-02",
    breaks="the answer to a PUT has empty schemas",
    killed_by="test_schemas_lists_the_base_schema_once",
)
def schemas_empty_after_put(request: Request, server: Server) -> Reply:
    return with_values(request, server, method="PUT", schemas=lambda _: [])


@defect(
    "schemas-of-ones-own-added",
    source="RFC7643-3-03",
    breaks="schemas names one that no resource type has",
    killed_by="test_schemas_lists_only_what_the_resource_type_has",
)
def schemas_of_ones_own_added(request: Request, server: Server) -> Reply:
    return with_values(request, server, schemas=lambda held: [*held, "urn:example:internal"])


@defect(
    "schemas-grow-with-changes",
    source="RFC7643-3-04",
    breaks="each PATCH of an extension attribute names the extension once more",
    killed_by="test_schemas_does_not_grow_with_changes",
)
def schemas_grow_with_changes(request: Request, server: Server) -> Reply:
    own = [o for o in request.operations if str(o.get("path")).startswith(ENTERPRISE)]
    server.memory[request.path] = server.memory.get(request.path, 0) + len(own)
    more = [ENTERPRISE] * max(0, server.memory[request.path] - 1)
    return with_values(request, server, schemas=lambda held: [*held, *more])


@defect(
    "create-without-schemas-taken",
    source="RFC7643-3-02",
    breaks="schemas missing or empty in a create counts as the base schema",
    killed_by="test_create_needs_schemas",
    verdict="WARN",
)
def create_without_schemas_taken(request: Request, server: Server) -> Reply:
    return sent(request, server, lambda body: {**body, "schemas": body.get("schemas") or [USER]}, "POST", "/Users")


@defect(
    "first-schema-decides",
    source="RFC7643-3-05",
    breaks="an extension is read only where the core schema comes first",
    killed_by="test_order_of_schemas_means_nothing",
)
def first_schema_decides(request: Request, server: Server) -> Reply:
    def read(body: Resource) -> Resource:
        return without(body, ENTERPRISE) if body.get("schemas", [USER])[0] == ENTERPRISE else body

    return sent(request, server, read)


@defect(
    "extension-without-data-refused",
    source="RFC7643-3.3-07",
    breaks="a create that names the extension and holds no data of it is refused",
    killed_by="test_schemas_may_name_an_extension_without_data",
    verdict="WARN",
)
def extension_without_data_refused(request: Request, server: Server) -> Reply:
    body = body_of(request)
    named = ENTERPRISE in (body.get("schemas") or ()) and not body.get(ENTERPRISE)
    return Reply.error(400, "invalidValue") if named else server(request)


@defect(
    "attribute-of-no-schema-at-the-top",
    source="RFC7643-3-07",
    breaks="each resource has an attribute that no schema declares",
    killed_by="test_top_level_holds_core_attributes_and_extensions",
)
def attribute_of_no_schema_at_the_top(request: Request, server: Server) -> Reply:
    return shown(request, server, lambda item: {**item, "tenantId": "7"})


@defect(
    "extension-flattened-when-read",
    source="Budibase/budibase#15369",
    breaks="extension attributes stand at the top level when one resource is read",
    killed_by="test_extension_values_live_under_the_urn test_order_of_schemas_means_nothing"
    " test_enterprise_attribute_is_created_changed_and_removed test_top_level_holds_core_attributes_and_extensions"
    " test_manager_comes_back_as_an_object",
)
def extension_flattened_when_read(request: Request, server: Server) -> Reply:
    def flat(item: Resource) -> Resource:
        return {**without(item, ENTERPRISE), **item[ENTERPRISE]} if ENTERPRISE in item else item

    return shown(request, server, flat, method="GET")


# ── meta ──


def _with_meta(request: Request, server: Server, change: Any, *, method: str = "*") -> Reply:
    return with_values(request, server, method=method, meta=lambda held: {**held, **change(held)})


@defect(
    "meta-of-the-client-taken",
    source="RFC7643-3.1-17",
    breaks="meta of a create or a PUT is stored over the server's own",
    killed_by="test_meta_of_a_client_is_ignored test_each_attribute_of_a_put_is_judged_by_its_schema",
)
def meta_of_the_client_taken(request: Request, server: Server) -> Reply:
    if isinstance(meta := body_of(request).get("meta"), dict):
        server.memory["meta"] = meta
    return _with_meta(request, server, lambda _: server.memory.get("meta", {}))


@defect(
    "resource-type-in-small-letters",
    source="RFC7643-3.1-18",
    breaks="meta.resourceType is user",
    killed_by="test_meta_is_complete",
)
def resource_type_in_small_letters(request: Request, server: Server) -> Reply:
    return _with_meta(request, server, lambda held: {"resourceType": str(held.get("resourceType")).lower()})


def _moved(text: str, **by: float) -> str:
    return (datetime.fromisoformat(text) + timedelta(**by)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@defect(
    "created-in-local-time",
    source="wso2/product-is#4401",
    breaks="created and lastModified are local time that calls itself UTC",
    killed_by="test_created_is_the_time_of_the_create",
    verdict="WARN",
)
def created_in_local_time(request: Request, server: Server) -> Reply:
    return _with_meta(
        request, server, lambda held: {n: _moved(held[n], hours=2) for n in ("created", "lastModified") if n in held}
    )


@defect(
    "new-resource-modified-later",
    source="RFC7643-3.1-20",
    breaks="lastModified of a new resource lies five seconds after created",
    killed_by="test_new_resource_was_never_modified",
)
def new_resource_modified_later(request: Request, server: Server) -> Reply:
    return _with_meta(request, server, lambda held: {"lastModified": _moved(held["lastModified"], seconds=5)})


@defect(
    "last-modified-never-moves",
    source="RFC7643-3.1-21",
    breaks="lastModified is always the time of the create",
    killed_by="test_last_modified_moves_with_a_change",
)
def last_modified_never_moves(request: Request, server: Server) -> Reply:
    return _with_meta(request, server, lambda held: {"lastModified": held["created"]})


@defect(
    "location-of-the-list",
    source="RFC7643-3.1-22",
    breaks="meta.location is the URL of the endpoint, without the id",
    killed_by="test_location_leads_to_the_resource",
)
def location_of_the_list(request: Request, server: Server) -> Reply:
    return _with_meta(request, server, lambda held: {"location": held["location"].rpartition("/")[0]}, method="GET")


@defect(
    "etag-without-its-mark",
    source="RFC7643-3.1-23",
    breaks="the ETag header is not what meta.version says",
    killed_by="test_version_is_the_etag",
)
def etag_without_its_mark(request: Request, server: Server) -> Reply:
    reply = server(request)
    etag = reply.headers.get("etag")
    return reply.with_header("etag", etag.removeprefix("W/")) if etag else reply


@defect(
    "version-marked-in-a-small-letter",
    source="RFC7643-3.1-26",
    breaks='meta.version is w/"1"',
    killed_by="test_version_is_a_proper_validator",
)
def version_marked_in_a_small_letter(request: Request, server: Server) -> Reply:
    return _with_meta(request, server, lambda held: {"version": str(held.get("version")).replace("W/", "w/")})


@defect(
    "version-strong-and-the-same-for-all",
    source="RFC7643-3.1-27",
    breaks="whole and projected representations bear one strong version",
    killed_by="test_version_is_a_proper_validator",
)
def version_strong_and_the_same_for_all(request: Request, server: Server) -> Reply:
    reply = server(request)
    etag = reply.headers.get("etag", "")
    reply = reply.with_header("etag", etag.removeprefix("W/")) if etag else reply
    return reply.each_resource(
        lambda item: {**item, "meta": {**item["meta"], "version": etag.removeprefix("W/")}} if "meta" in item else item
    )
