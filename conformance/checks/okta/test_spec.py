"""What Okta's SCIM spec test requires besides the user lifecycle: complete users in lists, and fast lists."""

from __future__ import annotations

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, Verdict
from conformance.target.discovery import USER_URN
from conformance.topics.samples import mails

MOST_MS = 600  # Okta's limit for GET /Groups
TRIES = 3  # the machine may be busy for a moment


@requirement(
    "RFC7644-3.4.2-12", consequence="Okta's test of the integration fails, and Okta does not list the application."
)
def test_listed_people_show_their_profile(scim: Session) -> None:
    """A user in a list must have `id`, `userName`, `active`, the parts of the name, and the e-mail address."""
    for path in ("emails.type", "name.givenName", "name.familyName", "active"):
        scim.target.need_attribute(USER_URN, path)
    mail = f"{scim.name()}@check.example"
    user = scim.new_user(
        userName=mail,
        active=True,
        name={"givenName": "Olga", "familyName": "Okta"},
        emails=[{"value": mail, "type": "work", "primary": True}],
    )
    listed = expect.listing(scim.search(f'userName eq "{mail}"', startIndex=1, count=1))
    shown = listed[0] if listed else {}
    expect.holds(shown, id=user["id"], userName=mail, active=True)
    name = shown.get("name") or {}
    expect.equal((name.get("givenName"), name.get("familyName")), ("Olga", "Okta"), "name")
    expect.equal(mails(shown), {"work": mail}, "emails")


@requirement(
    "RFC7644-3.4.2-04", consequence="Okta's test of the integration fails because the response takes too long."
)
def test_groups_are_listed_in_time(scim: Session) -> None:
    """GET /Groups should return within 600 ms in at least one of three attempts (warning)."""
    durations = []
    for _ in range(TRIES):
        answer = scim.get(scim.groups, startIndex=1, count=100)
        expect.listing(answer)
        durations.append(answer.exchange.duration_ms)
        if durations[-1] <= MOST_MS:
            return
    fastest = f"{min(durations):.0f} ms"
    raise Finding("the server takes too long to list groups", f"at most {MOST_MS} ms", fastest, Verdict.WARN)
