"""Known bugs of other servers around filters and pages: this one does not have them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.support import ENTERPRISE, Scim

bug = pytest.mark.bug


def found(scim: Scim, condition: str, endpoint: str = "/Users") -> list[str]:
    reply = scim.get(f"{endpoint}?filter={quote(condition, safe='')}")
    assert reply.status == 200, reply.body
    return [resource["id"] for resource in reply.json["Resources"]]


@bug("filter-username-case-sensitive", "filter-attribute-name-case-sensitive", "filter-extra-whitespace")
@pytest.mark.parametrize(
    "form", ['userName eq "{}"', 'username EQ "{}"', 'UserName Eq "{}"', 'userName  eq  "{}"', ' userName eq "{}"']
)
@pytest.mark.parametrize("spelling", [str, str.upper])
def test_names_match_in_any_case(scim: Scim, form: str, spelling: Any) -> None:
    user = scim.user()
    assert found(scim, form.format(spelling(user["userName"]))) == [user["id"]]


@bug(
    "filter-externalid-unsupported", "lookup-limited-to-first-thousand", "filter-matching-attribute-other-than-username"
)
def test_every_matching_attribute_is_found(scim: Scim) -> None:
    mail = [{"value": "match@example.com", "type": "work", "primary": True}]
    user = scim.user(
        externalId="AbC-9", title="Keeper of keys", emails=mail, **{ENTERPRISE: {"employeeNumber": "E-77"}}
    )
    for condition in (
        'externalId eq "AbC-9"',
        'title eq "keeper OF keys"',
        'emails.value eq "match@example.com"',
        'emails eq "MATCH@example.com"',
        f'{ENTERPRISE}:employeeNumber eq "E-77"',
    ):
        assert found(scim, condition) == [user["id"]], condition
    assert found(scim, 'externalId eq "abc-9"') == []
    scim.request("DELETE", f"/Users/{user['id']}")


@bug("filter-unparsed-returns-everything", "filter-value-unquoted-rejected")
@pytest.mark.parametrize(
    "condition",
    [
        "userName eq jyoung",
        "userName",
        "eq",
        'userName is "a"',
        'nothing eq "a"',
        'userName eq "a',
        "userName eq 'a'",
        "((",
        "userName eq",
    ],
)
def test_what_cannot_be_read_is_400_and_never_everyone(scim: Scim, condition: str) -> None:
    reply = scim.get(f"/Users?filter={quote(condition, safe='')}")
    assert (reply.status, reply.json["scimType"]) == (400, "invalidFilter")


@bug("filter-no-match-404", "empty-resources-null", "group-filter-ignored", "group-displayname-filter-missing")
@pytest.mark.parametrize(
    ("endpoint", "attribute"), [("/Users", "userName"), ("/Groups", "displayName"), ("/Groups", "externalId")]
)
def test_no_match_is_an_empty_list(scim: Scim, endpoint: str, attribute: str) -> None:
    reply = scim.get(f'{endpoint}?filter={attribute}+eq+"7f3c-nobody"')
    assert (reply.status, reply.json["totalResults"], reply.json["Resources"]) == (200, 0, [])
    group = scim.group()
    assert found(scim, f'displayName eq "{group["displayName"]}"', "/Groups") == [group["id"]]


@bug("filter-valuepath-unsupported", "filter-and-not-supported", "filter-active-disagrees-with-resource")
def test_value_paths_and_combinations(scim: Scim) -> None:
    boss = scim.user()
    mails = [{"value": "w@vp.example", "type": "work"}, {"value": "h@vp.example", "type": "home"}]
    user = scim.user(active=True, emails=mails, **{ENTERPRISE: {"manager": {"value": boss["id"]}}})
    for condition, hit in (
        ('emails[type eq "work"].value eq "w@vp.example"', True),
        ('emails[type eq "work" and value eq "w@vp.example"]', True),
        ('emails[type eq "home" and value eq "w@vp.example"]', False),
        ('emails.value eq "h@vp.example"', True),
        (f'id eq "{user["id"]}" and {ENTERPRISE}:manager eq "{boss["id"]}"', True),
        (f'active eq true and userName eq "{user["userName"]}"', True),
        (f'active eq false and userName eq "{user["userName"]}"', False),
        (f'active eq "True" and userName eq "{user["userName"]}"', True),
        (f'not (active eq true) or userName eq "{user["userName"]}" and title pr', None),
    ):
        if hit is not None:
            assert found(scim, condition) == ([user["id"]] if hit else []), condition
        else:
            assert user["id"] not in found(scim, condition)
    scim.patch(f"/Users/{user['id']}", {"op": "Replace", "path": "active", "value": "False"})
    assert found(scim, f'active eq false and id eq "{user["id"]}"') == [user["id"]]


@bug(
    "filter-escaped-quote-or-backslash",
    "filter-plus-sign-decoded-as-space",
    "filter-injection-into-store",
    "patch-colon-or-dot-in-filter-value",
)
@pytest.mark.parametrize(
    "name",
    [
        'This is "test"',
        "back\\slash",
        "o'brion",
        "a&b#c%d",
        "ann+test@x",
        "*",
        "%",
        "a' or '1'='1",
        "[x]",
        "a.b:c",
        "😀",
    ],
)
def test_odd_names_are_found_and_match_no_one_else(scim: Scim, name: str) -> None:
    group = scim.group(displayName=name)
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    assert found(scim, f'displayName eq "{escaped}"', "/Groups") == [group["id"]]
    scim.request("DELETE", f"/Groups/{group['id']}")
    assert found(scim, f'displayName eq "{escaped}"', "/Groups") == []


@bug("filter-matches-by-email-not-username")
def test_user_name_is_not_looked_for_in_emails(scim: Scim) -> None:
    scim.user(emails=[{"value": "only-mail@example.com", "type": "work"}])
    assert found(scim, 'userName eq "only-mail@example.com"') == []


@bug(
    "page-totalresults-is-page-size",
    "page-silently-capped",
    "page-startindex-zero-based",
    "page-order-unstable",
    "page-join-fanout-duplicates",
    "page-groups-not-paged",
    "page-itemsperpage-echoes-count",
)
@pytest.mark.parametrize("endpoint", ["/Users", "/Groups"])
def test_pages_tell_the_truth(monday: Scim, endpoint: str) -> None:
    people = [monday.user()["id"] for _ in range(7)]
    made = people if endpoint == "/Users" else [monday.group(*people)["id"] for _ in range(7)]
    walked = []
    for start in range(1, 8, 3):
        page = monday.get(f"{endpoint}?startIndex={start}&count=3").json
        assert (page["totalResults"], page["startIndex"]) == (7, start)
        assert page["itemsPerPage"] == len(page["Resources"])
        walked += [resource["id"] for resource in page["Resources"]]
    assert walked == made
    assert monday.get(f"{endpoint}?startIndex=0&count=1").json["Resources"][0]["id"] == made[0]
    assert monday.get(f"{endpoint}?count=500").json["itemsPerPage"] == 7


@bug("page-beyond-end-wrong", "page-count-zero-or-negative", "page-max-results-not-announced")
@pytest.mark.parametrize(
    ("query", "shown"),
    [("startIndex=99", 0), ("count=0", 0), ("count=-1", 0), ("startIndex=-5&count=1", 1), ("count=100000", 2)],
)
def test_odd_places_of_pages(monday: Scim, query: str, shown: int) -> None:
    monday.user(), monday.user()
    page = monday.get(f"/Users?{query}").json
    assert (page["totalResults"], len(page["Resources"])) == (2, shown)
    assert monday.get("/ServiceProviderConfig").json["filter"]["maxResults"] == 1000


@bug("page-count-zero-or-negative")
@pytest.mark.parametrize("query", ["count=abc", "startIndex=abc", "count=", "count=1.5"])
def test_nonsense_is_no_page(scim: Scim, query: str) -> None:
    reply = scim.get(f"/Users?{query}")
    assert (reply.status, reply.json["scimType"]) == (400, "invalidValue")


@bug("trailing-amp-or-question-mark")
def test_stray_separators_do_no_harm(scim: Scim) -> None:
    user = scim.user()
    assert scim.get(f"/Users?filter=userName+eq+%22{quote(user['userName'])}%22&").json["totalResults"] == 1
    assert scim.request("PUT", f"/Users/{user['id']}?", {**user, "title": "x"}).status == 200
