"""A URL of a server is absolute, http or https, with a host and a usable port."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.wire.urls import BadUrl, ForeignUrl, below, http_url, joined, origin_of


@pytest.mark.parametrize(
    "text",
    ["http://host", "https://host/scim/v2", "http://host:8080/", "https://[::1]:443/scim", "HTTPS://host/scim?a=b#c"],
)
def test_usable_urls_are_parsed(text: str) -> None:
    assert http_url(text).hostname in ("host", "::1")


@pytest.mark.parametrize(
    "text",
    ["", "host/scim", "ftp://host", "http://", "http:///scim", "http://:80", "http://host:port", "http://[::1", "scim"],
)
def test_other_text_is_rejected_with_what_was_expected(text: str) -> None:
    with pytest.raises(BadUrl) as error:
        http_url(text)
    assert str(error.value) == f'expected http://host/path or https://host/path, got "{text}"'


@given(st.text())
def test_no_text_raises_any_other_error(text: str) -> None:
    with contextlib.suppress(BadUrl):
        http_url(text)


BASE = "https://scim.example/v2"


@pytest.mark.parametrize(
    ("place", "url"),
    [
        ("/Users/7?a=b", f"{BASE}/Users/7?a=b"),
        ("", BASE),
        ("?a=b", f"{BASE}?a=b"),
        (".attacker.example/x", f"{BASE}/.attacker.example/x"),
        ("@attacker.example/x", f"{BASE}/@attacker.example/x"),
        (":8443@attacker.example", f"{BASE}/:8443@attacker.example"),
        ("/a?b=https://attacker.example", f"{BASE}/a?b=https://attacker.example"),
        ("https://scim.example/v2/Users/7", f"{BASE}/Users/7"),
        ("HTTPS://SCIM.example:443/other#part", "https://scim.example/other"),
        ("//scim.example/v2/Me", f"{BASE}/Me"),
    ],
)
def test_a_place_is_joined_within_the_origin(place: str, url: str) -> None:
    assert joined(BASE, place) == url


@pytest.mark.parametrize(
    "place",
    [
        "http://scim.example/v2/Users",
        "https://scim.example:8443/v2/Users",
        "https://attacker.example/v2/Users",
        "https://scim.example.attacker.example/v2/Users",
        "https://scim.example@attacker.example/v2/Users",
        "https://user@scim.example/v2/Users",
        "https://scim.example\\@attacker.example/v2/Users",
        "//attacker.example/v2/Users",
        "https://[::1/v2",
        "ftp://scim.example/v2",
        "https://scim.example:99999/v2",
    ],
)
def test_a_place_of_another_origin_is_foreign(place: str) -> None:
    with pytest.raises(ForeignUrl, match="the request was not sent"):
        joined(BASE, place)


@given(st.text() | st.builds("https://{}{}".format, st.sampled_from(["scim.example", "other"]), st.text()))
def test_no_place_leads_to_another_origin(place: str) -> None:
    for base in (BASE, "http://localhost"):
        with contextlib.suppress(ForeignUrl):
            assert origin_of(joined(base, place)) == origin_of(base)


@pytest.mark.parametrize(
    ("url", "path"), [(BASE, ""), (f"{BASE}/Users?a=b", "/Users?a=b"), ("https://SCIM.example:443/v2/Me", "/Me")]
)
def test_below_gives_the_path(url: str, path: str) -> None:
    assert below(BASE, url) == path


@pytest.mark.parametrize(
    "url", ["https://scim.example/v2x/Users", "https://scim.example/", "https://scim.example.a/v2/x"]
)
def test_below_rejects_what_is_elsewhere(url: str) -> None:
    with pytest.raises(ForeignUrl, match="is not under the base URL"):
        below(BASE, url)
