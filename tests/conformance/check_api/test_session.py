"""A check's session: names with the run's mark, resources that are removed, creations whose answer was lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import MARKER, Plan, Session
from conformance.requirements.verdict import NotOffered, Undecided
from conformance.target.client import Client, NoAnswer
from conformance.target.discovery import ENTERPRISE_URN, Target
from tests.conformance.published import TARGET
from tests.fake_target import Answer, FakeTarget, Received, fake_target


@pytest.fixture
def target() -> Iterator[FakeTarget]:
    with fake_target() as running:
        yield running


def session(target: FakeTarget, check: str = "a", known: Target = TARGET, attempt: int = 1) -> Session:
    return Session(Client(target.url, "token-of-a-test").for_check(check), known, Plan("run1"), attempt)


def test_everything_it_makes_bears_the_mark_of_the_run_and_is_removed_last_first(target: FakeTarget) -> None:
    scim = session(target)
    made = [scim.new_user(), scim.new_group()]
    assert made[0]["userName"].startswith(f"{MARKER}-run1-")
    assert made[1]["displayName"].startswith(f"{MARKER}-run1-")
    assert scim.clean_up() == []
    assert target.resources == {}
    deleted = [line.rpartition("/")[2] for line in target.lines("DELETE")]
    assert deleted == [made[1]["id"], made[0]["id"]]


def test_a_group_is_returned_with_the_members_that_its_creation_ignored(target: FakeTarget) -> None:
    def ignores_members(request: Received) -> Answer | str:
        if request.method == "POST" and request.path.endswith("/Groups"):
            sent = {name: value for name, value in request.json.items() if name != "members"}
            return 201, dict(target.hold("Groups", "g1", **sent))
        return "well"

    scim = session(target)
    user = scim.new_user()
    target.rule = ignores_members
    group = scim.new_group(members=[{"value": user["id"]}])
    assert [member["value"] for member in group["members"]] == [user["id"]]
    expect.unchanged(scim, group)


def test_the_name_of_the_check_decides_its_values(target: FakeTarget) -> None:
    bodies: list[dict[str, Any]] = [session(target, name).body("User", full=True) for name in ("a", "a", "b")]
    assert bodies[0] == bodies[1] != bodies[2]
    assert session(target, attempt=2).name() != session(target).name()


def test_what_cannot_be_removed_is_returned_with_its_url(target: FakeTarget) -> None:
    scim = session(target)
    user = scim.new_user()
    target.rule = lambda request: (403, {}) if request.method == "DELETE" else "well"
    assert scim.clean_up() == [f"{target.url}/Users/{user['id']}"]


def test_a_user_whose_creation_had_no_answer_is_found_by_its_name(target: FakeTarget) -> None:
    scim = session(target)
    body = scim.user_body()
    target.hold("Users", "lost", **body)
    target.rule = lambda request: None if request.method == "POST" else "well"
    with pytest.raises(NoAnswer):
        scim.post("/Users", body)
    assert scim.clean_up() == []
    assert target.resources == {}


def test_a_check_that_a_server_keeps_busy_without_an_end_is_stopped(
    target: FakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.check_api.session.MOST_ANSWERS", 30)
    scim = session(target)
    for _ in range(30):
        scim.get("/Users", cursor="again")
    with pytest.raises(Undecided, match="the check received 30 responses and did not end"):
        scim.get("/Users", cursor="again")


def test_set_up_that_fails_is_undecided(target: FakeTarget) -> None:
    target.rule = lambda request: (500, {"detail": "broken"}) if request.method == "POST" else "well"
    with pytest.raises(Undecided, match=r"POST /Users returned 500 \(broken\)"):
        session(target).new_user()


def test_an_attribute_that_the_schemas_lack_is_not_offered(target: FakeTarget) -> None:
    with pytest.raises(NotOffered):
        session(target).user_body(shoeSize=43)
    only_users = Target(resource_types=TARGET.resource_types[1:], schemas=TARGET.schemas)
    with pytest.raises(NotOffered):
        session(target, known=only_users).user_body(**{ENTERPRISE_URN: {}})


def test_a_url_outside_the_target_is_not_remembered(target: FakeTarget) -> None:
    scim = session(target)
    scim.remember_url("https://elsewhere.example/Users/1")
    assert scim.clean_up() == []
    assert target.received == []
