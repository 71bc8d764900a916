"""The direct tests of Microsoft's workflow for new gallery applications, under their names.

Source: SCIM-Validation-Test-Overview.md in https://github.com/AzureAD/SCIMReferenceCode. Tests that need Entra itself or
the target's OAuth settings are reported as NOT OFFERED.
"""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import ENTERPRISE_URN
from conformance.topics.entra_payload import patched
from simulator.entra import requests

PAGE = 5  # the page size that the workflow requests


@requirement("RFC7644-4-04", level="refusal", consequence="Microsoft's gallery workflow cannot read the schema.")
def test_schema_discoverability_test(scim: Session) -> None:
    """Schema_Discoverability_Test: GET /Schemas must list the User schema, and every schema must have attributes."""
    listed = expect.listing(scim.get("/Schemas"))
    names = {str(schema.get("id")) for schema in listed}
    if "urn:ietf:params:scim:schemas:core:2.0:User" not in names:
        raise Finding(
            "GET /Schemas does not list the schema of User",
            "urn:ietf:params:scim:schemas:core:2.0:User",
            json_of(sorted(names)),
        )
    for schema in listed:
        if not schema.get("attributes"):
            raise Finding(
                f"the published schema {schema.get('id')} has no attributes",
                "a list of attributes",
                json_of(schema.get("attributes")),
            )


@requirement(
    "RFC7644-3.5.2-13",
    level="lie",
    consequence="A value that was cleared in the directory stays, or the whole update fails.",
)
def test_scim_null_update_test(scim: Session) -> None:
    """SCIM_Null_Update_Test: `replace` with an empty string or null must clear the value or be rejected, without a 5xx."""
    user = scim.new_user(displayName="Before")
    for value in ("", None):
        answer = scim.patch(scim.path_of(user), {"op": "replace", "path": "displayName", "value": value})
        if answer.status >= 500:
            raise Finding(f"the server fails on replace with {json_of(value)}", "200, 204 or 400", answer.told)
        if answer.status < 300 and scim.read(user).get("displayName") not in ("", None):
            raise Finding(
                f"the server returned {answer.status} for replace with {json_of(value)} and kept the value",
                "no value",
                "Before",
            )


@requirement("RFC7644-3.3-07", level="refusal")
def test_scim_user_create_test(scim: Session) -> None:
    """SCIM_User_Create_Test: POST of a user must return 200 or 201 with an `id` and the `userName` that was sent."""
    body = scim.user_body()
    answer = expect.status(scim.post(scim.users, body), 200, 201)
    expect.equal(answer["userName"], body["userName"], "userName")
    expect.equal(isinstance(answer["id"], str), True, "whether the response has an id")


@requirement("RFC7644-3.5.2.3-02", level="lie")
def test_scim_user_update_test(scim: Session) -> None:
    """SCIM_User_Update_Test: PATCH `replace displayName` of a user must store the new value."""
    user = scim.new_user(displayName="Before")
    patched(scim.patch(scim.path_of(user), {"op": "replace", "path": "displayName", "value": "After"}))
    expect.holds(scim.read(user), displayName="After")


@requirement("RFC7644-3.3-07", level="refusal")
def test_scim_group_create_test(scim: Session) -> None:
    """SCIM_Group_Create_Test: POST of a group must return 200 or 201 with the `displayName` that was sent."""
    body = scim.group_body()
    answer = expect.status(scim.post(scim.groups, body), 200, 201)
    expect.equal(answer["displayName"], body["displayName"], "displayName")


@requirement("RFC7644-3.5.2.3-02", level="lie")
def test_scim_group_update_test(scim: Session) -> None:
    """SCIM_Group_Update_Test: PATCH `replace displayName` of a group must store the new value."""
    made, name = scim.new_group(), scim.name()
    patched(scim.patch(scim.path_of(made), {"op": "replace", "path": "displayName", "value": name}))
    expect.holds(scim.read(made), displayName=name)


@requirement("RFC7644-2-05", level="lie", consequence="Anyone can provision users.")
def test_validate_credentials_test(scim: Session) -> None:
    """Validate_Credentials_Test: the configured token must be accepted, and a wrong token rejected with 401 or 403."""
    path = requests.probe_user(expect.UNKNOWN).path
    expect.found(scim.client.send("GET", path))
    expect.status(scim.client.send("GET", path, headers={"Authorization": "Bearer not-the-token"}), 401, 403)


@requirement("RFC7644-2-03", level="refusal")
def test_federated_identity_test(scim: Session) -> None:
    """Federated_Identity_Test: always NOT OFFERED, because it needs a workload identity of Entra."""
    raise NotOffered(
        "a workload identity of Entra (instead, run `scimulator simulate --credentials` with a client_key)"
    )


@requirement("RFC7644-3.4.2.4-12", level="lie", consequence="Entra's account discovery misses users.")
@pytest.mark.alone
def test_scim_user_pagination_test(scim: Session) -> None:
    """SCIM_User_Pagination_Test: pages of five must return every user exactly once."""
    made = {scim.new_user()["id"] for _ in range(PAGE + 2)}
    _walk(scim, scim.users, made)


@requirement("RFC7644-3.4.2.4-12", level="lie", consequence="Entra's account discovery misses groups.")
@pytest.mark.alone
def test_scim_group_pagination_test(scim: Session) -> None:
    """SCIM_Group_Pagination_Test: pages of five must return every group exactly once."""
    made = {scim.new_group()["id"] for _ in range(PAGE + 2)}
    _walk(scim, scim.groups, made)


@requirement("RFC7644-3.5.2.1-04", level="lie", consequence="Approval requests go to the wrong manager.")
def test_scim_update_manager_test(scim: Session) -> None:
    """SCIM_Update_Manager_Test: PATCH must add, replace, and (with an empty string) clear a user's manager."""
    scim.target.need_attribute(ENTERPRISE_URN, "manager")
    user, one, other = scim.new_user(), scim.new_user(), scim.new_user()
    path = f"{ENTERPRISE_URN}:manager"
    for op, value in (("Add", one["id"]), ("Replace", other["id"]), ("Replace", "")):
        patched(scim.patch(scim.path_of(user), {"op": op, "path": path, "value": value}))
        held = (scim.read(user).get(ENTERPRISE_URN) or {}).get("manager")
        shown = held.get("value") if isinstance(held, dict) else held
        expect.equal(shown or "", value, "the manager's value")


def _walk(scim: Session, endpoint: str, made: set[str]) -> None:
    """Read pages by index; each created resource must appear once. 400 pages are the limit, as others may add to the list."""
    seen: list[str] = []
    start = 1
    for _ in range(400):
        answer = scim.get(endpoint, startIndex=start, count=PAGE)
        page = expect.listing(answer)
        if len(page) > PAGE:
            raise Finding("the server returned more resources than count allows", f"at most {PAGE}", str(len(page)))
        seen += [str(resource.get("id")) for resource in page]
        start += len(page)
        if not page or start > answer["totalResults"]:
            break
    expect.equal(sorted(id_ for id_ in seen if id_ in made), sorted(made), "the created resources on all pages")
