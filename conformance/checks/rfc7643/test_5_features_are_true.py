"""RFC 7643 section 5: each feature that ServiceProviderConfig declares as supported works."""

from __future__ import annotations

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import USER_URN

ADVICE = "Implement the feature, or set supported to false in ServiceProviderConfig."


@requirement(
    "RFC7643-5-05", consequence="Entra sends every change as PATCH, so no change reaches the application.", fix=ADVICE
)
def test_promised_patch_is_there(scim: Session) -> None:
    """If patch.supported is true, PATCH must work."""
    if not scim.target.offers("patch"):
        raise NotOffered("patch")
    scim.target.need_attribute(USER_URN, "displayName")
    user = scim.new_user()
    expect.written(scim.patch(scim.path_of(user), {"op": "replace", "path": "displayName", "value": "Promised"}))
    expect.holds(scim.read(user), displayName="Promised")


@requirement("RFC7643-5-09", consequence="A provider that looks up users by a filter finds none.", fix=ADVICE)
def test_promised_filter_is_there(scim: Session) -> None:
    """If filter.supported is true, a filter with `eq` on userName must find the user."""
    if not scim.target.offers("filter"):
        raise NotOffered("filter")
    user, _ = scim.new_user(), scim.new_user()
    expect.found(scim.search(f'userName eq "{user["userName"]}"'), user)


@requirement("RFC7643-5-12", level="lie", fix=ADVICE)
def test_promised_sort_is_there(scim: Session) -> None:
    """If sort.supported is true, sortBy must sort users in both directions."""
    scim.target.need("sort")
    one, other = scim.new_user(), scim.new_user()
    both = f'userName eq "{one["userName"]}" or userName eq "{other["userName"]}"'
    expect.evaluated(scim.search(both), "a filter with or")
    up = [item["id"] for item in expect.listing(scim.search(both, sortBy="userName"))]
    down = [item["id"] for item in expect.listing(scim.search(both, sortBy="userName", sortOrder="descending"))]
    expect.equal(
        [up, down], [[one["id"], other["id"]], [other["id"], one["id"]]], "order of the users, ascending and descending"
    )


@requirement("RFC7643-5-13", fix=ADVICE)
def test_promised_etag_is_there(scim: Session) -> None:
    """If etag.supported is true, GET of a resource must return an ETag."""
    scim.target.need("etag")
    answer = expect.status(scim.get(scim.path_of(scim.new_user())), 200)
    expect.present(bool(answer.headers.get("etag")), "the ETag header")


@requirement(
    "RFC7643-5-11",
    consequence="The server rejects requests in which the provider sets a password, with all other changes in them.",
    fix=ADVICE,
)
def test_promised_password_change_is_there(scim: Session) -> None:
    """If changePassword.supported is true, PATCH of password must be accepted."""
    scim.target.need("changePassword")
    scim.target.need_attribute(USER_URN, "password")
    user = scim.new_user()
    change = {"op": "replace", "path": "password", "value": "Zz9!Birch-Vd3kRn59XqTc81Gw"}
    expect.written(scim.patch(scim.path_of(user), change))


@requirement(
    "RFC7643-5-10",
    level="cosmetic",
    consequence="A client that relies on maxResults gets more resources than it can process.",
)
def test_no_page_is_larger_than_the_announced_maximum(scim: Session) -> None:
    """A request with count above filter.maxResults must return at most maxResults resources."""
    held = scim.target.config.get("filter")
    most = held.get("maxResults") if isinstance(held, dict) else None
    if not scim.target.offers("filter") or not isinstance(most, int) or most < 1:
        raise NotOffered("filter.maxResults")
    scim.new_user(), scim.new_user()
    found = expect.listing(scim.get(scim.users, count=most + 1, attributes="userName"))
    if len(found) > most:
        raise Finding("a page has more resources than filter.maxResults", f"at most {most}", str(len(found)))
