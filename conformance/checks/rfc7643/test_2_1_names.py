"""RFC 7643 sections 2, 2.1, and 2.2: documents, attribute names, and the defaults of characteristics."""

from __future__ import annotations

import json
import re

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import USER_URN, Attribute
from conformance.topics.discovery_documents import CONFIG, SCHEMAS, TYPES, definitions, objects
from conformance.topics.one_attribute import COMMON, fitting, holds, shown, with_value
from conformance.topics.round_trips import created
from conformance.topics.samples import replaced

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_$-]*")
CHARACTERISTICS = ("mutability", "returned", "required")


@requirement(
    "RFC7643-2-01",
    level="lie",
    consequence="A client that sends back what it read changes the id or the groups of a user.",
)
def test_each_attribute_of_a_put_is_judged_by_its_schema(scim: Session) -> None:
    """PUT with a new name, another id, and meta must change the name and ignore id and meta; rejecting it is a warning."""
    user = scim.new_user()
    body = {**scim.user_body(), "userName": user["userName"], "id": "scimulator-check", "meta": {"resourceType": "No"}}
    answer = scim.put(scim.path_of(user), body)
    if answer.status == 400:
        expect.keyword(scim, answer, 400, "mutability")
        scim.warn("the server rejects a PUT with another id", "200, ignoring the id", "400 mutability")
        return
    expect.status(answer, 200)
    read = scim.read(user)
    expect.holds(read, id=user["id"], userName=user["userName"])
    expect.resource_type(read, "User")
    sent = json.loads(answer.exchange.request_body or b"{}")  # with the stored name where it is immutable
    expect.equal((read.get("name") or {}).get("familyName"), sent.get("name", {}).get("familyName"), "familyName")


@requirement("RFC7643-2.1-01")
def test_attribute_names_of_a_body_are_case_insensitive(scim: Session) -> None:
    """Attribute names in a body must be case-insensitive; rejecting another case with 400 produces a note."""
    body = {**scim.user_body(), "TITLE": "Engineer"}
    scim.target.need_attribute(USER_URN, "title")
    answer = scim.post(scim.users, body)
    if answer.status == 400:
        scim.note("the server treats attribute names in bodies as case-sensitive and rejects others with 400")
        return
    if scim.read(created(expect.status(answer, 201))).get("title") != "Engineer":
        scim.warn(
            "the server silently drops an attribute whose name is in another case",
            "the value stored, or 400",
            "201, no title",
        )


@requirement("RFC7643-2.1-02", consequence="A client cannot parse the response and repeats the request.")
def test_every_answer_is_one_json_object(scim: Session) -> None:
    """Every response body must be one JSON object: discovery, list, POST, GET, PUT, and PATCH."""
    body = scim.user_body()
    answers = [scim.get(CONFIG), scim.get(TYPES), scim.get(SCHEMAS), scim.get(scim.users, count=1)]
    answers.append(scim.post(scim.users, body))
    path = scim.path_of(created(answers[-1]))
    answers += [scim.get(path), scim.put(path, body)]
    if scim.target.offers("patch"):
        answers.append(scim.patch(path, replaced("Changed")))
    for answer in answers:
        if 200 <= answer.status < 300 and answer.status != 204 and not _is_object(answer.exchange.response_body):
            told = f"{answer.exchange.method} {answer.exchange.url}"
            held = answer.exchange.response_body[:80].decode("utf-8", "replace")
            raise Finding("the response is not a JSON object", "one object", f"{told}: {held}")


@requirement("RFC7643-2.1-03", "RFC7643-3-01", "RFC7643-3-02")
@pytest.mark.parametrize("place", ["User", "Group", CONFIG, TYPES, SCHEMAS])
def test_every_resource_names_its_schemas(scim: Session, place: str) -> None:
    """Every resource and discovery document must have schemas, a non-empty list of strings."""
    if place.startswith("/"):
        answer = scim.get(place)
        shown = objects(answer["Resources"]) or objects([answer.json])
        if answer.status != 200 or not shown:
            raise NotOffered(place)
    else:
        shown = [scim.read(scim.new(place))]
    for document in shown:
        urns = document.get("schemas")
        if not isinstance(urns, list) or not urns or not all(isinstance(urn, str) for urn in urns):
            raise Finding(f"{document.get('id') or place}: schemas is not a list of URIs", "[urn:…]", json_of(urns))


@requirement("RFC7643-2.1-04", level="cosmetic", consequence="The attribute cannot be used in filters and PATCH paths.")
def test_attribute_names_have_the_form_of_names(scim: Session) -> None:
    """Attribute names must begin with a letter and contain only letters, digits, hyphens, underscores, and dollar signs."""
    for declared in definitions(scim):
        name = str(declared.definition.get("name"))
        if not NAME.fullmatch(name) and name != "$ref":
            raise Finding(f"{declared.path} is not a valid attribute name", NAME.pattern, name)


@requirement("RFC7643-2.1-05", level="cosmetic")
def test_case_of_a_urn_breaks_nothing(scim: Session) -> None:
    """A schema URN in upper case must identify the same schema, or be rejected with a SCIM error."""
    answer = scim.get(f"{SCHEMAS}/{USER_URN.upper()}")
    if expect.status(answer, 200, 404, 400).status == 200:
        expect.equal(str(answer["id"]).lower(), USER_URN.lower(), "id of the schema")
    if scim.target.offers("filter"):
        user = scim.new_user()
        usual = scim.search(f'{USER_URN}:userName eq "{user["userName"]}"')
        if usual.status != 200 or not usual["Resources"]:
            raise NotOffered("names with their URN in filters")
        expect.chosen(scim, scim.search(f'{USER_URN.upper()}:userName eq "{user["userName"]}"'), user, optional=True)


@requirement("RFC7643-2.2-01", level="lie")
@for_each_resource_type
def test_missing_characteristics_have_the_defaults(scim: Session, type_name: str) -> None:
    """An attribute without declared mutability, returned, or required must be readWrite, returned by default, and optional."""
    if type_name is None:
        raise NotOffered("a resource type")
    silent = [attribute for attribute in scim.target.attributes(type_name) if _leaves_something_out(attribute)]
    values = {str(attribute): fitting(scim, attribute) for attribute in silent}
    body = scim.body(type_name)
    for attribute in silent:
        body = with_value(body, attribute, values[str(attribute)])
    resource = created(expect.status(scim.post(scim.target.need_type(type_name), body), 201))
    for attribute in silent:
        holds(attribute, values[str(attribute)], shown(scim, attribute, resource), "POST")


def _leaves_something_out(attribute: Attribute) -> bool:
    """Whether a simple attribute omits a characteristic and has the defaults for all others."""
    plain = attribute.parent is None and attribute.type in ("string", "boolean", "integer") and attribute.is_core
    default = (attribute.mutability, attribute.returned, attribute.required) == ("readWrite", "default", False)
    silent = any(name not in attribute.definition for name in CHARACTERISTICS)
    return plain and default and silent and not attribute.multi_valued and attribute.name not in COMMON


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except ValueError:
        return False
