"""RFC 7643 section 2: attribute names, types, unassigned values, multi-valued attributes."""

from __future__ import annotations

from conformance import expect
from conformance.requirements import requirement
from conformance.session import Session
from conformance.target import USER_URN
from conformance.verdict import Finding


@requirement("RFC7643-2.1-01", level="lie")
def test_attribute_names_of_a_body_are_case_insensitive(scim: Session) -> None:
    """A body key in another case is honoured or refused, not silently lost."""
    scim.target.need_attribute(USER_URN, "title")
    body = scim.user_body(TITLE="Engineer")
    answer = scim.post(scim.users, body)
    if answer.status == 400:
        return
    expect.status(answer, 201)
    if scim.read(answer.json).get("title") != "Engineer":
        scim.warn("a key in another case is accepted and its value lost", "honoured, or 400", "201 without the value")


@requirement("RFC7643-2.3.1-01", level="lie")
def test_strings_of_any_script_come_back_as_sent(scim: Session) -> None:
    """Unicode strings survive unchanged."""
    names = ["Łucja Wójcik", "Ñandú Öztürk", "和也 井上", "Ζωή", 'O\'Brien "Ann" \\ /']
    for name in names:
        user = scim.new_user(displayName=name)
        expect.holds(scim.read(user), displayName=name)


@requirement(
    "RFC7643-2.3.2-01", level="lie", consequence="Entra and Okta read a text as another type and fail the user."
)
def test_booleans_are_json_booleans(scim: Session) -> None:
    """active is true or false, never a text."""
    user = scim.new_user(active=True)
    expect.equal(scim.read(user).get("active"), True, "active")


@requirement("RFC7643-2.4-01")
def test_multi_valued_attributes_are_arrays(scim: Session) -> None:
    """emails come back as an array of objects."""
    scim.target.need_attribute(USER_URN, "emails")
    user = scim.new_user(emails=[{"value": "one@check.example", "type": "work"}])
    emails = scim.read(user).get("emails")
    if not isinstance(emails, list) or not emails or emails[0].get("value", "").lower() != "one@check.example":
        raise Finding("emails are no array of objects", '[{"value": "one@check.example", …}]', repr(emails))


@requirement("RFC7643-2.4-03", level="lie")
def test_at_most_one_value_is_primary(scim: Session) -> None:
    """Two primary values are refused, or one of them is not primary."""
    scim.target.need_attribute(USER_URN, "emails")
    body = scim.user_body(
        emails=[
            {"value": "one@check.example", "type": "work", "primary": True},
            {"value": "two@check.example", "type": "home", "primary": True},
        ]
    )
    answer = scim.post(scim.users, body)
    if answer.status == 400:
        return
    expect.status(answer, 201)
    emails = scim.read(answer.json).get("emails") or []
    primaries = sum(1 for email in emails if email.get("primary") is True)
    if primaries > 1:
        raise Finding("more than one e-mail is primary", "at most one", f"{primaries}")


@requirement("RFC7643-2.5-01", "RFC7643-2.5-02", level="lie")
def test_null_and_empty_array_mean_no_value(scim: Session) -> None:
    """null and [] in a create leave the attribute unassigned."""
    user = scim.new_user(nickName=None, phoneNumbers=[])
    expect.lacks(scim.read(user), "nickName", "phoneNumbers")


@requirement("RFC7643-2.5-02", level="lie")
def test_put_with_null_unassigns(scim: Session) -> None:
    """A PUT that sends null takes the value away."""
    scim.target.need_attribute(USER_URN, "nickName")
    user = scim.new_user(nickName="Nick")
    body = {**{k: v for k, v in user.items() if k not in ("meta", "id")}, "nickName": None}
    expect.status(scim.put(scim.path_of(user), body), 200)
    expect.lacks(scim.read(user), "nickName")
