"""Phantoms: what answers to an id that was only mentioned, or carries the run's mark, and what belongs to others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.check_api.session import APPEARED, Plan, Session
from conformance.requirements.verdict import NotOffered, Verdict
from conformance.target.client import Client, NoAnswer
from tests.conformance.published import TARGET
from tests.conformance.topics.sessions import parameters
from tests.fake_target import LIST, Answer, FakeTarget, Received, fake_target

OFFERS = {"patch": {"supported": True}, "filter": {"supported": True}}


def opened(target: FakeTarget, plan: Plan | None = None, **config: Any) -> Session:
    known = replace(TARGET, config=config or OFFERS)
    return Session(Client(target.url, None).for_check("check"), known, plan or Plan("run1"))


@pytest.mark.parametrize(
    ("endpoint", "name"), [("Users", "userName"), ("Users", "externalId"), ("Groups", "displayName")]
)
def test_what_has_the_unknown_id_for_a_name_is_a_phantom(endpoint: str, name: str) -> None:
    with fake_target() as target:
        scim = opened(target)
        target.hold(endpoint, "9", **{name: scim.unknown().upper()})
        target.hold(endpoint, "other", **{name: "somebody"})
        assert scim.phantoms() == [f"{target.url}/{endpoint}/9"]
        assert scim.phantoms() == []
        assert scim.clean_up() == []
        assert list(target.resources) == [f"{endpoint}/other"]


def test_what_has_the_unknown_id_is_reported_and_removed_at_the_end_of_the_check() -> None:
    with fake_target() as target:
        scim = opened(target, filter={"supported": False})
        id_ = scim.unknown()
        target.hold("Users", id_, userName="unrelated")
        assert scim.clean_up() == []
        assert [(remark.message, remark.verdict) for remark in scim.remarks] == [(APPEARED, Verdict.FAIL)]
        assert target.resources == {}


def test_a_phantom_that_cannot_be_removed_is_among_what_remains() -> None:
    with fake_target() as target:
        scim = opened(target)
        target.hold("Users", id_ := scim.unknown())
        target.rule = lambda request: (403, {}) if request.method == "DELETE" else "well"
        assert scim.clean_up() == [f"{target.url}/Users/{id_}"]


def test_unknown_ids_are_fresh_and_nothing_is_sent_for_a_check_that_has_none() -> None:
    with fake_target() as target:
        first, second = opened(target), opened(target, Plan("run2"))
        assert len({first.unknown(), first.unknown(), second.unknown()}) == 3
        assert opened(target).clean_up() == []
        assert target.received == []


def marked(target: FakeTarget, request: Received) -> Answer | str:
    if request.method == "GET" and " sw " in parameters(request).get("filter", ""):
        found = [
            held for key, held in target.resources.items() if key.startswith(request.path.split("/")[-1].split("?")[0])
        ]
        return 200, {"schemas": [LIST], "totalResults": len(found), "Resources": found}
    return "well"


def test_strays_carry_the_mark_of_the_run_and_were_made_by_no_check() -> None:
    with fake_target() as target:
        target.rule = lambda request: marked(target, request)
        plan = Plan("run1")
        made, looking = opened(target, plan), opened(target, plan)
        made.new_user()
        target.hold("Users", "second", userName="scimulator-check-run1-x-1")
        target.hold("Users", "theirs", userName="scimulator-check-run2-x-1")
        assert looking.strays() == [f"{target.url}/Users/second"]
        with pytest.raises(NotOffered):
            opened(target, filter={"supported": False}).strays()


def test_a_create_without_a_response_leaves_no_stray() -> None:
    with fake_target() as target:
        target.rule = lambda request: marked(target, request)
        plan = Plan("run1")
        silent = Session(Client("http://127.0.0.1:1", None).for_check("lost"), TARGET, plan)
        body = silent.user_body()
        with pytest.raises(NoAnswer):
            silent.post("/Users", body)
        target.hold("Users", "lost", userName=body["userName"])
        assert opened(target, plan).strays() == []
