"""The crowd as checks see it: names that sort as they were created, and a filter that chooses all of them."""

from __future__ import annotations

import pytest

from conformance.check_api.crowd import NO_CROWD, USERS, Crowd, user_name


def test_names_sort_by_number_and_begin_with_the_mark_of_the_filter() -> None:
    crowd = Crowd("scimulator-check-1")
    names = [user_name(crowd.mark, number) for number in range(USERS)]
    assert names == sorted(names)
    assert len({name.lower() for name in names}) == USERS
    prefix = crowd.filter.partition('"')[2].rstrip('"')
    assert all(name.startswith(prefix) for name in names)
    assert not user_name("scimulator-check-11", 1).startswith(prefix)


@pytest.mark.parametrize("number", [10, 100, 1_000])
def test_the_first_users_have_a_filter_of_their_own(number: int) -> None:
    crowd = Crowd("mark", users=tuple(map(str, range(USERS))))
    users, expression = crowd.first(number)
    prefix = expression.partition('"')[2].rstrip('"')
    assert users == tuple(str(n) for n in range(USERS) if user_name("mark", n).startswith(prefix))
    assert len(users) == number


def test_a_run_without_a_crowd_says_so() -> None:
    assert NO_CROWD.absent
    assert NO_CROWD.users == ()
