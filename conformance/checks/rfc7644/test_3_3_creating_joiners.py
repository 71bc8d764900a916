"""RFC 7644 section 3.3: creates as providers send them, with their names, states, schemas, and concurrent retries."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding

AT_ONCE = 6


@requirement(
    "RFC7644-3.3-08",
    "RFC7644-3.1-09",
    level="lie",
    consequence="The provider does not recognize the changed name and creates the user again.",
    fix="Store userName as it was sent, and return the same attribute in every response.",
)
def test_user_name_is_the_same_everywhere(scim: Session) -> None:
    """The response to POST, GET, and lists must return the userName that was sent; a different case is a warning."""
    mail = [{"value": f"{scim.name()}@mail.example", "type": "work", "primary": True}]
    sent = f"Mixed.{scim.name()}@check.example"
    answer = expect.status(scim.post(scim.users, scim.user_body(userName=sent, emails=mail)), 201)
    shown = [answer["userName"], scim.read(expect.created(answer)).get("userName")]
    if scim.target.offers("filter"):
        shown += [item.get("userName") for item in expect.listing(scim.search(f'userName eq "{sent}"'))]
    expect.equal([str(name).lower() for name in shown], [sent.lower()] * len(shown), "userName")
    if set(shown) != {sent}:
        scim.warn("the server changes the case of userName", sent, ", ".join(sorted(map(str, set(shown)))))


@requirement(
    "RFC7644-3.1-09",
    "RFC7643-4.1.1-15",
    level="lie",
    consequence="Google creates suspended users with active false: they get an active account.",
    fix="Respect active in POST.",
)
def test_user_can_be_created_inactive(scim: Session) -> None:
    """POST with active=false must create an inactive user."""
    answer = expect.status(scim.post(scim.users, scim.user_body(active=False)), 201)
    expect.equal(answer["active"], False, "active in the response")
    expect.holds(scim.read(expect.created(answer)), active=False)


@requirement(
    "RFC7644-3.1-09",
    "RFC7643-4.1.1-15",
    level="lie",
    consequence="Okta sees an inactive user, activates it again and again, and gives up.",
    fix="Return an invited user as active and list it, whether or not the invitation has been accepted.",
)
def test_new_user_is_active_and_found_at_once(scim: Session) -> None:
    """POST with active=true must create an active user that the next request finds."""
    user = scim.new_user(active=True)
    expect.equal(user.get("active"), True, "active in the response")
    expect.holds(scim.read(user), active=True)
    if scim.target.offers("filter"):
        expect.found(scim.search(f'userName eq "{user["userName"]}"'), user)


@requirement(
    "RFC7644-3.1-10",
    consequence="OneLogin's default template sends SCIM 1 URNs, so none of its users can be created.",
    fix="Ignore an unknown schema, or reject it with 400 and name it in detail.",
)
@pytest.mark.parametrize("case", ["one more", "none", "one of SCIM 1"])
def test_unknown_schemas_do_no_harm(scim: Session, case: str) -> None:
    """POST with an unknown schema URN or with empty schemas must succeed or be rejected with 400 and a SCIM error."""
    body = scim.user_body()
    schemas = {
        "one more": [*body["schemas"], "urn:scimulator:check:unknown"],
        "none": [],
        "one of SCIM 1": ["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"],
    }[case]
    answer = scim.post(scim.users, {**body, "schemas": schemas})
    if answer.status == 400:
        expect.scim_error(answer, 400)
        return
    shown = scim.read(expect.created(answer)).get("schemas") or []
    expect.equal(body["schemas"][0] in shown, True, "whether schemas contains the URN of User")


@requirement(
    "RFC7643-3.1-15",
    "RFC7644-3.3-02",
    level="lie",
    consequence="Anyone who sets externalId to 1 takes over the administrator with that id.",
    fix="Store externalId as an identifier of the client, and never use it to look up a resource by id.",
)
def test_external_id_is_no_key_to_somebody_else(scim: Session) -> None:
    """POST whose externalId is the id of another user must create a new user and leave the other one unchanged."""
    other = scim.read(scim.new_user())
    answer = scim.post(scim.users, scim.user_body(externalId=other["id"]))
    made = expect.created(answer)
    expect.equal(made["id"] != other["id"], True, "whether the new user has its own id")
    expect.unchanged(scim, other)


@requirement(
    "RFC7644-3.3-11",
    "RFC7643-4.1.1-02",
    level="lie",
    consequence="A provider's retries create two accounts for one user, or a 500 counts toward quarantine.",
    fix="Enforce uniqueness with a unique index, and turn its error into 409 uniqueness.",
)
def test_creates_at_the_same_time_make_one(scim: Session) -> None:
    """Of several concurrent POSTs of the same user, one must return 201 and the others 409, and one user must exist."""
    body = scim.user_body()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: scim.post(scim.users, body), range(AT_ONCE)))
    statuses = sorted(answer.status for answer in answers)
    if statuses != [201] + [409] * (AT_ONCE - 1):
        raise Finding(
            "concurrent creates of one user do not return exactly one 201",
            "one 201, and 409 for the others",
            str(statuses),
        )
    if scim.target.offers("filter"):
        made = next(expect.created(answer) for answer in answers if answer.status == 201)
        expect.found(scim.search(f'userName eq "{body["userName"]}"'), made)


@requirement(
    "RFC7644-3.3-01",
    consequence="The user is not created: the client follows the redirect with a GET and takes the list for the response.",
    fix="Serve both paths, or redirect with 308.",
)
def test_trailing_slash_loses_no_create(scim: Session) -> None:
    """POST to /Users/ must create the user or be rejected; a redirect to a GET is a warning."""
    answer = scim.post(f"{scim.users}/", scim.user_body())
    if answer.status in (301, 302, 303):
        scim.warn(
            "POST to the endpoint with a trailing slash is redirected to a GET", "201, 404, or 308", str(answer.status)
        )
    elif answer.status == 201:
        expect.unchanged(scim, expect.created(answer), apart_from=("meta", "groups"))
    elif answer.status < 300:
        raise Finding("the POST succeeded but created nothing", "201", str(answer.status))
