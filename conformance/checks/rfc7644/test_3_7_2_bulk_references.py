"""RFC 7644 sections 3.7.1 and 3.7.2: bulkId: refers to the id of a resource that another operation creates."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import PATCH_URN, Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.target.discovery import ENTERPRISE_URN
from conformance.topics.bulk_requests import Json, bulk, by_bulk_id, code, made, post, results
from conformance.topics.samples import ids, member, members, replaced

DANGLING = "The group has a member that does not exist, or lacks the intended one."


@pytest.mark.parametrize("first", ["user", "group"])
@requirement(
    "RFC7644-3.7.2-02",
    "RFC7644-3.7.2-05",
    level="lie",
    consequence=DANGLING,
    fix="Create the referenced resource first, and replace bulkId:… with its id everywhere.",
)
def test_bulk_references_work_in_either_direction(scim: Session, first: str) -> None:
    """A group must get the real id of a member that the same request creates; rejecting a later reference is a warning."""
    operations = [
        post(scim.users, "u", scim.user_body()),
        post(scim.groups, "g", scim.group_body(members=[{"value": "bulkId:u"}])),
    ]
    listed = by_bulk_id(bulk(scim, *(operations if first == "user" else reversed(operations))))
    if first == "group" and code(listed["g"]).startswith("4"):  # a rejection stores nothing wrong
        scim.warn("a reference to a later operation is rejected", "201", code(listed["g"]))
        return
    user, group = made(scim, listed["u"]), made(scim, listed["g"])
    expect.equal(members(group), [user["id"]], "members")
    expect.equal("bulkId:" in json_of(group), False, "whether the stored group contains bulkId:")


@requirement(
    "RFC7644-3.7.2-03",
    level="lie",
    consequence="Users have no manager or one that does not exist.",
    fix="Resolve bulkId: in every value of data, including extensions.",
)
def test_bulk_references_work_in_extensions(scim: Session) -> None:
    """A user whose manager is created in the same request must get the manager's real id."""
    scim.target.need_attribute(ENTERPRISE_URN, "manager")
    employee = scim.user_body(**{ENTERPRISE_URN: {"manager": {"value": "bulkId:boss"}}})
    listed = by_bulk_id(bulk(scim, post(scim.users, "boss", scim.user_body()), post(scim.users, "e", employee)))
    boss, shown = made(scim, listed["boss"]), made(scim, listed["e"])
    expect.equal(((shown.get(ENTERPRISE_URN) or {}).get("manager") or {}).get("value"), boss["id"], "manager.value")


@pytest.mark.parametrize("path", ["members", "none"])
@requirement(
    "RFC7644-3.7.2-02",
    level="lie",
    consequence="A new user is missing in the intended group, or the group has a member that does not exist.",
    fix="Resolve bulkId: in every value of data, including the operations of a PATCH with and without a path.",
)
def test_bulk_references_work_in_patch_values(scim: Session, path: str) -> None:
    """PATCH that adds a user from the same bulk request must store the user's id; rejecting it is a warning."""
    scim.target.need("patch")
    group, value = scim.new_group(members=[member(scim.new_user())]), [{"value": "bulkId:u"}]
    operation = (
        {"op": "add", "value": {"members": value}} if path == "none" else {"op": "add", "path": path, "value": value}
    )
    data = {"schemas": [PATCH_URN], "Operations": [operation]}
    change = {"method": "PATCH", "path": scim.path_of(group), "data": data}
    user_result, group_result = results(bulk(scim, post(scim.users, "u", scim.user_body()), change), 2)
    user, held = made(scim, user_result), members(scim.read(group))
    if code(group_result).startswith("4"):
        scim.warn("a reference in a PATCH operation is rejected", "200", code(group_result))
        expect.equal("bulkId:" in json_of(held), False, "whether the stored group contains bulkId:")
        return
    expect.equal(user["id"] in held, True, "whether the new user is a member")
    expect.equal(len(held), 2, "the number of members")


@pytest.mark.parametrize("case", ["never there", "failed"])
@requirement(
    "RFC7644-3.7.2-04",
    level="lie",
    consequence=DANGLING,
    fix="Fail the operation with 400 or 409 if the operation that it refers to fails or does not exist.",
)
def test_bulk_reference_to_nothing_fails(scim: Session, case: str) -> None:
    """A group with a reference to an unknown or failed operation must not be created."""
    bad = scim.user_body()
    del bad["userName"]
    operations: list[Json] = [post(scim.users, "u", bad)] if case == "failed" else []
    group = scim.group_body(members=[{"value": "bulkId:u"}])
    listed = by_bulk_id(bulk(scim, *operations, post(scim.groups, "g", group)))
    if code(listed["g"]) == "201":
        held = made(scim, listed["g"])
        raise Finding(
            "a group with an unresolvable reference is created", "400 or 409", json_of(held.get("members"))[:160]
        )
    expect.equal(code(listed["g"]) in ("400", "404", "409", "412"), True, f"an error status ({code(listed['g'])})")


@requirement(
    "RFC7644-3.7.1-01",
    "RFC7644-3.7.1-02",
    level="lie",
    consequence=DANGLING,
    fix="Create both groups and add the members afterwards, or reject both with 409.",
)
def test_bulk_resolves_circles_or_refuses_them(scim: Session) -> None:
    """Two groups that are members of each other must both be created or both be rejected."""
    operations = [
        post(scim.groups, name, scim.group_body(members=[{"value": f"bulkId:{other}", "type": "Group"}]))
        for name, other in (("a", "b"), ("b", "a"))
    ]
    answer = bulk(scim, *operations)
    if answer.status == 409:
        expect.scim_error(answer, 409)
        return
    listed = by_bulk_id(answer)
    codes = [code(listed[name]) for name in ("a", "b")]
    if codes == ["201", "201"]:
        a, b = made(scim, listed["a"]), made(scim, listed["b"])
        expect.equal([members(a), members(b)], [ids(b), ids(a)], "the members of both groups")
    elif not all(held.startswith("4") for held in codes):
        raise Finding(
            "only one of two groups that refer to each other is created",
            "201 for both, or 409 for both",
            " ".join(codes),
        )


@requirement(
    "RFC7644-3.7.2-05",
    "RFC7644-3.7-23",
    level="lie",
    consequence="The last of several changes is lost, or an earlier one overwrites it.",
    fix="Keep the order of operations on one resource, and resolve bulkId: in paths as well.",
)
def test_bulk_keeps_the_order_on_one_resource(scim: Session) -> None:
    """A create followed by two PATCHes must leave the value of the last one; rejecting bulkId in a path is a warning."""
    scim.target.need("patch")
    other = scim.new_user()
    values = [scim.name(), scim.name()]
    patches = [
        {
            "method": "PATCH",
            "path": f"{scim.users}/bulkId:u",
            "data": {"schemas": [PATCH_URN], "Operations": [replaced(value, "externalId")]},
        }
        for value in values
    ]
    answer = bulk(
        scim, post(scim.users, "u", scim.user_body()), *patches, {"method": "DELETE", "path": scim.path_of(other)}
    )
    listed = results(answer)
    user = made(scim, by_bulk_id(answer)["u"])
    expect.status(scim.get(scim.path_of(other)), 404)
    refused = [code(item) for item in listed if code(item).startswith("4")]
    if len(refused) == len(patches):
        scim.warn("bulkId in a path is rejected", "200", refused[0])
        return
    expect.holds(user, externalId=values[-1])
