"""RFC 7643 section 9.2: the server treats values that look like code or commands as plain values."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.topics.round_trips import kept_or_refused

INJECTION = "Anyone who can write a name can read or delete the whole directory."
HOSTILE = {
    "SQL": "' OR '1'='1",
    "SQL comment": 'x"; DROP TABLE users;--',
    "LDAP": "*)(uid=*",
    "wildcard": "%",
    "backslash": "\\",
    "template": "{{7*7}}${7*7}",
    "markup": "<script>alert(1)</script>",
    "NUL": "nul\x00name",
}
HOSTILE_CASES = pytest.mark.parametrize("text", list(HOSTILE.values()), ids=list(HOSTILE))


@requirement(
    "RFC7643-9.2-02",
    level="lie",
    consequence=INJECTION,
    fix="Pass values to the database as parameters; never build commands from them.",
)
@HOSTILE_CASES
def test_hostile_name_is_a_name_or_refused(scim: Session, text: str) -> None:
    """A userName with quotes, commands, or wildcards should be stored unchanged or rejected, without side effects (warning)."""
    other = scim.new_user()
    name = f"{scim.name()}{text}"
    user = kept_or_refused(scim, scim.post(scim.users, scim.user_body(userName=name)))
    if user is not None:
        expect.equal(str(user.get("userName")).lower(), name.lower(), "userName")
    expect.unchanged(scim, other)


@requirement(
    "RFC7643-9.2-02",
    level="lie",
    consequence=INJECTION,
    fix="Pass the value to the database as a parameter; never insert it into a query.",
)
@HOSTILE_CASES
def test_hostile_filter_value_finds_nobody(scim: Session, text: str) -> None:
    """A filter value with quotes, commands, or wildcards should match no user or be rejected with a SCIM error (warning)."""
    user = scim.new_user()
    answer = scim.search(f"userName eq {json.dumps(user['userName'] + text)}")
    if 400 <= answer.status < 500:
        expect.refused(answer)
    elif expect.listing(answer):
        raise Finding("a filter returns users that do not match it", "no users", json_of(answer["totalResults"]))
    expect.unchanged(scim, user)


@requirement("RFC7643-9.2-02", level="lie", consequence=INJECTION)
@HOSTILE_CASES
def test_hostile_id_leads_nowhere(scim: Session, text: str) -> None:
    """GET by an id with quotes, commands, or wildcards should return 404, 400, or 403 (warning)."""
    user = scim.new_user()
    answer = scim.get(f"{scim.users}/{quote(user['id'] + text, safe='')}")
    expect.status(answer, 404, 400, 403)
    expect.unchanged(scim, user)
