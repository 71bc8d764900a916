"""RFC 7644 section 3.3: creations as providers send them: names, states, URNs, retries at the same time."""

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
    consequence="The provider finds another name than it sent, does not recognise its person and creates it again.",
    fix="Store userName as it is sent, and show the same field in every answer.",
)
def test_user_name_is_the_same_everywhere(scim: Session) -> None:
    """userName is the same in the answer to the create, in a GET and in a list, and as it was sent."""
    mail = [{"value": f"{scim.name()}@mail.example", "type": "work", "primary": True}]
    sent = f"Mixed.{scim.name()}@check.example"
    answer = expect.status(scim.post(scim.users, scim.user_body(userName=sent, emails=mail)), 201)
    shown = [answer["userName"], scim.read(expect.created(answer)).get("userName")]
    if scim.target.offers("filter"):
        shown += [item.get("userName") for item in expect.listing(scim.search(f'userName eq "{sent}"'))]
    expect.equal([str(name).lower() for name in shown], [sent.lower()] * len(shown), "userName")
    if set(shown) != {sent}:
        scim.warn("the case of userName was changed", sent, ", ".join(sorted(map(str, set(shown)))))


@requirement(
    "RFC7644-3.1-09",
    "RFC7643-4.1.1-15",
    level="lie",
    consequence="Google creates suspended people with active false: they get a live account.",
    fix="Honour active in a create.",
)
def test_user_can_be_created_inactive(scim: Session) -> None:
    """A create with active=false makes an inactive user."""
    answer = expect.status(scim.post(scim.users, scim.user_body(active=False)), 201)
    expect.equal(answer["active"], False, "active in the answer")
    expect.holds(scim.read(expect.created(answer)), active=False)


@requirement(
    "RFC7644-3.1-09",
    "RFC7643-4.1.1-15",
    level="lie",
    consequence="Okta sees an inactive person, switches it on again and again, and gives up.",
    fix="Show an invited person as active, and list it, whether the invitation is accepted or not.",
)
def test_new_user_is_active_and_found_at_once(scim: Session) -> None:
    """A create with active=true makes an active user that the next request finds."""
    user = scim.new_user(active=True)
    expect.equal(user.get("active"), True, "active in the answer")
    expect.holds(scim.read(user), active=True)
    if scim.target.offers("filter"):
        expect.found(scim.search(f'userName eq "{user["userName"]}"'), user)


@requirement(
    "RFC7644-3.1-10",
    consequence="OneLogin's default template sends URNs of SCIM 1: nobody of that provider is created.",
    fix="Ignore a schema that is not known, or refuse it 400 and name it.",
)
@pytest.mark.parametrize("case", ["one more", "none", "one of SCIM 1"])
def test_unknown_schemas_do_no_harm(scim: Session, case: str) -> None:
    """A create with a URN that the server lacks, or without any, is carried out or refused 400 in SCIM's form."""
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
    expect.equal(body["schemas"][0] in shown, True, "the URN of User in schemas")


@requirement(
    "RFC7643-3.1-15",
    "RFC7644-3.3-02",
    level="lie",
    consequence="Whoever sets externalId to 1 becomes the administrator whose number that is.",
    fix="externalId is a name of the client's: store it, and never look anything up by it.",
)
def test_external_id_is_no_key_to_somebody_else(scim: Session) -> None:
    """A create whose externalId is the id of another user makes a user of its own and leaves the other alone."""
    other = scim.read(scim.new_user())
    answer = scim.post(scim.users, scim.user_body(externalId=other["id"]))
    made = expect.created(answer)
    expect.equal(made["id"] != other["id"], True, "an account of its own")
    expect.unchanged(scim, other)


@requirement(
    "RFC7644-3.3-11",
    "RFC7643-4.1.1-02",
    level="lie",
    consequence="A provider's retries make two accounts for one person, or count a 500 towards quarantine.",
    fix="Let a unique index decide, and turn its error into 409 uniqueness.",
)
def test_creates_at_the_same_time_make_one(scim: Session) -> None:
    """Of several creates of the same user at once one is 201, the others are 409, and one user is there."""
    body = scim.user_body()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: scim.post(scim.users, body), range(AT_ONCE)))
    statuses = sorted(answer.status for answer in answers)
    if statuses != [201] + [409] * (AT_ONCE - 1):
        raise Finding(
            "creates at the same time do not end as one 201 and conflicts", "201 once, else 409", str(statuses)
        )
    if scim.target.offers("filter"):
        made = next(expect.created(answer) for answer in answers if answer.status == 201)
        expect.found(scim.search(f'userName eq "{body["userName"]}"'), made)


@requirement(
    "RFC7644-3.3-01",
    consequence="The create vanishes: the client follows to a GET and takes the list for its answer.",
    fix="Serve both forms, or redirect with 308.",
)
def test_trailing_slash_loses_no_create(scim: Session) -> None:
    """POST to /Users/ creates, or is refused; it is never answered like a GET."""
    answer = scim.post(f"{scim.users}/", scim.user_body())
    if answer.status in (301, 302, 303):
        scim.warn("a POST to the endpoint with a slash is redirected to a GET", "201, 404 or 308", str(answer.status))
    elif answer.status == 201:
        expect.unchanged(scim, expect.created(answer), apart_from=("meta", "groups"))
    elif answer.status < 300:
        raise Finding("the create was answered with success, and nothing was created", "201", str(answer.status))
