"""RFC 7644 section 3.6: deleting."""

from __future__ import annotations

from conformance import expect
from conformance.requirements import requirement
from conformance.session import Session


@requirement("RFC7644-3.6-01", "RFC7644-3.6-06")
def test_delete_answers_204(scim: Session) -> None:
    """A DELETE gives 204 without a body."""
    answer = expect.status(scim.delete(scim.path_of(scim.new_user())), 204)
    expect.equal(answer.exchange.response_body, b"", "the body")


@requirement("RFC7644-3.6-03", level="lie")
def test_deleted_resource_is_gone_for_every_method(scim: Session) -> None:
    """GET, PUT, PATCH and DELETE of a deleted user are 404."""
    user = scim.new_user()
    path = scim.path_of(user)
    expect.status(scim.delete(path), 204)
    expect.scim_error(scim.get(path), 404)
    expect.scim_error(scim.put(path, scim.user_body()), 404)
    expect.scim_error(scim.patch(path, {"op": "replace", "path": "active", "value": True}), 404)
    expect.scim_error(scim.delete(path), 404)


@requirement("RFC7644-3.6-04", level="lie")
def test_deleted_resource_is_not_listed(scim: Session) -> None:
    """A deleted user is found by no filter."""
    user = scim.new_user()
    expect.status(scim.delete(scim.path_of(user)), 204)
    expect.found(scim.search(f'userName eq "{user["userName"]}"'))


@requirement("RFC7644-3.6-05")
def test_deleted_user_name_is_free_again(scim: Session) -> None:
    """The same userName can be created after the deletion, under a new id."""
    user = scim.new_user()
    expect.status(scim.delete(scim.path_of(user)), 204)
    answer = scim.post(scim.users, scim.user_body(userName=user["userName"]))
    if answer.status == 409:
        scim.warn("the name of a deleted user is still taken", "201", "409")
        return
    expect.equal(expect.status(answer, 201)["id"] != user["id"], True, "a new id")


@requirement("RFC7644-3.6-07")
def test_delete_of_an_unknown_id_is_404(scim: Session) -> None:
    """DELETE of what never was is 404."""
    expect.scim_error(scim.delete(f"{scim.users}/{expect.UNKNOWN}"), 404)
