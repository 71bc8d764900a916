"""RFC 7644 section 3.3: an empty object creates no resource."""

from __future__ import annotations

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import NotOffered
from conformance.topics.one_attribute import is_required


@for_each_resource_type
@requirement(
    "RFC7643-7-13",
    "RFC7643-3-02",
    level="lie",
    consequence="Accounts without a name exist that no one can find again.",
    fix="Validate schemas and the required attributes before anything is stored.",
)
def test_empty_object_creates_nobody(scim: Session, type_name: str) -> None:
    """POST of {} must be rejected with 400 if the type has a required attribute; creating an empty group is a warning."""
    endpoint = scim.target.need_type(type_name or "User")
    needed = [a.name for a in scim.target.attributes(type_name) if a.parent is None and is_required(a)]
    if scim.target.schemas and not needed:
        raise NotOffered(f"a required attribute of {type_name}")
    answer = scim.post(endpoint, {})
    if answer.status == 201 and type_name == "Group":
        scim.warn(
            "an empty object creates a group", "400", "201"
        )  # RFC 7643 section 4.2 requires displayName, but the schema in section 8.7.1 does not
    else:
        expect.keyword(scim, answer, 400, "invalidSyntax", "invalidValue")
    expect.status(scim.post(endpoint, scim.body(type_name or "User")), 201)
