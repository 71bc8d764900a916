"""Replayed requests of providers: sent unchanged, and a rejected one must have changed nothing."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import Target
from conformance.topics.replay import created, send, took_effect
from simulator.entra import requests
from simulator.mapping.attribute_mapping import AttributeChange
from simulator.provisioning.request import Request
from tests.conformance.published import TARGET
from tests.conformance.topics.sessions import error, session
from tests.fake_target import Answer, Received, fake_target

USER = {"id": "u1", "userName": "a", "title": "Lead"}
CHANGE = requests.update_user("u1", [AttributeChange("title", "Boss", True)])


@pytest.mark.parametrize(
    ("request_", "known"),
    [
        (CHANGE, Target({"patch": {"supported": False}})),
        (requests.match_user("userName", "a"), Target({"patch": {"supported": True}})),
        (requests.match_group("displayName", "g"), Target(resource_types=[TARGET.resource_types[0]])),
    ],
)
def test_what_the_target_does_not_offer_is_not_sent(request_: Request, known: Target) -> None:
    with fake_target() as target:
        with pytest.raises(NotOffered):
            send(session(target, known), request_)
        assert target.received == []


def test_a_request_is_sent_byte_for_byte_and_its_resource_is_removed() -> None:
    with fake_target() as target:
        scim = session(target)
        request = requests.create_user({"userName": "a", 'emails[type eq "work"].value': "a@x"})
        made = created(scim, request, headers={"X-Test": "1"})
        sent = target.received[0]
        assert (sent.method, sent.path, sent.json) == ("POST", "/scim/Users", request.body)
        assert "X-Test: 1" in sent.headers
        assert made["userName"] == "a"
        scim.clean_up()
        assert target.resources == {}


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_success_is_judged_by_what_follows(status: int) -> None:
    with fake_target(lambda request: (status, None)) as target:
        scim = session(target)
        assert took_effect(scim, send(scim, CHANGE), USER, "the change")


def test_a_redirect_is_a_form_that_no_provider_reads() -> None:
    with fake_target(lambda request: (302, None)) as target:
        scim = session(target)
        with pytest.raises(Finding, match="providers do not understand"):
            took_effect(scim, send(scim, CHANGE), USER, "the change")


@pytest.mark.parametrize(
    ("now", "message", "level"),
    [(USER, "the server rejects the change", "refusal"), ({**USER, "title": "Boss"}, "title changed", None)],
)
def test_a_rejection_that_changed_the_resource_is_worse_than_a_rejection(
    now: dict[str, Any], message: str, level: str | None
) -> None:
    def answer(request: Received) -> Answer:
        return error(400, "invalidValue", "not that") if request.method == "PATCH" else (200, now)

    with fake_target(answer) as target:
        scim = session(target)
        with pytest.raises(Finding, match=message) as raised:
            took_effect(scim, send(scim, CHANGE), USER, "the change")
    assert raised.value.level == level
    assert level is None or raised.value.got == "400 (invalidValue: not that)"


@pytest.mark.parametrize("answer", [error(400, detail="not that"), (201, None), (201, {"userName": "a"}), (200, USER)])
def test_a_create_without_a_new_resource_is_a_rejection(answer: Answer) -> None:
    with (
        fake_target(lambda request: answer) as target,
        pytest.raises(Finding, match="the server rejects the request") as raised,
    ):
        created(session(target), requests.create_user({"userName": "a"}))
    assert raised.value.level == "refusal"
