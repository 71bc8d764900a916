"""RFC 7643 section 2.3: the JSON representation of data types: strings, booleans, integers, and dates."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.model.definitions import Definition, type_of
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import USER_URN
from conformance.topics.discovery_documents import CONFIG, definitions
from conformance.topics.round_trips import full_body, representations, shown_values, tolerated
from conformance.topics.samples import addresses

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "decimal": (int, float),
    "integer": (int,),
    "datetime": (str,),
    "binary": (str,),
    "reference": (str,),
    "complex": (dict,),
}
MOMENT = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
NUMBERS = ["bulk.maxOperations", "bulk.maxPayloadSize", "filter.maxResults"]
TEXTS = {
    "accents": "Łucja Ñandú Öztürk",
    "CJK": "和也 井上",
    "emoji": "Zoë 👩\u200d💻",
    "combining mark": "Jose\u0301",
    "marks": 'O\'Brien "Ann" \\ /',
}


@requirement(
    "RFC7643-2.3-01", level="cosmetic", consequence="Clients that are generated from the schemas do not know the type."
)
def test_extensions_bring_no_types_of_their_own(scim: Session) -> None:
    """The type of each attribute should be one of the eight data types of RFC 7643 (warning)."""
    own = [f"{d.path}: {d.definition.get('type')}" for d in definitions(scim) if type_of(d.definition) not in TYPES]
    expect.equal(own, [], "types that RFC 7643 does not define")


@requirement(
    "RFC7643-2.3-02",
    level="lie",
    consequence="Clients with typed models cannot read the resource, so provisioning stops.",
)
@for_each_resource_type
def test_values_have_the_json_type_of_their_schema(scim: Session, type_name: str) -> None:
    """Each value in responses to POST, GET, PUT, PATCH, and in lists must have the JSON type that its schema declares."""
    if type_name is None:
        raise NotOffered("a resource type")
    for method, resource in representations(scim, type_name, full_body(scim, type_name)):
        for path, definition, value in shown_values(scim, type_name, resource):
            if not _fits(definition, value):
                wanted = ("a list of " if definition.get("multiValued") else "") + str(definition.get("type"))
                raise Finding(
                    f"{path} has the wrong JSON type in the response to {method}", wanted, json_of(value)[:160]
                )
        if not isinstance(resource.get("id"), str):
            raise Finding(f"id is not a string in the response to {method}", "a string", json_of(resource.get("id")))


@requirement("RFC7643-2.3.1-01", level="lie")
@pytest.mark.parametrize("text", list(TEXTS.values()), ids=list(TEXTS))
def test_strings_of_any_script_come_back_as_sent(scim: Session, text: str) -> None:
    """Unicode strings must be returned unchanged; another Unicode normalization form is a warning."""
    # Not in displayName, which a server may generate itself.
    user = scim.new_user(name={"givenName": "Check", "familyName": text})
    got = (scim.read(user).get("name") or {}).get("familyName")
    if isinstance(got, str) and got != text and unicodedata.normalize("NFC", got) == unicodedata.normalize("NFC", text):
        scim.warn("the server returns a string in another Unicode normalization form", ascii(text), ascii(got))
        return
    expect.equal(got, text, "familyName")


@requirement(
    "RFC7643-2.3.2-01",
    level="lie",
    consequence="The provider sees a difference in every cycle and sends the value again.",
)
@pytest.mark.parametrize("active", [True, False], ids=["true", "false"])
def test_booleans_are_json_literals(scim: Session, active: bool) -> None:
    """active and emails.primary must be JSON booleans in every response."""
    body = scim.user_body(active=active, emails=[addresses(scim)[0]])
    for method, user in representations(scim, "User", body):
        expect.equal(user.get("active"), active, f"active in the response to {method}")
        for email in user.get("emails") or ():
            if not isinstance(email.get("primary", True), bool):
                raise Finding(
                    f"primary is not a boolean in the response to {method}", "true", json_of(email["primary"])
                )


@requirement(
    "RFC7643-2.3.2-01",
    "RFC7643-2.3-02",
    level="lie",
    consequence='Entra sends active as the string "False" unless the feature flag aadOptscim062020 is set.',
)
@pytest.mark.parametrize("text", ["True", "False"])
def test_booleans_as_text_never_come_back_as_text(scim: Session, text: str) -> None:
    """A boolean sent as a string must be rejected, or be stored and returned as a boolean."""
    user = tolerated(scim, "invalidValue", "invalidSyntax", active=text)
    if user is None:
        scim.note("the server rejects booleans that are sent as strings")
    elif user.get("active") is not None:
        expect.equal(user["active"], text == "True", "active")


@requirement(
    "RFC7643-2.3.4-01", level="cosmetic", consequence="Clients with typed models reject 100.0 where they expect 100."
)
@pytest.mark.parametrize("place", ["configuration", "list"])
def test_integers_have_neither_fraction_nor_exponent(scim: Session, place: str) -> None:
    """Integers in ServiceProviderConfig and lists must not have a fraction or an exponent."""
    answer = scim.get(CONFIG) if place == "configuration" else scim.get(scim.users, count=1)
    if answer.status != 200 or not isinstance(answer.json, dict):
        raise NotOffered(place)
    document: Any = json.loads(answer.exchange.response_body, parse_float=lambda digits: digits)
    for name in NUMBERS if place == "configuration" else ["totalResults", "startIndex", "itemsPerPage"]:
        value = document
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise Finding(f"{name} is not written as an integer", "only digits", json_of(value))


@requirement("RFC7643-2.3.5-01", "RFC7643-3.1-19", level="cosmetic", consequence="Clients fail to parse the resource.")
@for_each_resource_type
def test_moments_have_date_and_time(scim: Session, type_name: str) -> None:
    """Every dateTime value must be an xsd:dateTime with date and time; a missing time zone offset is a warning."""
    if type_name is None:
        raise NotOffered("a resource type")
    resource = scim.read(scim.new(type_name, **full_body(scim, type_name)))
    meta = resource.get("meta") or {}
    texts = {name: meta[name] for name in ("created", "lastModified") if name in meta}
    told = shown_values(scim, type_name, resource)
    for path, definition, value in told:
        if type_of(definition) == "datetime":
            listed = value if definition.get("multiValued") and isinstance(value, list) else [value]
            texts |= {f"{path}[{place}]" if place else path: one for place, one in enumerate(listed)}
    for path, text in texts.items():
        if not isinstance(text, str) or not MOMENT.fullmatch(text):
            raise Finding(f"{path} is not an xsd:dateTime", "like 2026-01-31T12:00:00Z", json_of(text))
        if expect.moment(text, path).tzinfo is None:
            scim.warn(f"{path} has no time zone offset", "like 2026-01-31T12:00:00Z", text)


@requirement("RFC7643-2.3.5-02", level="cosmetic")
def test_moments_have_no_case(scim: Session) -> None:
    """A filter with `t` and `z` in a dateTime in lower case must find the same resources or be rejected with a SCIM error."""
    user = scim.new_user()
    own = f'userName eq "{user["userName"]}" and meta.created'
    answer = scim.search(f'{own} gt "2001-01-01T00:00:00Z"')
    if answer.status != 200:
        raise NotOffered("a filter on meta.created")
    expect.found(answer, user)
    expect.chosen(scim, scim.search(f'{own} gt "2001-01-01t00:00:00z"'), user, optional=True)


@requirement("RFC7643-2.3.8-01", level="lie")
def test_order_of_keys_means_nothing(scim: Session) -> None:
    """The order of the members in a JSON body must not matter."""
    body = scim.user_body(displayName=scim.name())
    reversed_ = {name: _reversed(value) for name, value in reversed(body.items())}
    read = scim.read(expect.status(scim.post(scim.users, reversed_), 201).json)
    expect.holds(read, userName=body["userName"])
    for part, value in (body.get("name") or {}).items():
        expect.equal((read.get("name") or {}).get(part), value, f"name.{part}")


@requirement("RFC7643-2.3.8-02", level="cosmetic")
def test_complex_attributes_of_resources_do_not_nest(scim: Session) -> None:
    """Sub-attributes must not be complex or have subAttributes."""
    if USER_URN not in scim.target.schemas:
        raise NotOffered(USER_URN)
    parts = [part for name in scim.target.type_names() for part in scim.target.attributes(name) if part.parent]
    deep = [str(part) for part in parts if part.type == "complex" or part.definition.get("subAttributes")]
    expect.equal(deep, [], "complex sub-attributes")


def _fits(definition: Definition, value: Any) -> bool:
    if definition.get("multiValued"):
        return isinstance(value, list) and all(_fits({**definition, "multiValued": False}, item) for item in value)
    kind = type_of(definition)
    if kind not in TYPES:
        return True
    return isinstance(value, TYPES[kind]) and isinstance(value, bool) is (kind == "boolean")


def _reversed(value: Any) -> Any:
    return dict(reversed(value.items())) if isinstance(value, dict) else value
