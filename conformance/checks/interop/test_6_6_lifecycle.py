"""Interoperability profile sections 6.6 to 6.9: deletion only by DELETE; versions, bulk requests, and conflicts."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import USER_URN
from conformance.topics.discovery_documents import objects
from conformance.topics.samples import members, replaced

LEAVER = "A returning user is a new user to the application, and the old data is lost."
TAKEN = "Returning users, and users with the name of someone who left, cannot be created."
GHOST = "A provider finds the deleted user and never creates the returning user."
CONFLICT = "A provider cannot tell a duplicate userName from a server error."


@pytest.mark.parametrize("where", ["by id", "in a filter"])
@requirement("INTEROP-6.6-01", "INTEROP-6.6-02", level="lie", consequence=LEAVER)
def test_interop_deactivated_user_is_kept(scim: Session, where: str) -> None:
    """A user with `active` false must keep all attributes and must be found by id and by filter."""
    user = scim.new_user(displayName="Kept", active=True)
    expect.written(scim.patch(scim.path_of(user), replaced(False, "active")))
    shown = scim.read(user)
    if where == "in a filter":
        listed = expect.listing(scim.search(f'userName eq "{user["userName"]}"'))
        shown = next((item for item in listed if item.get("id") == user["id"]), {})
    expect.holds(shown, userName=user["userName"], displayName="Kept", active=False)


@requirement("INTEROP-6.6-03", level="lie", consequence=LEAVER)
def test_interop_patch_never_deletes(scim: Session) -> None:
    """A PATCH that removes optional attributes must not delete the resource."""
    user = scim.new_user(displayName="Goes", externalId=scim.name())
    paths = [path for path in ("displayName", "externalId") if not _required(scim, path)]
    expect.written(scim.patch(scim.path_of(user), *[{"op": "remove", "path": path} for path in paths]))
    shown = scim.read(user)
    expect.lacks(shown, *paths)
    expect.holds(shown, id=user["id"], userName=user["userName"])


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
@requirement("INTEROP-6.6-04", level="lie", consequence=GHOST)
def test_interop_deleted_user_is_404_for_every_method(scim: Session, method: str) -> None:
    """Every request for a deleted user must return 404 with a SCIM error; for PUT, 405 and 501 are allowed as well."""
    user = scim.new_user()
    expect.status(scim.delete(scim.path_of(user)), 204)
    if method == "PATCH":
        answer = scim.patch(scim.path_of(user), replaced(True, "active"))
    else:
        answer = scim.client.send(method, scim.path_of(user), scim.user_body() if method == "PUT" else None)
    if method == "PUT" and answer.status in (405, 501):
        return
    expect.scim_error(answer, 404)


@pytest.mark.parametrize("attribute", ["id", "userName", "externalId"])
@requirement("INTEROP-6.6-05", level="lie", consequence=GHOST)
def test_interop_deleted_user_is_in_no_list(scim: Session, attribute: str) -> None:
    """A deleted user must not appear in a list or in the result of a filter."""
    user = scim.new_user(externalId=scim.name())
    if attribute not in user:
        raise NotOffered(attribute)
    expect.status(scim.delete(scim.path_of(user)), 204)
    expect.found(scim.search(f'{attribute} eq "{user[attribute]}"'))
    listed = [item.get("id") for item in expect.listing(scim.get(scim.users, count=100))]
    expect.equal(user["id"] in listed, False, "whether the list contains the deleted user")


@requirement(
    "INTEROP-6.6-05", level="lie", consequence="A group lists, and may grant access to, a user who no longer exists."
)
def test_interop_deleted_user_is_in_no_group(scim: Session) -> None:
    """A deleted user must not remain a member of any group."""
    user = scim.new_user()
    group = scim.new_group(members=[{"value": user["id"]}])
    expect.equal(members(scim.read(group)), [user["id"]], "members before the deletion")
    expect.status(scim.delete(scim.path_of(user)), 204)
    expect.equal(members(scim.read(group)), [], "members after the deletion")


@requirement(
    "INTEROP-6.6-06", "INTEROP-6.6-07", consequence=TAKEN, fix="Exclude deleted resources from uniqueness checks."
)
def test_interop_name_of_a_deleted_user_is_free(scim: Session) -> None:
    """After DELETE, POST with the same `userName` must be accepted and must create a resource with a new id."""
    user = scim.new_user()
    expect.status(scim.delete(scim.path_of(user)), 204)
    answer = expect.status(scim.post(scim.users, scim.user_body(userName=user["userName"])), 201)
    if answer["id"] == user["id"]:
        raise Finding("the server restored the deleted resource", "a new id", str(answer["id"]))


@requirement(
    "INTEROP-6.6-08",
    "INTEROP-6.6-09",
    level="lie",
    consequence=GHOST,
    fix="Delete the resource instead of deactivating it.",
)
def test_interop_deletion_deletes(scim: Session) -> None:
    """DELETE must return 204, and GET must then return 404, not an inactive user."""
    user = scim.new_user()
    expect.status(scim.delete(scim.path_of(user)), 204)
    answer = scim.get(scim.path_of(user))
    if answer.status == 200:
        raise Finding("the server still returns a deleted user", "404", f"200, active {answer['active']}")
    expect.status(answer, 404)


@requirement("INTEROP-6.7-02", level="cosmetic")
def test_interop_conditional_headers_do_no_harm(scim: Session) -> None:
    """If-None-Match and If-Match must be honored, ignored, or rejected; they must not cause a 404 or a 5xx."""
    user = scim.new_user()
    read = scim.client.send("GET", scim.path_of(user), headers={"If-None-Match": 'W/"scimulator"'})
    changed = scim.patch(scim.path_of(user), replaced(False, "active"), headers={"If-Match": 'W/"scimulator"'})
    for what, answer in (("If-None-Match", read), ("If-Match", changed)):
        if answer.status >= 500 or answer.status == 404:
            raise Finding(f"the server fails on a request with {what}", "a 2xx, 304, 400 or 412", answer.told)
        scim.note(f"the server returns {answer.status} for a non-matching {what}")


@requirement(
    "INTEROP-6.8-01",
    level="lie",
    consequence="A client relies on bulk and is rejected, or never uses it although it works.",
)
def test_interop_bulk_is_what_it_is_said_to_be(scim: Session) -> None:
    """If `bulk.supported` is true, a bulk request must work; if it is false, it must be rejected."""
    urn = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
    operation = {"method": "POST", "path": scim.users, "bulkId": "b", "data": scim.user_body()}
    answer = scim.client.send("POST", "/Bulk", {"schemas": [urn], "Operations": [operation]})
    results = objects(answer["Operations"])
    for result in results:
        scim.remember_url(str(result.get("location")))
    if scim.target.offers("bulk"):
        expect.status(answer, 200)
        expect.equal([str(result.get("status")) for result in results], ["201"], "the statuses of the bulk operations")
    elif answer.status < 400:
        raise Finding(
            "the server accepts bulk requests but does not advertise them", "bulk.supported: true", str(answer.status)
        )


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@requirement("INTEROP-6.9.1-01", "INTEROP-6.9.1-02", "INTEROP-6.9.1-03", level="refusal", consequence=CONFLICT)
def test_interop_taken_user_name_is_a_conflict(scim: Session, method: str) -> None:
    """POST or PATCH with a `userName` that is in use must be rejected with 409 uniqueness and must store nothing."""
    first, second = scim.new_user(), scim.new_user()
    if method == "POST":
        answer = scim.post(scim.users, scim.user_body(userName=first["userName"]))
        if scim.target.offers("filter"):
            expect.found(scim.search(f'userName eq "{first["userName"]}"'), first)
    else:
        answer = scim.patch(scim.path_of(second), replaced(first["userName"], "userName"))
        expect.unchanged(scim, second)
    expect.scim_error(answer, 409, "uniqueness")


def _required(scim: Session, path: str) -> bool:
    if path == "externalId":
        return False
    return scim.target.need_attribute(USER_URN, path).get("required") is True
