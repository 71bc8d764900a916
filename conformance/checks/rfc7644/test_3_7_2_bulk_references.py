"""RFC 7644 sections 3.7.1 and 3.7.2: bulkId: stands for the id of what another operation creates."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import PATCH_URN, Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.target.discovery import ENTERPRISE_URN
from conformance.topics.bulk_requests import Json, bulk, by_bulk_id, code, made, post, results
from conformance.topics.samples import ids, member, members, replaced

DANGLING = "The group holds a member that does not exist, or lacks the one that was meant."


@pytest.mark.parametrize("first", ["user", "group"])
@requirement(
    "RFC7644-3.7.2-02",
    "RFC7644-3.7.2-05",
    level="lie",
    consequence=DANGLING,
    fix="Create what is referred to first, and put its id in the place of bulkId:… everywhere.",
)
def test_bulk_references_work_in_either_direction(scim: Session, first: str) -> None:
    """A group whose member is created in the same request, before or after it, holds the member's real id."""
    operations = [
        post(scim.users, "u", scim.user_body()),
        post(scim.groups, "g", scim.group_body(members=[{"value": "bulkId:u"}])),
    ]
    listed = by_bulk_id(bulk(scim, *(operations if first == "user" else reversed(operations))))
    if first == "group" and code(listed["g"]).startswith("4"):  # refusing is honest: nothing wrong is stored
        scim.warn("a reference to a later operation is refused", "201", code(listed["g"]))
        return
    user, group = made(scim, listed["u"]), made(scim, listed["g"])
    expect.equal(members(group), [user["id"]], "members")
    expect.equal("bulkId:" in repr(group), False, "bulkId: in what is stored")


@requirement(
    "RFC7644-3.7.2-03",
    level="lie",
    consequence="Nobody has a manager, or everybody one that does not exist.",
    fix="Resolve bulkId: in every value of the data, extensions included.",
)
def test_bulk_references_work_in_extensions(scim: Session) -> None:
    """A user whose manager is created in the same request has the manager's real id."""
    scim.target.need_attribute(ENTERPRISE_URN, "manager")
    employee = scim.user_body(**{ENTERPRISE_URN: {"manager": {"value": "bulkId:boss"}}})
    listed = by_bulk_id(bulk(scim, post(scim.users, "boss", scim.user_body()), post(scim.users, "e", employee)))
    boss, shown = made(scim, listed["boss"]), made(scim, listed["e"])
    expect.equal(((shown.get(ENTERPRISE_URN) or {}).get("manager") or {}).get("value"), boss["id"], "manager.value")


@pytest.mark.parametrize("path", ["members", "none"])
@requirement(
    "RFC7644-3.7.2-02",
    level="lie",
    consequence="A joiner is not in the group that was meant, or the group lists a member that does not exist.",
    fix="Resolve bulkId: in every value of the data: in the operations of a PATCH, too, with and without path.",
)
def test_bulk_references_work_in_patch_values(scim: Session, path: str) -> None:
    """A PATCH that adds a user created in the same bulk request must store the user's id (RFC 7644 3.7.2)."""
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
        expect.equal("bulkId:" in repr(held), False, "bulkId: in what is stored")
        return
    expect.equal(user["id"] in held, True, "the new user among the members")
    expect.equal(len(held), 2, "the number of members")


@pytest.mark.parametrize("case", ["never there", "failed"])
@requirement(
    "RFC7644-3.7.2-04",
    level="lie",
    consequence=DANGLING,
    fix="Fail the operation, 400 or 409, when what it refers to is not made.",
)
def test_bulk_reference_to_nothing_fails(scim: Session, case: str) -> None:
    """A group whose member refers to an operation that there is not, or that failed, is not created with it."""
    bad = scim.user_body()
    del bad["userName"]
    operations: list[Json] = [post(scim.users, "u", bad)] if case == "failed" else []
    group = scim.group_body(members=[{"value": "bulkId:u"}])
    listed = by_bulk_id(bulk(scim, *operations, post(scim.groups, "g", group)))
    if code(listed["g"]) == "201":
        held = made(scim, listed["g"])
        raise Finding("a group with a reference to nothing is created", "400 or 409", repr(held.get("members"))[:160])
    expect.equal(code(listed["g"]) in ("400", "404", "409", "412"), True, f"a refusal ({code(listed['g'])})")


@requirement(
    "RFC7644-3.7.1-01",
    "RFC7644-3.7.1-02",
    level="lie",
    consequence=DANGLING,
    fix="Create both and add the members afterwards, or refuse both with 409.",
)
def test_bulk_resolves_circles_or_refuses_them(scim: Session) -> None:
    """Two groups that are members of each other are created so, or refused 409 (or as nested groups are)."""
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
        expect.equal([members(a), members(b)], [ids(b), ids(a)], "the members of both")
    elif not all(held.startswith("4") for held in codes):
        raise Finding("of a circle a half is created", "201 201, or 409 409", " ".join(codes))


@requirement(
    "RFC7644-3.7.2-05",
    "RFC7644-3.7-23",
    level="lie",
    consequence="The last change of a chain gets lost, or an earlier one wins.",
    fix="Keep the order of operations on one resource; resolve bulkId: in paths, too.",
)
def test_bulk_keeps_the_order_on_one_resource(scim: Session) -> None:
    """A create, two patches by path …/bulkId:u and a deletion of another one end as if sent one by one."""
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
        scim.warn("bulkId in a path is refused", "200", refused[0])
        return
    expect.holds(user, externalId=values[-1])
