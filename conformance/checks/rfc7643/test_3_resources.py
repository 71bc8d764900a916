"""RFC 7643 section 3: schemas, id, externalId, meta."""

from __future__ import annotations

from conformance import expect
from conformance.requirements import requirement
from conformance.session import Session
from conformance.target import ENTERPRISE_URN, USER_URN
from conformance.verdict import Finding


@requirement("RFC7643-3-01", "RFC7643-3-02", "RFC7643-3-04", "RFC7643-3.3-01", "RFC7643-2.1-03")
def test_schemas_lists_the_base_schema_once(scim: Session) -> None:
    """schemas is a non-empty list of distinct URNs with the base schema."""
    schemas = scim.read(scim.new_user()).get("schemas")
    if not isinstance(schemas, list) or USER_URN not in schemas or len(set(schemas)) != len(schemas):
        raise Finding("schemas is not right", f"distinct URNs with {USER_URN}", repr(schemas))


@requirement("RFC7643-3-03")
def test_schemas_lists_only_what_the_resource_type_has(scim: Session) -> None:
    """Every URN in schemas is the base schema or an advertised extension."""
    rtype = next((t for t in scim.target.resource_types if t.get("name") == "User"), {})
    known = {rtype.get("schema"), *(e.get("schema") for e in rtype.get("schemaExtensions") or ())}
    unknown = [urn for urn in scim.read(scim.new_user())["schemas"] if rtype and urn not in known]
    expect.equal(unknown, [], "schemas beside those of the resource type")


@requirement("RFC7643-3-08", "RFC7643-3.3-05", level="lie")
def test_extension_values_live_under_the_urn(scim: Session) -> None:
    """A department comes back in the enterprise extension's object, and its URN is in schemas."""
    scim.target.need_attribute(ENTERPRISE_URN, "department")
    user = scim.new_user(**{"schemas": [USER_URN, ENTERPRISE_URN], ENTERPRISE_URN: {"department": "Check"}})
    read = scim.read(user)
    expect.equal((read.get(ENTERPRISE_URN) or {}).get("department"), "Check", "department")
    expect.equal(ENTERPRISE_URN in read["schemas"], True, "the extension's URN in schemas")


@requirement("RFC7643-3.1-02", "RFC7643-3.1-04", "RFC7643-3.1-09", "RFC7643-3.1-10")
def test_server_assigns_an_id(scim: Session) -> None:
    """Each resource has a non-empty id without the reserved word bulkId."""
    id_ = scim.new_user()["id"]
    if not isinstance(id_, str) or not id_ or "bulkId" in id_:
        raise Finding("the id is not right", "non-empty text without bulkId", repr(id_))


@requirement("RFC7643-3.1-08", level="lie")
def test_id_of_a_client_is_ignored_on_create(scim: Session) -> None:
    """An id in a create is not taken over."""
    answer = scim.post(scim.users, scim.user_body(id="scimulator-check-own-id"))
    if answer.status == 400:
        scim.warn("a create with an id is refused; it should be ignored", "201", "400")
        return
    expect.status(answer, 201)
    if answer["id"] == "scimulator-check-own-id":
        raise Finding("the client's id became the resource's", "an id of the server's", repr(answer["id"]))


@requirement("RFC7643-3.1-05", "RFC7643-3.1-06")
def test_ids_are_distinct_and_stable(scim: Session) -> None:
    """Two resources have two ids, and a read shows the same one."""
    one, other = scim.new_user(), scim.new_user()
    expect.equal(one["id"] != other["id"], True, "distinctness of ids")
    expect.equal(scim.read(one)["id"], one["id"], "the id on reading")


@requirement("RFC7643-3.1-12")
def test_server_invents_no_external_id(scim: Session) -> None:
    """A user without externalId gets none."""
    expect.lacks(scim.read(scim.new_user()), "externalId")


@requirement("RFC7643-3.1-15", level="lie", consequence="A provider that matches by externalId loses its people.")
def test_external_id_keeps_its_case(scim: Session) -> None:
    """externalId comes back exactly as sent."""
    value = scim.name() + "-AbC"
    expect.holds(scim.read(scim.new_user(externalId=value)), externalId=value)


@requirement("RFC7643-3.1-16", "RFC7643-3.1-18", "RFC7643-3.1-19", "RFC7644-3.3.1-01")
def test_meta_is_complete(scim: Session) -> None:
    """meta has resourceType, created, lastModified and location."""
    meta = scim.read(scim.new_user()).get("meta") or {}
    expect.equal(meta.get("resourceType"), "User", "meta.resourceType")
    created = expect.moment(meta.get("created"), "meta.created")
    modified = expect.moment(meta.get("lastModified"), "meta.lastModified")
    if abs((modified - created).total_seconds()) > 1:
        raise Finding("a new resource was modified already", str(created), str(modified))


@requirement("RFC7643-3.1-17", level="lie")
def test_meta_of_a_client_is_ignored(scim: Session) -> None:
    """created and resourceType in a create have no effect."""
    user = scim.new_user(meta={"created": "2001-01-01T00:00:00Z", "resourceType": "Nonsense"})
    meta = scim.read(user).get("meta") or {}
    expect.equal(meta.get("resourceType"), "User", "meta.resourceType")
    expect.equal(str(meta.get("created", "")).startswith("2001"), False, "the client's created")


@requirement("RFC7643-3.1-21", level="lie")
def test_last_modified_moves_with_a_change(scim: Session) -> None:
    """lastModified is not before created after a change, and created stays."""
    user = scim.new_user()
    expect.written(scim.patch(scim.path_of(user), {"op": "replace", "path": "displayName", "value": "Changed"}))
    meta = scim.read(user).get("meta") or {}
    expect.equal(meta.get("created"), (user.get("meta") or {}).get("created"), "meta.created")
    if expect.moment(meta.get("lastModified"), "lastModified") < expect.moment(meta.get("created"), "created"):
        raise Finding("lastModified lies before created", "later", str(meta))


@requirement("RFC7643-3.1-22")
def test_location_leads_to_the_resource(scim: Session) -> None:
    """A GET on meta.location gives the resource."""
    user = scim.new_user()
    location = (scim.read(user).get("meta") or {}).get("location")
    if not isinstance(location, str):
        raise Finding("meta.location is missing", "a URI", repr(location))
    if not location.startswith(scim.client.base_url):
        scim.warn("meta.location lies outside the base URL", scim.client.base_url, location)
        return
    expect.equal(expect.status(scim.get(location), 200)["id"], user["id"], "the id behind meta.location")
