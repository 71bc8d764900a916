"""RFC 7643 section 6: extensions that a resource type declares as required."""

from __future__ import annotations

from conformance.check_api import expect
from conformance.check_api.cases import by_declaration, for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import NotOffered


@for_each_resource_type
@requirement(
    "RFC7643-6-10",
    level="lie",
    consequence="Resources lack attributes that clients rely on.",
    fix="Reject resources without a required extension with 400, or declare the extension as required false.",
)
@by_declaration
def test_required_extension_is_demanded(scim: Session, type_name: str) -> None:
    """POST without a required extension must be rejected; with it, it must be accepted."""
    rtype = next((item for item in scim.target.resource_types if item.get("name") == type_name), {})
    listed = [item for item in rtype.get("schemaExtensions") or () if isinstance(item, dict)]
    required = [str(item.get("schema")) for item in listed if item.get("required") is True]
    if not required:
        raise NotOffered(f"a required extension of {type_name}")
    endpoint = scim.target.need_type(type_name)
    for urn in required:
        whole = scim.body(type_name)
        body = {name: value for name, value in whole.items() if name != urn}
        body["schemas"] = [held for held in whole["schemas"] if held != urn]
        expect.scim_error(scim.post(endpoint, body), 400)
        expect.status(scim.post(endpoint, {**whole, "schemas": [*body["schemas"], urn]}), 201)
