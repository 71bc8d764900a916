"""The user tests of https://scimvalidator.microsoft.com, under their names.

Only those that need nothing but a SCIM URL and a token are here.
"""

from __future__ import annotations

from typing import Any

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.target.discovery import ENTERPRISE_URN
from conformance.topics.entra_payload import attributes, changes, create, full_user, patched, send, shows
from simulator.entra import requests
from simulator.entra.requests import Dialect, WireShape
from simulator.mapping.attribute_mapping import AttributeChange

D1 = WireShape(Dialect.AAD_OPT_SCIM_062020, single_change="object", active_with_others="own_operation")  # as VAL sends
MANAGER = "manager"


def verbose(changes_: list[AttributeChange], op: str) -> list[dict[str, Any]]:
    """One operation with a path for each attribute, with `op` in lower case."""
    return [{"op": op, "path": change.path, "value": change.value} for change in changes_]


@requirement("RFC7644-3.3-07", "RFC7644-3.3-01", level="refusal", consequence="No user is provisioned.")
def test_create_a_new_user(scim: Session) -> None:
    """Create a new User: POST with all default attributes must store every value; a lookup must return them."""
    values = full_user(scim)
    create(scim, values)
    listed = expect.listing(send(scim, requests.match_user("userName", values["userName"])))
    expect.equal(len(listed), 1, "the number of users found")
    shows(listed[0], values)


@requirement("RFC7644-3.3-07", level="lie", consequence="One person gets two accounts.")
def test_create_a_duplicate_user(scim: Session) -> None:
    """Create a duplicate User: a second POST with the same values must be rejected with 409."""
    values = full_user(scim)
    create(scim, values)
    expect.status(send(scim, requests.create_user(values)), 409)


@requirement(
    "RFC7644-3.4.2-04",
    "RFC7644-3.4.2.2-09",
    level="refusal",
    consequence="Entra cannot match users and creates duplicates.",
)
def test_filter_for_an_existing_user(scim: Session) -> None:
    """Filter for an existing user: `userName eq` must find exactly the one user."""
    user = scim.new_user()
    answer = send(scim, requests.match_user("userName", user["userName"]))
    expect.found(answer, user)
    expect.equal(answer["totalResults"], 1, "totalResults")
    expect.holds(expect.listing(answer)[0], userName=user["userName"])


@requirement(
    "RFC7644-3.4.2-11",
    level="refusal",
    consequence="Entra's connection test fails, and Entra puts the application in quarantine.",
)
def test_filter_for_a_non_existing_user(scim: Session) -> None:
    """Filter for a non-existing user: the response must be 200 with `totalResults` 0."""
    answer = send(scim, requests.match_user("userName", f"{scim.name()}@check.example"))
    expect.found(answer)
    expect.equal(answer["totalResults"], 0, "totalResults")


@requirement("RFC7644-3.4.2.2-39", level="refusal", consequence="Entra cannot match users and creates duplicates.")
def test_filter_for_an_existing_user_with_a_different_case(scim: Session) -> None:
    """Filter for an existing user with a different case: `userName eq` must ignore the case of the value."""
    user = scim.new_user()
    expect.found(send(scim, requests.match_user("userName", user["userName"].upper())), user)


@requirement(
    "RFC7644-3.5.2.3-02", "RFC7644-3.5.2-06", level="lie", consequence="A user who changes jobs keeps old values."
)
def test_replace_attributes_verbose_request(scim: Session) -> None:
    """Patch User - Replace Attributes Verbose Request: one operation with a path per attribute must store each value."""
    user = create(scim, full_user(scim))
    wanted = attributes(scim, "changed")
    patched(scim.patch(scim.path_of(user), *verbose(changes(wanted, exist=True), "replace")))
    shows(scim.read(user), wanted)


@requirement(
    "RFC7644-3.5.2.3-01",
    level="lie",
    consequence="When the aadOptscim062020 flag is set, a user who changes jobs keeps old values.",
)
def test_replace_attributes(scim: Session) -> None:
    """Patch User - Replace Attributes: `replace` without a path, with paths as keys of one object, must store each value."""
    user = create(scim, full_user(scim))
    wanted = attributes(scim, "changed")
    patched(send(scim, requests.update_user(user["id"], changes(wanted, exist=True), D1)))
    read = scim.read(user)
    shows(read, wanted)
    expect.equal(
        [name for name in read if "." in name and not name.startswith("urn:")],
        [],
        "the paths that were stored as attribute names",
    )


@requirement("RFC7644-3.5.2.3-02", level="lie", consequence="Entra creates a renamed user a second time.")
def test_update_user_user_name(scim: Session) -> None:
    """Update User userName: PATCH must store the new `userName`, and a lookup by it must find the user."""
    user, name = scim.new_user(), f"{scim.name()}@check.example"
    patched(scim.patch(scim.path_of(user), {"op": "replace", "path": "userName", "value": name}))
    expect.holds(scim.read(user), userName=name)
    expect.found(send(scim, requests.match_user("userName", name)), user)


@requirement("RFC7644-3.5.2.3-10", level="lie", consequence="A user who leaves the company can still sign in.")
def test_disable_user(scim: Session) -> None:
    """Patch User - Disable User: Entra's disable request must make the user inactive."""
    user = scim.new_user(active=True)
    patched(send(scim, requests.disable_user(user["id"], D1)))
    expect.holds(scim.read(user), active=False)


@requirement("RFC7644-3.5.2.1-04", level="lie", consequence="A new phone number never arrives.")
def test_add_attributes_verbose_request(scim: Session) -> None:
    """Patch User - Add Attributes Verbose Request: `add` must store each attribute and create elements that do not exist."""
    user, wanted = create(scim, {"userName": f"{scim.name()}@check.example"}), attributes(scim, "added")
    patched(scim.patch(scim.path_of(user), *verbose(changes(wanted, exist=False), "add")))
    shows(scim.read(user), wanted)


def _manager(scim: Session, *steps: str) -> None:
    """Add, replace, or remove the manager as a bare id, and check which manager the server returns."""
    scim.target.need_attribute(ENTERPRISE_URN, MANAGER)
    user, bosses = scim.new_user(), [scim.new_user(), scim.new_user()]
    expected = None
    for number, step in enumerate(steps):
        if step == "remove":
            request, expected = requests.remove_manager(user["id"], D1), None
        else:
            expected = bosses[number]["id"]
            request = requests.set_manager(user["id"], expected, D1, exists=step == "replace")
        patched(send(scim, request))
    held = (scim.read(user).get(ENTERPRISE_URN) or {}).get(MANAGER)
    expect.equal(held.get("value") if isinstance(held, dict) else held, expected, "the manager's value")


@requirement("RFC7644-3.5.2.1-04", level="lie", consequence="Approval requests go to no one.")
def test_add_manager(scim: Session) -> None:
    """Patch User - Add Manager: `add` with a bare id must set the manager."""
    _manager(scim, "add")


@requirement("RFC7644-3.5.2.3-11", level="lie", consequence="Approval requests go to the wrong manager.")
def test_replace_manager(scim: Session) -> None:
    """Patch User - Replace Manager: `replace` with a bare id must change the manager."""
    _manager(scim, "add", "replace")


@requirement(
    "RFC7644-3.5.2.3-11", level="lie", consequence="A manager who left the company keeps receiving approval requests."
)
def test_remove_manager(scim: Session) -> None:
    """Patch User - Remove Manager: `replace` with an empty string must remove the manager."""
    _manager(scim, "add", "remove")


@requirement(
    "RFC7644-3.6-01", "RFC7644-3.6-06", level="lie", consequence="Users that the company deleted keep their accounts."
)
def test_delete_a_user(scim: Session) -> None:
    """Delete a User: DELETE must return 204, and GET must then return 404."""
    user = scim.new_user()
    expect.status(send(scim, requests.delete_user(user["id"])), 204)
    expect.status(scim.get(scim.path_of(user)), 404)


# Tests that Microsoft marks as preview


@requirement("RFC7644-3.5.2-05", level="lie")
def test_multiple_operations_on_different_attributes(scim: Session) -> None:
    """Multiple Operations on different attributes (preview): a remove, an add, and a replace in one PATCH must all apply."""
    user, name = scim.new_user(preferredLanguage="nb-NO"), scim.name()
    operations = [
        {"op": "remove", "path": "preferredLanguage"},
        {"op": "add", "path": "externalId", "value": name},
        {"op": "replace", "path": "displayName", "value": name},
    ]
    patched(scim.patch(scim.path_of(user), *operations))
    read = scim.read(user)
    expect.lacks(read, "preferredLanguage")
    expect.holds(read, externalId=name, displayName=name)


@requirement("RFC7644-3.5.2-17", level="lie")
def test_multiple_operations_on_same_attribute(scim: Session) -> None:
    """Multiple Operations on same attribute (preview): the operations must apply in order; the last value must remain."""
    user, last = scim.new_user(externalId=scim.name()), scim.name()
    operations = [
        {"op": "remove", "path": "externalId"},
        {"op": "add", "path": "externalId", "value": scim.name()},
        {"op": "replace", "path": "externalId", "value": last},
    ]
    patched(scim.patch(scim.path_of(user), *operations))
    expect.holds(scim.read(user), externalId=last)


@requirement("RFC7644-3.6-07", level="refusal")
def test_delete_a_non_existent_user(scim: Session) -> None:
    """Delete a non-existent User (preview): DELETE must return 404."""
    expect.status(send(scim, requests.delete_user(expect.UNKNOWN)), 404)


@requirement("RFC7644-3.6-03", level="refusal")
def test_delete_the_same_user_twice(scim: Session) -> None:
    """Delete the same User twice (preview): the first DELETE must return 204 and the second 404."""
    user = scim.new_user()
    expect.status(send(scim, requests.delete_user(user["id"])), 204)
    expect.status(send(scim, requests.delete_user(user["id"])), 404)
