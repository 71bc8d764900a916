"""RFC 7644 section 3.9: the attributes in the representation of a single resource."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import ENTERPRISE_URN, USER_URN
from conformance.topics.cohorts import full_resource, user_with_password
from conformance.topics.samples import addresses

HIDDEN = {"displayName": "Hidden", "title": "Chief"}


def shown(scim: Session, user: dict[str, Any], **parameters: str) -> dict[str, Any]:
    """GET the user with these parameters; raises Finding unless the response is 200 with the right id."""
    body = expect.status(scim.get(scim.path_of(user), **parameters), 200).json
    if not isinstance(body, dict) or body.get("id") != user["id"]:
        raise Finding("the response does not have the user's id", user["id"], json_of(body)[:160])
    return body


def only(scim: Session, body: dict[str, Any], *names: str) -> None:
    """Verify that no other attribute is returned. The RFC's examples differ on schemas, and meta is only a note."""
    always = {a.name for a in scim.target.attributes("User") if not a.parent and a.returned == "always"}
    expect.equal(sorted(set(body) - {"schemas", "id", "meta", *names} - always), [], "attributes not requested")
    if "meta" in body and "meta" not in names:
        scim.note("meta is returned although it was not requested")


@for_each_resource_type
@requirement(
    "RFC7644-3.9-01",
    "RFC7643-7-29",
    level="lie",
    consequence="A provider sends attributes that it does not see again in every cycle.",
    fix="By default, return every attribute that is declared with returned always or default.",
)
def test_plain_get_shows_the_default_set(scim: Session, type_name: str) -> None:
    """GET must return id, schemas, and every default attribute that it also returns when it is requested."""
    made = full_resource(scim, type_name)
    whole = scim.read(made)
    for name in ("id", "schemas"):
        if not whole.get(name):
            raise Finding(f"{name} is missing", "a value", json_of(whole.get(name)))
    default = [a for a in scim.target.attributes(type_name) if not a.parent and a.returned in ("always", "default")]
    if not default:
        return
    answer = scim.get(scim.path_of(made), attributes=",".join(a.path for a in default))
    answered = answer.json if answer.status == 200 and isinstance(answer.json, dict) else {}
    answered = scim.plain({**answered, "schemas": whole["schemas"]})
    asked = {a.path for a in default if a.value_in(answered) not in (None, [], {})}
    plain = {a.path for a in default if a.value_in(whole) not in (None, [], {})}
    expect.equal(sorted(asked - plain), [], "attributes that a plain GET omits")
    lost = [
        a.path for a in default if a.mutability == "readWrite" and a.value_in(scim.plain(made)) and a.path not in plain
    ]
    expect.equal(lost, [], "attributes that were created but are not returned")


@requirement(
    "RFC7644-3.9-04",
    "RFC7644-3.4.2.5-01",
    "RFC7643-7-26",
    level="cosmetic",
    consequence="Responses are larger than requested, or users have no id.",
    fix="Return the attributes that are always returned and those that the parameter attributes names.",
)
def test_attributes_chooses_what_is_shown(scim: Session) -> None:
    """attributes=userName,emails.value must return only these and id; other sub-attributes of emails are a warning."""
    work, home, _ = addresses(scim)
    scim.target.need_attribute(USER_URN, "emails.type")
    user = scim.new_user(**HIDDEN, emails=[work, home])
    body = shown(scim, user, attributes="userName,emails.value")
    only(scim, body, "userName", "emails")
    expect.holds(body, userName=scim.read(user)["userName"])
    if len(body.get("emails") or []) != 2 or not all(item.get("value") for item in body["emails"]):
        raise Finding("emails.value is not returned", "two values", json_of(body.get("emails")))
    if any(set(item) > {"value"} for item in body["emails"]):
        scim.warn("all sub-attributes of emails are returned", "only value", json_of(body["emails"][0]))


@pytest.mark.parametrize("separator", [",", ", "], ids=["comma", "comma-space"])
@requirement(
    "RFC7644-3.9-05",
    level="cosmetic",
    consequence="Only the first of several attribute names is used, and the client treats the others as unset.",
    fix="Split the parameter at commas, and remove spaces.",
)
def test_attributes_are_a_comma_separated_list(scim: Session, separator: str) -> None:
    """attributes must support several names, separated by commas with or without a space."""
    scim.target.need_attribute(USER_URN, "name.familyName")
    user = scim.new_user(**HIDDEN)
    body = shown(scim, user, attributes=f"userName{separator}name.familyName")
    only(scim, body, "userName", "name")
    whole = scim.read(user)
    expect.holds(body, userName=whole["userName"])
    expect.equal(
        (body.get("name") or {}).get("familyName"), (whole.get("name") or {}).get("familyName"), "name.familyName"
    )


@requirement(
    "RFC7644-3.9-06",
    "RFC7644-3.4.2.5-05",
    "RFC7644-3.4.2.5-06",
    level="cosmetic",
    consequence="Responses are larger than requested, or users have no id.",
    fix="Return the default attributes except those in excludedAttributes, and always return id.",
)
def test_excluded_attributes_are_left_out(scim: Session) -> None:
    """excludedAttributes=emails,name.givenName,id must remove the first two and keep id and the others."""
    work, _, _ = addresses(scim)
    scim.target.need_attribute(USER_URN, "name.givenName")
    scim.target.need_attribute(USER_URN, "name.familyName")
    user = scim.new_user(**HIDDEN, emails=[work])
    body = shown(scim, user, excludedAttributes="emails,name.givenName,id")
    expect.lacks(body, "emails")
    expect.lacks(body.get("name") or {}, "givenName")
    whole = scim.read(user)
    expect.holds(body, userName=whole["userName"], title="Chief")
    expect.equal(
        (body.get("name") or {}).get("familyName"), (whole.get("name") or {}).get("familyName"), "name.familyName"
    )


@pytest.mark.parametrize("attribute", ["displayName", "title", "userType"])
@requirement(
    "RFC7644-3.4.2.5-01",
    level="cosmetic",
    consequence="One of the two parameters is ignored, which goes unnoticed until the responses get large.",
    fix="Support both parameters.",
)
def test_each_parameter_changes_the_representation(scim: Session, attribute: str) -> None:
    """attributes must return only the named attribute, and excludedAttributes must remove only the named one."""
    user = scim.new_user(**{attribute: "Asked", "name": {"givenName": "A", "familyName": "B"}})
    if scim.read(user).get(attribute) is None:
        raise NotOffered(attribute)
    with_it, without = shown(scim, user, attributes=attribute), shown(scim, user, excludedAttributes=attribute)
    only(scim, with_it, attribute)
    expect.equal(
        (attribute in with_it, attribute in without),
        (True, False),
        f"{attribute} with attributes and with excludedAttributes",
    )
    expect.equal("userName" in without, True, "whether userName still has a value")


@requirement(
    "RFC7644-3.9-03",
    level="cosmetic",
    consequence="A meaningless request causes a 500, and providers retry a 500 again and again.",
    fix="Reject both parameters together with 400, or apply one of them.",
)
def test_both_parameters_do_no_harm(scim: Session) -> None:
    """A request with both attributes and excludedAttributes must be rejected with 400 or apply one of them."""
    user = scim.new_user(**HIDDEN)
    answer = scim.get(scim.path_of(user), attributes="userName", excludedAttributes="title")
    if answer.status == 400:
        return
    expect.status(answer, 200)
    expect.holds(answer.json, id=user["id"])
    expect.lacks(answer.json, "title")


@pytest.mark.parametrize(
    "names", ["scimulatorUnknown", "userName,scimulatorUnknown", "scimulator.unknown"], ids=["alone", "second", "path"]
)
@requirement(
    "RFC7644-3.9-07",
    level="refusal",
    consequence="A client that requests an attribute of a newer version gets nothing at all.",
    fix="Return those of the requested attributes that are known.",
)
def test_unknown_names_in_attributes_do_no_harm(scim: Session, names: str) -> None:
    """Unknown names in attributes must be ignored; rejecting them is a warning."""
    user = scim.new_user(**HIDDEN)
    answer = scim.get(scim.path_of(user), attributes=names)
    if answer.status == 400:
        scim.warn(
            "an unknown name in attributes is rejected", "200 with the attributes that are always returned", "400"
        )
        return
    body = expect.status(answer, 200).json
    expect.holds(body, id=user["id"], **({"userName": user["userName"]} if "userName" in names else {}))
    only(scim, body, *(["userName"] if "userName" in names else []))


@pytest.mark.parametrize("asked", [f"{ENTERPRISE_URN}:department", ENTERPRISE_URN], ids=["attribute", "extension"])
@requirement(
    "RFC7644-3.9-08",
    level="cosmetic",
    consequence="Clients that request department get everything or nothing.",
    fix=(
        "Treat a name that begins with a known URN as an attribute of that extension, and a URN alone as all of them."
    ),
)
def test_extension_attributes_are_asked_for_by_urn(scim: Session, asked: str) -> None:
    """attributes with URN:department must return only this attribute of the extension, and the URN alone all of them."""
    scim.target.need_attribute(ENTERPRISE_URN, "department")
    scim.target.need_attribute(ENTERPRISE_URN, "costCenter")
    extension = {"department": "Shown", "costCenter": "4711"}
    user = scim.new_user(**HIDDEN, **{ENTERPRISE_URN: extension})
    body = shown(scim, user, attributes=asked)
    only(scim, body, ENTERPRISE_URN)
    expected = extension if asked == ENTERPRISE_URN else {"department": "Shown"}
    expect.equal(body.get(ENTERPRISE_URN), expected, "the extension")


@requirement(
    "RFC7643-7-27",
    level="lie",
    consequence="Passwords appear in the logs of the provider.",
    fix="Never return attributes with returned: never, even if attributes names them.",
)
def test_password_cannot_be_asked_for(scim: Session) -> None:
    """attributes=password must not return the password, neither in a resource nor in a list."""
    secret = "Zz-scimulator-9-Lp6sWj72CbMz94Fh"
    user = user_with_password(scim, secret)
    answers = [scim.get(scim.path_of(user), attributes=name) for name in ("password", f"{USER_URN}:password")]
    answers.append(scim.get(scim.users, attributes="password", filter=f'userName eq "{user["userName"]}"'))
    for answer in answers:
        if secret.encode() in answer.exchange.response_body or b'"password"' in answer.exchange.response_body:
            raise Finding("the password is returned", "never", answer.exchange.url)


@pytest.mark.parametrize("method", ["POST", "PUT"])
@requirement(
    "RFC7644-3.9-02",
    level="cosmetic",
    consequence="The response to a write is as large as the whole resource.",
    fix="Apply both parameters to every response that contains a resource.",
)
def test_answers_to_writes_are_projected(scim: Session, method: str) -> None:
    """POST and PUT with attributes=userName should return only userName and id (warning)."""
    user = scim.read(scim.new_user(**HIDDEN))
    body = scim.user_body(**{**HIDDEN, "userName": user["userName"]})
    if method == "POST":
        answer = expect.status(scim.post(f"{scim.users}?attributes=userName", scim.user_body(**HIDDEN)), 201)
    else:
        answer = expect.status(scim.put(f"{scim.path_of(user)}?attributes=userName", body), 200)
    if answer["title"] is not None:
        scim.warn(f"the response to {method} ignores attributes", "id and userName", "also title")
    expect.equal(isinstance(answer["id"], str), True, "whether the response contains id")
