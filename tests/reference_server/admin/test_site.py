"""The frame of the admin pages: security headers, and names of strangers that stay text."""

from __future__ import annotations

from reference_server.admin.pages import Pages
from reference_server.admin.people_pages import PeoplePages
from tests.reference_server.support import Visitor, mine, paths_of
from tests.support import Scim

PAGES = [*paths_of(Pages), *paths_of(PeoplePages)]


def test_pages_carry_their_headers_and_no_stranger_sees_one(visitor: Visitor) -> None:
    for path in PAGES:
        reply = visitor.get(mine(visitor, path))
        assert (reply.status, reply.headers["location"].startswith("/admin/sign-in?next=/admin/")) == (303, True), path
    visitor.sign_in()
    for path in PAGES:
        reply = visitor.get(mine(visitor, path))
        assert reply.status == (404 if "{person}" in path else 200), path
        if path.endswith(".jsonl"):
            continue
        policy = reply.headers["content-security-policy"]
        for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'self'"):
            assert part in policy
        assert "unsafe" not in policy
        assert (reply.headers["cache-control"], reply.headers["x-content-type-options"]) == ("no-store", "nosniff")
        assert b"style=" not in reply.data
        assert b"<script>" not in reply.data


def test_names_of_strangers_are_text_and_nothing_else(visitor: Visitor) -> None:
    scim = Scim(visitor.server)
    hostile = '"><img src=x onerror=alert(1)>\u202e\x1b[31m'
    scim.user(displayName=hostile)
    visitor.sign_in()
    connection = visitor.server.base_url.rpartition("/")[2]
    for page in ("", "/next", "/people"):
        assert b"<img" not in visitor.get(f"/admin/connections/{connection}{page}").data
