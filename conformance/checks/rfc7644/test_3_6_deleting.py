"""RFC 7644 section 3.6: deleting, and what is left afterwards."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, Verdict
from conformance.topics.samples import replaced

LEFT = "The leaver is still there, while the provider believes otherwise."


@for_each_resource_type
@requirement(
    "RFC7644-3.6-01",
    "RFC7644-3.6-06",
    level="lie",
    consequence=LEFT,
    fix="Delete, then answer 204; refuse with 403 or 409 what must not be deleted.",
)
def test_delete_answers_204(scim: Session, type_name: str) -> None:
    """A DELETE gives 204 without a body, and the resource is gone."""
    path = scim.path_of(scim.new(type_name))
    answer = expect.status(scim.delete(path), 204)
    expect.equal(answer.exchange.response_body, b"", "the body")
    expect.status(scim.get(path), 404)


@for_each_resource_type
@requirement(
    "RFC7644-3.6-03",
    level="lie",
    consequence=LEFT + " Or it meets an error that it repeats for ever.",
    fix="Look the resource up before anything else, for every method.",
)
def test_deleted_resource_is_gone_for_every_method(scim: Session, type_name: str) -> None:
    """GET, PUT, PATCH and DELETE of a deleted resource are 404."""
    path = scim.path_of(scim.new(type_name))
    expect.status(scim.delete(path), 204)
    answers = [scim.get(path), scim.put(path, scim.body(type_name)), scim.delete(path)]
    if scim.target.offers("patch"):
        answers.append(scim.patch(path, replaced(scim.name(), "externalId")))
    for answer in answers:
        expect.scim_error(answer, 404)


@pytest.mark.parametrize("attribute", ["userName", "id"])
@requirement("RFC7644-3.6-04", level="lie", consequence=LEFT, fix="Leave deleted resources out of every query.")
def test_deleted_resource_is_not_listed(scim: Session, attribute: str) -> None:
    """A deleted user is found by no filter, and counts in no total."""
    user = scim.new_user()
    expression = f'{attribute} eq "{user[attribute]}"'
    before = scim.search(expression)
    expect.found(expect.evaluated(before, f"a filter on {attribute}"), user)
    expect.status(scim.delete(scim.path_of(user)), 204)
    answer = scim.search(expression)
    expect.found(answer)
    expect.equal(answer["totalResults"], 0, "totalResults")


@pytest.mark.alone
@requirement("RFC7644-3.6-04", level="lie", consequence=LEFT, fix="Leave deleted resources out of lists and counts.")
def test_deleted_resource_leaves_the_list(scim: Session) -> None:
    """The list of all users counts one less after a DELETE, and the user is not on its page."""
    user = scim.new_user()
    before = expect.status(scim.get(scim.users), 200)["totalResults"]
    expect.status(scim.delete(scim.path_of(user)), 204)
    answer = scim.get(scim.users)
    if user["id"] in [item.get("id") for item in expect.listing(answer)]:
        raise Finding("a deleted user is on the list", "its absence", str(user["id"]))
    expect.equal(answer["totalResults"], before - 1, "totalResults")


@requirement(
    "RFC7644-3.6-05",
    consequence="Who comes back to the company can never be created again.",
    fix="Free the unique values of a deleted resource, also where the row stays.",
)
def test_deleted_user_name_is_free_again(scim: Session) -> None:
    """The same userName can be created after the deletion, under a new id."""
    user = scim.new_user()
    expect.status(scim.delete(scim.path_of(user)), 204)
    answer = scim.post(scim.users, scim.user_body(userName=user["userName"]))
    if answer.status == 409:
        scim.warn("the name of a deleted user is still taken", "201", "409")
        return
    expect.equal(expect.status(answer, 201)["id"] != user["id"], True, "a new id")


@for_each_resource_type
@requirement("RFC7644-3.6-07", consequence="A provider's clean-up stops at the first one that is gone already.")
def test_delete_of_an_unknown_id_is_404(scim: Session, type_name: str) -> None:
    """DELETE of what never was is 404."""
    expect.not_found(scim, scim.delete(f"{scim.target.need_type(type_name)}/{expect.UNKNOWN}"))


@requirement(
    "RFC7643-4.1.1-15",
    "RFC7644-3.6-01",
    level="lie",
    consequence="Who is switched off vanishes: the provider creates the person again, without its data.",
    fix="Keep inactive users readable and in lists; only DELETE removes.",
)
def test_inactive_user_is_no_deleted_one(scim: Session) -> None:
    """A user that is switched off is read and found, and the same user when it is switched on again."""
    body = scim.user_body(active=True)
    user = scim.read(expect.created(scim.post(scim.users, body)))
    body = {**user, **body}  # with what the server has assigned (RFC 7644 3.3)
    path = scim.path_of(user)
    expect.status(scim.put(path, {**body, "active": False}), 200)
    answer = scim.get(path)
    if answer.status == 404:
        raise Finding("a user that is switched off is gone", "200 with active: false", "404", Verdict.WARN)
    expect.holds(expect.status(answer, 200).json, active=False)
    if scim.target.offers("filter") and not expect.listing(scim.search(f'userName eq "{user["userName"]}"')):
        scim.warn("a user that is switched off is found by no filter", "the user", "nobody")
    expect.status(scim.put(path, body), 200)
    expect.unchanged(scim, user)
