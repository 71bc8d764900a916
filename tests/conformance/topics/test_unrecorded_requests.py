"""Requests that may hold the token in their URL: no report and no message ever shows them."""

from __future__ import annotations

import pytest

from conformance.requirements.verdict import Undecided
from conformance.topics.unrecorded_requests import get_unrecorded
from tests.conformance.topics.sessions import session
from tests.fake_target import fake_target, http

SECRET = "token-in-the-url"


def test_the_answer_comes_back_whole_and_the_exchange_is_in_no_record() -> None:
    with fake_target(lambda request: http(401, {"a": 1}, set_cookie="sid=1")) as target:
        scim = session(target)
        bare = get_unrecorded(scim, "/Users", {"X-Test": "1"}, access_token=SECRET)
        assert (bare.status, bare.body, bare.all("set-cookie"), bare.all("absent")) == (401, b'{"a": 1}', "sid=1", "")
        (received,) = target.received
        assert received.path == f"/scim/Users?count=1&access_token={SECRET}"
        assert "X-Test: 1" in received.headers
        assert not [header for header in received.headers if header.lower().startswith("authorization")]
        assert scim.client.sent == []
        assert "sid=1" not in repr(bare)


def test_a_redirect_is_not_followed() -> None:
    with fake_target(lambda request: http(302, None, location="https://elsewhere.example/")) as target:
        assert get_unrecorded(session(target), "/Users", {}).status == 302


def test_a_failure_is_undecided_and_its_message_does_not_show_the_url() -> None:
    with fake_target(lambda request: None) as target, pytest.raises(Undecided, match="no response: ") as raised:
        get_unrecorded(session(target), "/Users", {}, access_token=SECRET)
    assert SECRET not in str(raised.value)
    assert raised.value.__suppress_context__
