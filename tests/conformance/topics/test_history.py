"""Changes one after another: what is sent, and which situations are findings, not offered, or in order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.check_api.session import Session
from conformance.requirements.verdict import Finding, NotOffered, Undecided
from conformance.topics.history import (
    changed,
    first_change,
    identified,
    lookup,
    must_find,
    must_keep,
    must_work,
    needs,
    sendable,
)
from tests.conformance.published import TARGET
from tests.conformance.topics.sessions import error, session
from tests.fake_target import FakeTarget, fake_target

PATCHING = {"patch": {"supported": True}, "filter": {"supported": True}}


def opened(target: FakeTarget) -> Session:
    return session(target, replace(TARGET, config=PATCHING))


def eva(target: FakeTarget, **more: Any) -> dict[str, Any]:
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "eva", "title": "old", **more}
    return target.hold("Users", "1", **body)


@pytest.mark.parametrize("door", ["PATCH", "PUT"])
def test_a_change_reaches_the_resource_through_both_doors(door: str) -> None:
    with fake_target() as target:
        user = dict(eva(target, nickName="kept"))
        assert first_change(opened(target), user, door, title="new")["title"] == "new"
        assert target.resources["Users/1"]["nickName"] == "kept"
        assert [request.method for request in target.received if request.method != "GET"] == [door]


def test_a_put_sends_nothing_that_only_the_server_sets() -> None:
    held = {"id": "1", "meta": {}, "groups": [], "schemas": [], "userName": "eva"}
    assert sendable(session(), held) == {"schemas": [], "userName": "eva"}
    with pytest.raises(Finding, match="nickName is missing"):
        sendable(session(), held)["nickName"]


def test_a_first_change_that_fails_is_judged_elsewhere() -> None:
    with fake_target() as target:
        user = dict(eva(target))
        target.rule = lambda request: error(501) if request.method == "PATCH" else "well"
        with pytest.raises(NotOffered):
            first_change(opened(target), user, "PATCH", title="new")


def test_a_later_change_must_be_accepted_and_take_effect() -> None:
    with fake_target() as target:
        scim, user = opened(target), dict(eva(target))
        assert (
            must_work(scim, user, changed(scim, user, "PATCH", title="new"), "a change", title="new")["title"] == "new"
        )
        with pytest.raises(Finding, match="title does not have the new value after a change"):
            must_work(scim, user, scim.get("/Users/1"), "a change", title="other")
        with pytest.raises(Finding, match="the server rejects a change") as caught:
            must_work(scim, user, scim.get("/Users/2"), "a change")
        assert caught.value.got.startswith("404")


def test_what_a_change_does_not_name_must_stay() -> None:
    must_keep(session(), {"a": 1, "meta": 1}, {"a": 1, "meta": 2, "b": 3}, "a change", apart_from=("b",))
    with pytest.raises(Finding, match="a change also changes b"):
        must_keep(session(), {"a": 1}, {"a": 1, "b": 3}, "a change")


def test_a_lookup_finds_exactly_what_it_must() -> None:
    with fake_target() as target:
        scim, user = opened(target), dict(eva(target))
        assert must_find(scim, "User", "userName", "EVA", user, after="a create") == [user]
        assert lookup(scim, "User", "userName", "nobody") == []
        with pytest.raises(Finding, match="after a rename, a filter on userName returns the wrong resources") as caught:
            must_find(scim, "User", "userName", "eva", after="a rename")
        assert (caught.value.expected, caught.value.got) == ("none", "1")
        target.rule = lambda request: error(400, "invalidFilter")
        with pytest.raises(NotOffered):
            lookup(scim, "User", "userName", "eva")


def test_an_identified_resource_has_stored_what_it_was_given() -> None:
    with fake_target() as target:
        scim = opened(target)
        assert identified(scim, "User", title="boss")["title"] == "boss"
        target.rule = lambda request: (201, {"id": "7", **eva(target)}) if request.method == "POST" else "well"
        with pytest.raises(NotOffered, match="externalId"):
            identified(scim, "User")
        target.rule = lambda request: error(400)
        with pytest.raises(Undecided):
            identified(scim, "User")


def test_an_attribute_that_the_schema_lacks_is_not_offered() -> None:
    needs(session(), "User", "externalId", "title")
    with pytest.raises(NotOffered):
        needs(session(), "User", "shoeSize")
