"""Stories: on a correct server every step works and no story is wrong; a bug that needs a history is found and made short."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest

from conformance.check_api.session import Plan, Session
from conformance.defects.catalogue import defects
from conformance.defects.proxy import defect_proxy
from conformance.requirements.verdict import Finding
from conformance.target.client import Client
from conformance.target.discovery import discover
from conformance.topics.story import MOST_TRIES, STEPS, Step, judged, possible_steps
from reference_server.embedded import EmbeddedServer, embedded_server

LONG: list[Step] = [Random(7).choice(STEPS) for _ in range(3)] + Random(7).sample(STEPS, len(STEPS)) * 2


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    with embedded_server() as running:
        yield running


@pytest.fixture
def scim(server: EmbeddedServer) -> Iterator[Session]:
    with session(server.base_url, server.token, "correct") as opened:
        yield opened


@contextmanager
def session(url: str, token: str, name: str) -> Iterator[Session]:
    client = Client(url, token).for_check(name)
    opened = Session(client, discover(client), Plan("run1"))
    yield opened
    assert opened.clean_up() == []


def test_a_correct_server_takes_every_step_and_tells_every_story(scim: Session) -> None:
    assert possible_steps(scim) == STEPS
    assert judged(scim, LONG) is None
    assert scim.remarks == []


@pytest.mark.parametrize(
    ("name", "found", "steps"),
    [
        ("reactivation-restores-the-old-name", "userName of the User: unexpected value", 5),
        ("second-deactivation-is-ignored", "active of the User: unexpected value", 5),
        ("renamed-user-cannot-leave", "the members of the Group: unexpected value", 5),
        ("letter-case-conflicts-with-itself", "the server rejects a valid request", 3),
    ],
)
def test_a_bug_that_needs_a_history_is_found_and_reported_in_few_steps(
    server: EmbeddedServer, name: str, found: str, steps: int
) -> None:
    story: list[Step] = [
        ("join", "PATCH"),
        ("deactivate", "PATCH"),
        ("new title", "PUT"),
        ("rename", "PATCH"),
        ("other case", "PUT"),
        ("reactivate", "PUT"),
        ("new externalId", "PATCH"),
        ("deactivate", "PUT"),
        ("leave", "PATCH"),
    ]
    with defect_proxy(server.base_url) as proxy:
        with session(proxy.add(name, defects()[name].between), server.token, name) as scim:
            finding = judged(scim, story)
            assert isinstance(finding, Finding)
            assert finding.message.startswith(found)
            told = [remark.message for remark in scim.remarks]
            assert told[0].startswith("story: 1. POST User")
            assert len(told) <= steps
            assert len(scim.client.sent) < MOST_TRIES * 60
        assert proxy.errors == []


def test_a_step_that_fails_on_a_new_user_is_no_part_of_stories(server: EmbeddedServer) -> None:
    with defect_proxy(server.base_url) as proxy:
        between = defects()["letter-case-conflicts-with-itself"].between
        with session(proxy.add("case", between), server.token, "case") as scim:
            assert possible_steps(scim) == [step for step in STEPS if step[0] != "other case"]
