"""Cleanup: groups first, then users; everything that a target keeps is listed."""

from __future__ import annotations

import pytest

from loadtests.target.cleanup import remove
from tests.fake_target import Answer, Received, fake_target

PATHS = ["/Users/u1", "/Groups/g1", "/Users/u2", "/Groups/g2"]


def test_groups_are_removed_before_the_users_that_they_name() -> None:
    with fake_target() as target:
        for path in PATHS:
            target.hold(*path.strip("/").split("/"))
        assert remove(target.url, "token-of-a-test", PATHS, print) == []
        assert target.resources == {}
        kinds = [request.path.split("/")[2] for request in target.received]
        assert kinds == ["Groups", "Groups", "Users", "Users"]
        assert {"Authorization: Bearer token-of-a-test"} <= set(target.received[0].headers)


@pytest.mark.parametrize(
    ("answer", "left"), [((204, None), 0), ((200, {}), 0), ((404, {}), 0), ((403, {}), 1), ((500, {}), 1), (None, 1)]
)
def test_only_resources_that_the_target_keeps_are_listed(answer: Answer, left: int) -> None:
    def one_of_them(request: Received) -> Answer:
        return answer if request.path.endswith("/u1") else (204, None)

    with fake_target(one_of_them) as target:
        assert remove(target.url, "t", PATHS, print) == [f"{target.url}/Users/u1"] * left


def test_a_redirect_is_not_followed_and_a_target_that_is_gone_keeps_everything() -> None:
    with fake_target(lambda request: (302, None)) as target:
        assert len(remove(target.url, "t", PATHS, print)) == 4
        assert len(target.received) == 4
    assert len(remove("http://127.0.0.1:9/scim", "t", PATHS, print)) == 4


def test_the_progress_of_a_long_removal_is_reported() -> None:
    told: list[str] = []
    with fake_target(lambda request: (204, None)) as target:
        paths = [f"/Users/{number}" for number in range(9)]
        remove(target.url, "t", paths, told.append)
        assert told == [], "a short one needs none"
        remove(target.url, "t", paths, told.append, every=-1.0)
    assert told == [f"  removed {number} of 9" for number in range(1, 10)]
