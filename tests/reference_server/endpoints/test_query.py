"""Lists and searches: pages, sorting, projection, several resource types (RFC 7644 sections 3.4.2 and 3.4.3)."""

from __future__ import annotations

from urllib.parse import quote

from tests.support import USER, Scim

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


def test_lists_page_sort_and_project(scim: Scim) -> None:
    mark = scim.user()["id"]
    made = [scim.user(displayName=name, userType=mark) for name in ("b", "C", "a")]
    found = quote(f'userType eq "{mark}"')
    shown = scim.get(f"/Users?filter={found}&sortBy=displayName&attributes=displayName&startIndex=2&count=1").json
    assert (shown["totalResults"], shown["startIndex"], shown["itemsPerPage"]) == (3, 2, 1)
    assert shown["Resources"] == [{"schemas": [USER], "id": made[0]["id"], "displayName": "b"}]


def test_search_by_post_spans_types(scim: Scim) -> None:
    name = scim.user()["id"]
    user, group = scim.user(displayName=name), scim.group(displayName=name)
    shown = scim.request("POST", "/.search", {"schemas": [SEARCH], "filter": f'displayName eq "{name}"'}).json
    assert {item["id"] for item in shown["Resources"]} == {user["id"], group["id"]}
    only = scim.request(
        "POST", "/Users/.search", {"schemas": [SEARCH], "filter": f'displayName eq "{name}"', "attributes": ["id"]}
    )
    assert [item["id"] for item in only.json["Resources"]] == [user["id"]]


def test_attribute_of_another_type_has_no_value_at_the_root(monday: Scim) -> None:
    """RFC 7644 3.4.2.1: for a type that does not define it, an attribute is treated as one without a value."""
    user, group = monday.user(title="x"), monday.group()
    for condition, expected in {
        "userName pr": [user["id"]],
        "not (userName pr)": [group["id"]],
        'title eq "x" or displayName pr': [user["id"], group["id"]],
        'title ne "y"': [user["id"], group["id"]],
        "members pr": [],
        'members.value eq "x"': [],
    }.items():
        found = monday.request("POST", "/.search", {"filter": condition}).json["Resources"]
        assert [item["id"] for item in found] == expected, condition
    assert monday.request("POST", "/.search", {"filter": "nothing pr"}).status == 400
