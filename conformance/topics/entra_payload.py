"""The default attributes of Microsoft's validators, as target paths with values, as far as the target has them (VAL)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.check_api import expect
from conformance.check_api.session import Session
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
    """Values made of a word for every default attribute that the target's schemas have."""
    found: dict[str, Any] = {}
    for path in _TEXTS:
        if _has(scim, path):
            found[path] = _VALUES.get(path, "{word} " + parse_path(path).name).format(word=word)
    return found


def full_user(scim: Session) -> dict[str, Any]:
    """userName, externalId, active and all default attributes."""
    name = scim.name()
    return {"userName": f"{name}@check.example", "externalId": name, "active": True, **attributes(scim, name)}


def send(scim: Session, request: Request) -> Answer:
    """Exactly this request; what it creates is removed afterwards."""
    headers = None if request.body is None else {"Content-Type": CONTENT_TYPE}
    answer = scim.client.send(request.method, request.path, request.body, headers=headers)
    scim.remember(answer)
    return answer


def of_a_taken_name(answer: Answer, with_a_new_name: Callable[[], Answer]) -> Answer:
    """The answer to a create with a taken userName; NotOffered where the target rejects the body under any name."""
    if answer.status == 400 and with_a_new_name().status == 400:
        raise NotOffered("the body of this create, whatever its userName")
    return answer


def create(scim: Session, values: dict[str, Any]) -> dict[str, Any]:
    """POST a user of target paths; the resource of the 201."""
    answer = expect.status(send(scim, requests.create_user(values)), 201)
    if not isinstance(answer.json, dict) or not isinstance(answer.json.get("id"), str):
        raise Finding("the 201 holds no resource with an id", "the new user", str(answer.json)[:200])
    return Fields(answer.json)


def patched(answer: Answer) -> None:
    """Entra takes 200 and 204 (SCIM tutorial)."""
    expect.status(answer, 200, 204)


def shows(resource: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Every value, compared as the validator does: texts without case."""
    for path, value in wanted.items():
        held = value_at(resource, path)
        same = isinstance(held, str) and isinstance(value, str) and held.casefold() == value.casefold()
        if not same and held != value:
            raise Finding(f"{path} is not what was sent", repr(value), repr(held))


def changes(values: dict[str, Any], *, exist: bool) -> list[AttributeChange]:
    return [AttributeChange(path, value, exist) for path, value in values.items()]


def default_mapping(name: str) -> dict[str, Any]:
    """What Entra's default mapping sends for one user, whatever the target's schemas have."""
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
    """The paths whose values a resource does not show, with what it shows; strings are compared without regard to case."""
    held = {path: value_at(read, path) for path in sent}
    return {path: held[path] for path, value in sent.items() if _folded(held[path]) != _folded(value)}


def publishes(scim: Session, path: str) -> bool:
    """Whether the target's schemas have the attribute; externalId belongs to every resource."""
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
