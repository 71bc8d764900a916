"""RFC 7643 section 10.3: URIs of schemas that a server made up itself."""

from __future__ import annotations

from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.topics.discovery_documents import schemas

RESERVED = "urn:ietf:params:scim:"
# RFC 7643 10.4 (users, groups, discovery), RFC 7644 (messages), RFC 9944 (devices and their extensions).
CORE = {"user", "group", "serviceproviderconfig", "resourcetype", "schema", "device", "endpointapp"}


@requirement("RFC7643-10.3-01", level="cosmetic", consequence="A later RFC may give the URI another meaning.")
def test_schemas_of_ones_own_stay_out_of_the_reserved_tree(scim: Session) -> None:
    """A schema below urn:ietf:params:scim that is not registered is noted; one that is no URI is wrong."""
    for schema in schemas(scim):
        urn = str(schema.get("id"))
        if ":" not in urn or any(character.isspace() for character in urn):
            raise Finding("the id of a schema is no URI", "a URN of one's own", repr(urn))
        if urn.lower().startswith(RESERVED) and not _registered(urn.lower().removeprefix(RESERVED)):
            scim.note(f"{urn} is in the IETF's tree, and no registry has it")


def _registered(rest: str) -> bool:
    kind, _, name = rest.rpartition(":2.0:")
    extension = kind.startswith("schemas:extension:") and (
        kind.endswith(":enterprise") or name in ("device", "endpointapp")
    )
    return extension or kind == "api:messages" or (kind == "schemas:core" and name in CORE)
