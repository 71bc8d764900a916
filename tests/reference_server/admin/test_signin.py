"""Signing in and out of the admin pages: cookies, wrong tokens, and where a sign-in leads."""

from __future__ import annotations

import html
import re

import pytest

from tests.reference_server.support import Visitor


def test_cookie_is_for_this_server_only(visitor: Visitor) -> None:
    cookie = visitor.sign_in()
    assert cookie.startswith("__Host-scimulator=")
    for part in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert part.lower() in cookie.lower()
    assert "domain" not in cookie.lower()
    first = visitor.cookie
    visitor.sign_in()
    assert visitor.cookie != first, "a sign-in makes a session of its own"


def test_sign_out_ends_the_session(visitor: Visitor) -> None:
    visitor.sign_in()
    csrf, held = visitor.csrf(), visitor.cookie
    assert visitor.post("/admin/sign-out", csrf=csrf).status == 303
    visitor.cookie = held
    assert visitor.get("/admin/").status == 303


def test_wrong_token_is_rejected(visitor: Visitor) -> None:
    assert visitor.post("/admin/sign-in", token="wrong").status == 403
    visitor.sign_in()
    assert visitor.get("/admin/").status == 200


@pytest.mark.parametrize(
    "path",
    ["/admin/", "{home}/audit", "{home}/audit?kind=user&resource=a%26b%3D%2Fc+d", "{home}/people?q=%C3%A9%0A%25"],
)
def test_sign_in_leads_to_the_page_that_was_opened(visitor: Visitor, path: str) -> None:
    path = path.replace("{home}", "/admin/connections/" + visitor.server.base_url.rpartition("/")[2])
    form = visitor.get(visitor.get(path).headers["location"]).data.decode()
    field = re.search(r'name="next" value="([^"]*)"', form)
    assert field
    reply = visitor.post("/admin/sign-in", token=visitor.server.admin_token, next=html.unescape(field[1]))
    assert reply.headers["location"] == path


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/admin/",
        "/admin/\\evil",
        "/admin/?a=\\evil",
        "/adminevil",
        "javascript:1",
        "",
    ],
)
def test_sign_in_leads_nowhere_else(visitor: Visitor, target: str) -> None:
    reply = visitor.post("/admin/sign-in", token=visitor.server.admin_token, next=target)
    assert reply.headers["location"] == "/admin/"
