"""RFC 7644 section 3.4.2: the format of a list."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, Verdict
from conformance.target.discovery import ENTERPRISE_URN, USER_URN
from conformance.topics.cohorts import cohort, full_resource, holds_items_per_page, page
from conformance.topics.samples import member

TYPES = pytest.mark.parametrize("type_name", ["User", "Group"])


@pytest.mark.parametrize("place", ["users", "groups", "schemas", "resource-types"])
@requirement(
    "RFC7644-3.4.2-04",
    "RFC7644-3.4.2-05",
    "RFC7644-3.4.2-07",
    level="refusal",
    consequence="Providers read Resources and totalResults and cannot parse a bare array or any other format.",
    fix="Return every list as a ListResponse, including the lists of the discovery endpoints.",
)
def test_list_is_a_list_response(scim: Session, place: str) -> None:
    """A list must have exactly the ListResponse schema, an integer totalResults, and Resources."""
    if place in ("users", "groups"):
        answer = page(scim, cohort(scim, 1, "User" if place == "users" else "Group"))
    else:
        answer = scim.get({"schemas": "/Schemas", "resource-types": "/ResourceTypes"}[place])
    resources = expect.listing(answer)
    expect.equal(answer["schemas"], [expect.LIST_URN], "schemas")
    if not resources or answer["totalResults"] < len(resources):
        raise Finding(
            "totalResults is less than the number of Resources, or the list is empty",
            "at least one resource",
            f"{answer['totalResults']}",
        )


@TYPES
@requirement(
    "RFC7644-3.4.2-06",
    "RFC7644-3.4.2-08",
    level="lie",
    consequence="Okta and SailPoint stop importing after the first page and treat all other users as deleted.",
    fix="Count all matches before selecting the page.",
)
def test_total_counts_all_matches_not_the_page(scim: Session, type_name: str) -> None:
    """With count=1, totalResults must still count all three matches, and Resources must contain at most one."""
    answer = page(scim, cohort(scim, 3, type_name), count=1)
    expect.equal(answer["totalResults"], 3, "totalResults")
    if len(answer["Resources"]) > 1:
        raise Finding("the page has more resources than count", "at most 1", str(len(answer["Resources"])))


@TYPES
@requirement(
    "RFC7644-3.4.2-09",
    "RFC7644-3.4.2-10",
    level="refusal",
    consequence="Without startIndex and itemsPerPage, an importer stops or skips users.",
    fix="Return startIndex, and return the number of resources on the page as itemsPerPage.",
)
def test_part_of_a_result_tells_its_place(scim: Session, type_name: str) -> None:
    """A page must have startIndex, and itemsPerPage must be the number of resources on it."""
    three = cohort(scim, 3, type_name)
    for start, count in ((1, 1), (3, 2)):
        answer = page(scim, three, startIndex=start, count=count)
        expect.equal(answer["startIndex"], start, "startIndex")
        holds_items_per_page(scim, answer, count)


@pytest.mark.parametrize("place", ["list", "resource"])
@requirement(
    "RFC7644-3.4.2-03",
    level="refusal",
    consequence="Entra appends its own flag to URLs: it cannot read any users from a server that rejects the flag.",
    fix="Ignore query parameters that the server does not support.",
)
def test_unknown_parameters_of_a_query_are_ignored(scim: Session, place: str) -> None:
    """An unknown query parameter should be ignored (warning)."""
    one = cohort(scim, 1)
    if place == "list":
        expect.found(page(scim, one, unknownParam="x"), *one.resources)
        return
    shown = expect.status(scim.get(scim.path_of(one.resources[0]), unknownParam="x"), 200).json
    expect.equal(shown, scim.read(one.resources[0]), "the resource")


@TYPES
@requirement(
    "RFC7644-3.4.2-11",
    "RFC7644-3.4.2.2-03",
    level="refusal",
    consequence="Entra tests a connection with a filter that matches no user: after a 404 or null the setup fails.",
    fix="Return 200 with totalResults 0 and Resources [].",
)
def test_no_match_is_an_empty_list(scim: Session, type_name: str) -> None:
    """A filter without a match must return 200 and totalResults 0; rejecting a filter is a warning."""
    naming = {"User": "userName", "Group": "displayName"}[type_name]
    answer = scim.search(f'{naming} eq "{expect.UNKNOWN}"', scim.target.need_type(type_name))
    expect.chosen(scim, answer)
    if answer.status == 200:
        expect.equal(answer["totalResults"], 0, "totalResults")


@pytest.mark.parametrize("kind", ["user", "full-user", "extended-user", "group"])
@requirement(
    "RFC7644-3.4.2-12",
    level="lie",
    consequence="A provider that imports lists works with other data than one that reads each user.",
    fix="Serialize the resources of a list with the same code as a single resource.",
)
def test_list_element_is_the_resource(scim: Session, kind: str) -> None:
    """A resource in a list must equal the resource that GET returns."""
    if kind == "group":
        made = scim.new_group(members=[member(scim.new_user()), member(scim.new_user())])
    elif kind == "extended-user":
        scim.target.need_attribute(ENTERPRISE_URN, "department")
        made = scim.new_user(**{ENTERPRISE_URN: {"department": "Element"}})
    else:
        made = full_resource(scim, "User") if kind == "full-user" else scim.new_user()
    endpoint, naming = (scim.groups, "displayName") if kind == "group" else (scim.users, "userName")
    answer = scim.search(f'{naming} eq "{made[naming]}"', endpoint)
    expect.found(expect.evaluated(answer, f"a filter on {naming}"), made)
    shown, element = scim.read(made), expect.listing(answer)[0]
    for name in sorted({*shown, *element}):
        expect.equal(_in_any_order(element.get(name)), _in_any_order(shown.get(name)), f"{name} in the list")


@requirement(
    "RFC7644-3.4.2-12",
    "RFC7643-2.3-02",
    level="lie",
    consequence="JumpCloud and Java clients reject a list in which an id is a number or a name is null.",
    fix=(
        "Serialize by the schema: ids as strings, booleans as booleans, multi-valued attributes as arrays; "
        "omit unset values."
    ),
)
def test_list_elements_have_the_types_of_their_schema(scim: Session) -> None:
    """In a list, ids must be strings, and every value must have the JSON type that the schema declares."""
    made = full_resource(scim, "User")
    element = expect.listing(scim.search(f'userName eq "{made["userName"]}"'))[0]
    if not isinstance(element.get("id"), str):
        raise Finding("id is not a string", '"…"', json_of(element.get("id")))
    for name in sorted(name for name, value in element.items() if value is None):
        scim.note(f"{name} is null; attributes without a value are better omitted")
    for attribute in scim.target.attributes("User"):
        if attribute.parent is None and (value := attribute.value_in(element)) is not None:
            _fits(attribute.path, attribute.type, attribute.multi_valued, value)


@requirement(
    "RFC7644-3.4.2-12",
    "RFC7643-3-08",
    level="lie",
    consequence="Clients ignore data whose URN is missing in schemas, so department and manager are sent again forever.",
    fix="Add the URN of each extension that has data to schemas.",
)
def test_list_elements_announce_their_extensions(scim: Session) -> None:
    """In a list, extension data must be under the URN of the extension, and schemas must contain the URN."""
    scim.target.need_attribute(ENTERPRISE_URN, "department")
    made = scim.new_user(**{ENTERPRISE_URN: {"department": "Element"}})
    element = expect.listing(scim.search(f'userName eq "{made["userName"]}"'))[0]
    expect.equal((element.get(ENTERPRISE_URN) or {}).get("department"), "Element", "department under its URN")
    missing = [key for key in element if key.startswith("urn:") and key not in element.get("schemas", ())]
    expect.equal(missing, [], "extensions that are missing in schemas")
    expect.equal(USER_URN in element.get("schemas", ()), True, "whether schemas contains the URN of User")


@requirement(
    "RFC7644-3.4.2-12",
    "RFC7643-2.3.5-01",
    level="lie",
    consequence="Java clients fail during setup if a time has no offset or a nonstandard format.",
    fix="Return created and lastModified as xsd:dateTime with an offset.",
)
def test_list_elements_have_readable_times(scim: Session) -> None:
    """In a list, meta.created and meta.lastModified must be valid times; no offset is a warning."""
    made = scim.new_user()
    meta = expect.listing(scim.search(f'userName eq "{made["userName"]}"'))[0].get("meta") or {}
    for name in ("created", "lastModified"):
        if name in meta and expect.moment(meta[name], f"meta.{name}").tzinfo is None:
            raise Finding(f"meta.{name} has no time zone offset", "…Z or …+02:00", json_of(meta[name]), Verdict.WARN)


@requirement(
    "RFC7644-3.4.2-06",
    "RFC7644-3.4.2-12",
    level="lie",
    consequence="A user who is listed once per group is counted, edited, and deleted several times.",
    fix="Select the users first and join groups and addresses afterwards, or select distinct ids.",
)
def test_each_match_is_listed_once(scim: Session) -> None:
    """A user with two addresses and two groups must be listed and counted once."""
    mark = scim.name()
    addresses = [{"value": f"{kind}.{mark}@check.example", "type": kind} for kind in ("work", "home")]
    user = scim.new_user(emails=addresses)
    for _ in range(2):
        scim.new_group(members=[member(user)])
    answer = scim.search(f'userName eq "{user["userName"]}"')
    expect.found(answer, user)
    expect.equal(answer["totalResults"], 1, "totalResults")


def _in_any_order(value: object) -> object:
    """The order of a multi-valued attribute has no meaning (RFC 7643 section 2.4)."""
    return sorted(map(repr, value)) if isinstance(value, list) else value


def _fits(path: str, kind: str, multi_valued: bool, value: object) -> None:
    """Verify the JSON type of a value, or of each element of a list, against the schema."""
    if isinstance(value, list) is not multi_valued:
        raise Finding(
            f"{path} is {'not a list' if multi_valued else 'a list'}",
            "the type that /Schemas declares",
            json_of(value)[:200],
        )
    wanted: tuple[type, ...] = {"boolean": (bool,), "integer": (int,), "decimal": (int, float), "complex": (dict,)}.get(
        kind, (str,)
    )
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, wanted) or isinstance(item, bool) is not (kind == "boolean"):
            raise Finding(f"{path} does not have the JSON type {kind}", kind, json_of(item)[:200])
