"""RFC 7643 section 10.3: the URIs of custom schemas."""

from __future__ import annotations

from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.topics.discovery_documents import schemas

RESERVED = "urn:ietf:params:scim:"
# RFC 7643 10.4 (users, groups, discovery), RFC 7644 (messages), RFC 9944 (devices and their extensions).
CORE = {"user", "group", "serviceproviderconfig", "resourcetype", "schema", "device", "endpointapp"}


@requirement("RFC7643-10.3-01", level="cosmetic", consequence="A future RFC may assign another meaning to the URI.")
def test_schemas_of_ones_own_stay_out_of_the_reserved_tree(scim: Session) -> None:
    """The id of each schema must be a URI; an unregistered URI below urn:ietf:params:scim produces a note."""
    for schema in schemas(scim):
        urn = str(schema.get("id"))
        if ":" not in urn or any(character.isspace() for character in urn):
            raise Finding("the id of a schema is not a URI", "a URN", json_of(urn))
        if urn.lower().startswith(RESERVED) and not _registered(urn.lower().removeprefix(RESERVED)):
            scim.note(f"{urn} is in the URN namespace of the IETF but is not registered")


def _registered(rest: str) -> bool:
    kind, _, name = rest.rpartition(":2.0:")
    extension = kind.startswith("schemas:extension:") and (
        kind.endswith(":enterprise") or name in ("device", "endpointapp")
    )
    return extension or kind == "api:messages" or (kind == "schemas:core" and name in CORE)
