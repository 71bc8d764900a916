"""RFC 7644 section 3.14: preconditions apply to every resource type and every method."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.topics.one_attribute import different, text_of, value_of
from conformance.topics.write_forms import FORMS, stored, write

METHODS = ["PUT", "PATCH", "DELETE"]


@pytest.mark.parametrize("method", METHODS)
@requirement(
    "RFC7644-3.14-07",
    "RFC7644-3.14-09",
    level="lie",
    consequence="Two clients change the same group, and the members that one of them added are lost.",
    fix="Compare If-Match for every resource type, in the same transaction as the change or the deletion.",
)
@for_each_resource_type
def test_stale_if_match_stops_each_method_of_each_type(scim: Session, type_name: str | None, method: str) -> None:
    """PUT, PATCH, and DELETE with an outdated If-Match must fail with 412 for every resource type (RFC 7644 3.14)."""
    scim.target.need("etag")
    attribute = text_of(scim, type_name)
    resource = scim.new(str(type_name))
    path = scim.path_of(resource)
    stale = scim.get(path).headers.get("etag")
    if not stale:
        raise NotOffered("the ETag header")
    value = different(scim, attribute, value_of(attribute, resource))
    if not write(scim, "PUT", attribute, value, resource).succeeded:
        raise NotOffered(f"PUT of {attribute}")
    kept, late = scim.read(resource), different(scim, attribute, value)
    precondition = {"headers": {"If-Match": stale}}
    if method == "PATCH":
        answer = scim.patch(path, {"op": "replace", "path": attribute.path, "value": late}, **precondition)
    elif method == "PUT":
        answer = scim.put(path, {**stored(scim, str(type_name), resource), attribute.name: late}, **precondition)
    else:
        answer = scim.delete(path, **precondition)
    after = scim.get(path)
    if after.status != 200 or value_of(attribute, after.json) != value_of(attribute, kept):
        raise Finding(f"{method} with an outdated If-Match takes effect", "412, and no change", str(answer.status))
    expect.status(answer, 412, 409)


@pytest.mark.parametrize("form", [name for name in FORMS if "Bulk" not in name and FORMS[name].method != "POST"])
@requirement("RFC7644-3.14-06", "RFC7644-3.14-08", level="lie")
@for_each_resource_type
def test_etag_changes_in_every_form(scim: Session, type_name: str | None, form: str) -> None:
    """The ETag of a resource must change with every kind of change, for every resource type (RFC 7644 3.14)."""
    scim.target.need("etag")
    attribute = text_of(scim, type_name)
    resource = scim.new(str(type_name))
    before = scim.get(scim.path_of(resource)).headers.get("etag")
    value = different(scim, attribute, value_of(attribute, resource))
    if not before or not write(scim, form, attribute, value, resource).succeeded:
        raise NotOffered(f"the ETag header, or {form}")
    if scim.get(scim.path_of(resource)).headers.get("etag") == before:
        raise Finding(f"{form} does not change the ETag", "a different ETag", before)
