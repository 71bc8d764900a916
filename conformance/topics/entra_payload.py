"""Values for the attributes in Entra's default mapping and in Microsoft's SCIM Validator, by target path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.client import Answer
from conformance.target.discovery import ENTERPRISE_URN, USER_URN
from conformance.target.fields import Fields
from conformance.topics.entra_replay import CONTENT_TYPE
from simulator.entra import requests
from simulator.mapping.attribute_mapping import AttributeChange
from simulator.mapping.target_path import parse_path, value_at
from simulator.provisioning.request import Request

_ADDRESS = 'addresses[type eq "work"]'
_TEXTS = [
    *("displayName", "nickName", "title", "userType", "preferredLanguage", "locale", "timezone"),
    *("name.givenName", "name.familyName", "name.formatted", "name.middleName"),
    *("name.honorificPrefix", "name.honorificSuffix"),
    *(f"{_ADDRESS}.{part}" for part in ("formatted", "streetAddress", "locality", "region", "postalCode", "country")),
    *(f'phoneNumbers[type eq "{kind}"].value' for kind in ("work", "mobile", "fax", "other", "home", "pager")),
    'emails[type eq "work"].value',
    *(f'roles[primary eq "True"].{part}' for part in ("display", "value", "type")),
    *(
        f"{ENTERPRISE_URN}:{name}"
        for name in ("employeeNumber", "department", "costCenter", "organization", "division")
    ),
]
_VALUES = {
    "preferredLanguage": "nb-NO",
    "locale": "nb-NO",
    "timezone": "Europe/Oslo",
    f"{_ADDRESS}.country": "NO",
    'emails[type eq "work"].value': "{word}@check.example",
}


def attributes(scim: Session, word: str) -> dict[str, Any]:
    """A value that contains `word` for every default attribute that the target's schemas have."""
    found: dict[str, Any] = {}
    for path in _TEXTS:
        if _has(scim, path):
            found[path] = _VALUES.get(path, "{word} " + parse_path(path).name).format(word=word)
    return found


def full_user(scim: Session) -> dict[str, Any]:
    """userName, externalId, active, and all default attributes that the target has."""
    name = scim.name()
    return {"userName": f"{name}@check.example", "externalId": name, "active": True, **attributes(scim, name)}


def send(scim: Session, request: Request) -> Answer:
    """Send exactly this request; a resource that it creates is deleted after the check."""
    headers = None if request.body is None else {"Content-Type": CONTENT_TYPE}
    answer = scim.client.send(request.method, request.path, request.body, headers=headers)
    scim.remember(answer)
    return answer


def of_a_taken_name(answer: Answer, with_a_new_name: Callable[[], Answer]) -> Answer:
    """The response to a POST with a taken userName; raises NotOffered if the target rejects the body with any userName."""
    if answer.status == 400 and with_a_new_name().status == 400:
        raise NotOffered("the body of this POST, which the server rejects with any userName")
    return answer


def create(scim: Session, values: dict[str, Any]) -> dict[str, Any]:
    """POST a user with these values by target path; returns the new resource."""
    answer = expect.status(send(scim, requests.create_user(values)), 201)
    if not isinstance(answer.json, dict) or not isinstance(answer.json.get("id"), str):
        raise Finding("the 201 has no resource with an id", "the new user", str(answer.json)[:200])
    return Fields(answer.json)


def patched(answer: Answer) -> None:
    """The PATCH must have got 200 or 204, which Entra accepts."""
    expect.status(answer, 200, 204)


def shows(resource: dict[str, Any], wanted: dict[str, Any]) -> None:
    """The resource must show every value; strings are compared case-insensitively, as in Microsoft's SCIM Validator."""
    for path, value in wanted.items():
        held = value_at(resource, path)
        same = isinstance(held, str) and isinstance(value, str) and held.casefold() == value.casefold()
        if not same and held != value:
            raise Finding(f"{path} differs from the sent value", json_of(value), json_of(held))


def changes(values: dict[str, Any], *, exist: bool) -> list[AttributeChange]:
    return [AttributeChange(path, value, exist) for path, value in values.items()]


def default_mapping(name: str) -> dict[str, Any]:
    """The values that Entra's default mapping sends for one user, regardless of the target's schemas."""
    address = {
        "formatted": "3.14",
        "streetAddress": "Długa 1",
        "locality": "Kraków",
        "region": "MA",
        "postalCode": "01-234",
    }
    return {
        "userName": f"{name}@check.example",
        "active": True,
        "displayName": "Łucja Wójcik",
        "title": "Engineer",
        'emails[type eq "work"].value': f"{name}@check.example",
        "preferredLanguage": "pl-PL",
        "name.givenName": "Łucja",
        "name.familyName": "Wójcik",
        "name.formatted": "Łucja Wójcik",
        **{f"{_ADDRESS}.{part}": value for part, value in address.items()},
        f"{_ADDRESS}.country": "PL",
        'phoneNumbers[type eq "work"].value': "+48 12 200 1",
        'phoneNumbers[type eq "mobile"].value': "+48 600 200 3",
        'phoneNumbers[type eq "fax"].value': "+48 12 200 2",
        "externalId": f"lucja.{name}",
        f"{ENTERPRISE_URN}:employeeNumber": "00042",
        f"{ENTERPRISE_URN}:department": "Sales",
    }


def lost_attributes(sent: dict[str, Any], read: dict[str, Any]) -> dict[str, Any]:
    """The paths whose values differ in the resource, with the values there; strings are compared case-insensitively."""
    held = {path: value_at(read, path) for path in sent}
    return {path: held[path] for path, value in sent.items() if _folded(held[path]) != _folded(value)}


def publishes(scim: Session, path: str) -> bool:
    """Whether the target's schemas have the attribute; externalId is part of every resource."""
    return path == "externalId" or _has(scim, path)


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _has(scim: Session, text: str) -> bool:
    path = parse_path(text)
    name = path.name if path.sub is None else f"{path.name}.{path.sub}"
    try:
        definition = scim.target.need_attribute(path.schema or USER_URN, name)
        if path.key == "type":
            kinds = scim.target.need_attribute(USER_URN, f"{path.name}.type").get("canonicalValues")
            return not kinds or path.value in kinds
    except NotOffered:
        return False
    return definition.get("mutability") != "readOnly"
