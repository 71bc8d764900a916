"""RFC 7644 section 3.6: deleting resources."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, Verdict
from conformance.topics.samples import replaced

LEFT = "The leaver's account still exists although the provider believes that it was deleted."


@for_each_resource_type
@requirement(
    "RFC7644-3.6-01",
    "RFC7644-3.6-06",
    level="lie",
    consequence=LEFT,
    fix="Delete the resource and return 204, or return 403 or 409 if it must not be deleted.",
)
def test_delete_answers_204(scim: Session, type_name: str) -> None:
    """DELETE must return 204 without a body, and the resource must be gone."""
    path = scim.path_of(scim.new(type_name))
    answer = expect.status(scim.delete(path), 204)
    expect.equal(answer.exchange.response_body, b"", "the body of the 204")
    expect.status(scim.get(path), 404)


@for_each_resource_type
@requirement(
    "RFC7644-3.6-03",
    level="lie",
    consequence=LEFT + " Otherwise, the provider gets an error and retries forever.",
    fix="Check that the resource exists before anything else, for every HTTP method.",
)
def test_deleted_resource_is_gone_for_every_method(scim: Session, type_name: str) -> None:
    """GET, PUT, PATCH, and DELETE of a deleted resource must be rejected with 404."""
    path = scim.path_of(scim.new(type_name))
    expect.status(scim.delete(path), 204)
    answers = [scim.get(path), scim.put(path, scim.body(type_name)), scim.delete(path)]
    if scim.target.offers("patch"):
        answers.append(scim.patch(path, replaced(scim.name(), "externalId")))
    for answer in answers:
        expect.scim_error(answer, 404)


@pytest.mark.parametrize("attribute", ["userName", "id"])
@requirement("RFC7644-3.6-04", level="lie", consequence=LEFT, fix="Exclude deleted resources from every query.")
def test_deleted_resource_is_not_listed(scim: Session, attribute: str) -> None:
    """A deleted user must not match any filter or count in totalResults."""
    user = scim.new_user()
    expression = f'{attribute} eq "{user[attribute]}"'
    before = scim.search(expression)
    expect.found(expect.evaluated(before, f"a filter on {attribute}"), user)
    expect.status(scim.delete(scim.path_of(user)), 204)
    answer = scim.search(expression)
    expect.found(answer)
    expect.equal(answer["totalResults"], 0, "totalResults")


@pytest.mark.alone
@requirement("RFC7644-3.6-04", level="lie", consequence=LEFT, fix="Exclude deleted resources from lists and totals.")
def test_deleted_resource_leaves_the_list(scim: Session) -> None:
    """After DELETE, the list of all users must count one user less and must not contain the deleted user."""
    user = scim.new_user()
    before = expect.status(scim.get(scim.users), 200)["totalResults"]
    expect.status(scim.delete(scim.path_of(user)), 204)
    answer = scim.get(scim.users)
    if user["id"] in [item.get("id") for item in expect.listing(answer)]:
        raise Finding("a deleted user is in the list", "no user with this id", str(user["id"]))
    expect.equal(answer["totalResults"], before - 1, "totalResults")


@requirement(
    "RFC7644-3.6-05",
    consequence="Users who return to the company can never be created again.",
    fix="Release the unique values of a deleted resource, even if its row remains.",
)
def test_deleted_user_name_is_free_again(scim: Session) -> None:
    """The userName of a deleted user should be available for a new user (warning)."""
    user = scim.new_user()
    expect.status(scim.delete(scim.path_of(user)), 204)
    answer = scim.post(scim.users, scim.user_body(userName=user["userName"]))
    if answer.status == 409:
        scim.warn("the userName of a deleted user is still in use", "201", "409")
        return
    expect.equal(expect.status(answer, 201)["id"] != user["id"], True, "whether the new user has a new id")


@for_each_resource_type
@requirement("RFC7644-3.6-07", consequence="A provider's cleanup stops at the first resource that is already gone.")
def test_delete_of_an_unknown_id_is_404(scim: Session, type_name: str) -> None:
    """DELETE of an unknown id must be rejected with 404; a different 4xx is a warning."""
    expect.not_found(scim, scim.delete(f"{scim.target.need_type(type_name)}/{expect.UNKNOWN}"))


@requirement(
    "RFC7643-4.1.1-15",
    "RFC7644-3.6-01",
    level="lie",
    consequence="A deactivated user disappears, and the provider creates the user again without its data.",
    fix="Keep inactive users readable and in lists, and remove users only for DELETE.",
)
def test_inactive_user_is_no_deleted_one(scim: Session) -> None:
    """A deactivated user must stay readable and unchanged after reactivation; if it is missing, that is a warning."""
    body = scim.user_body(active=True)
    user = scim.read(expect.created(scim.post(scim.users, body)))
    body = {**user, **body}  # includes the attributes that the server assigned (RFC 7644 section 3.3)
    path = scim.path_of(user)
    expect.status(scim.put(path, {**body, "active": False}), 200)
    answer = scim.get(path)
    if answer.status == 404:  # the RFC does not define what deactivating a user does
        raise Finding("a deactivated user is gone", "200 with active: false", "404", Verdict.WARN)
    expect.holds(expect.status(answer, 200).json, active=False)
    if scim.target.offers("filter") and not expect.listing(scim.search(f'userName eq "{user["userName"]}"')):
        scim.warn("filters do not find a deactivated user", "the user", "no user")
    expect.status(scim.put(path, body), 200)
    expect.unchanged(scim, user)
