"""A request of the engine is encoded as on the wire, whatever a value or an id holds (RFC 7644 section 3)."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.provisioning import request as requests
from simulator.provisioning.request import Request, equals, patch, resource_path

TEXT = st.text(st.characters(codec="utf-8"), min_size=1)  # without half surrogate pairs, which UTF-8 cannot hold


@pytest.mark.parametrize(
    ("made", "line", "operation"),
    [
        (requests.read_user("7"), "GET /Users/7", "read user"),
        (requests.read_group("7"), "GET /Groups/7?excludedAttributes=members", "read group"),
        (requests.delete_user("7"), "DELETE /Users/7", "delete user"),
        (requests.delete_group("7"), "DELETE /Groups/7", "delete group"),
        (requests.read_page("/Users", 101, 100), "GET /Users?startIndex=101&count=100", "read page"),
    ],
)
def test_requests_that_every_provider_writes_the_same_way(made: Request, line: str, operation: str) -> None:
    assert f"{made.method} {made.path}" == line
    assert made.operation == operation
    assert made.body is None


@pytest.mark.parametrize(
    ("attribute", "value", "encoded"),
    [
        ("userName", "a@b", "userName+eq+%22a%40b%22"),
        ('emails[type eq "work"].value', "a", "emails%5Btype+eq+%22work%22%5D.value+eq+%22a%22"),
        ("userName", 'say "hi"', "userName+eq+%22say+%5C%22hi%5C%22%22"),  # a quote is escaped (RFC 7644 3.4.2.2)
        ("userName", "back\\slash", "userName+eq+%22back%5C%5Cslash%22"),
        ("displayName", "R&D + #1", "displayName+eq+%22R%26D+%2B+%231%22"),
        ("displayName", "Łódź", "displayName+eq+%22%C5%81%C3%B3d%C5%BA%22"),
    ],
)
def test_a_filter_is_form_encoded_and_its_value_escaped(attribute: str, value: str, encoded: str) -> None:
    assert equals(attribute, value) == encoded


@given(TEXT)
def test_no_value_breaks_out_of_its_filter(value: str) -> None:
    query = parse_qs(urlsplit(f"/Users?filter={equals('userName', value)}").query)
    assert query.keys() == {"filter"}
    quoted = query["filter"][0].removeprefix('userName eq "').removesuffix('"')
    assert quoted.replace('\\"', "").replace("\\\\", "").count('"') == 0


@given(TEXT)
def test_no_id_breaks_out_of_its_path(id_: str) -> None:
    parts = urlsplit(f"http://host{resource_path('Users', id_)}")
    assert unquote(parts.path) == f"/Users/{id_}"
    assert parts.path.count("/") == 2
    assert (parts.query, parts.fragment) == ("", "")


def test_a_patch_names_its_schema() -> None:
    assert patch([{"op": "add"}]) == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "add"}],
    }
