"""The printed schemas: their rows are complete, and the published schemas declare them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.check_api.session import Plan, Session
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.client import Client
from conformance.target.discovery import GROUP_URN, USER_URN, Target
from conformance.topics.printed_schemas import GROUP, LISTS, NAME, USER, declared_as_printed, printed
from tests.conformance.published import TARGET
from tests.fake_target import fake_target


@pytest.fixture
def scim() -> Iterator[Session]:
    with fake_target() as running:
        yield Session(Client(running.url, "token-of-a-test"), TARGET, Plan("run1"))


def test_a_row_holds_what_differs_from_the_defaults() -> None:
    rows = {row.path: row for table in (USER, LISTS) for row in printed(USER_URN, table)}
    assert rows["userName"].characteristics["required"] is True
    assert rows["emails"].multi_valued
    assert rows["emails"].canonical == ("work", "home", "other")
    assert rows["photos.value"].canonical == ()


def test_the_published_schemas_are_declared_as_printed(scim: Session) -> None:
    for urn, table in ((USER_URN, USER), (USER_URN, NAME), (USER_URN, LISTS), (GROUP_URN, GROUP)):
        for row in printed(urn, table):
            declared_as_printed(scim, row)


def test_another_type_is_a_finding_and_a_missing_schema_is_not_offered(scim: Session) -> None:
    (row,) = printed(USER_URN, "userName integer")
    with pytest.raises(Finding, match="differs from RFC 7643"):
        declared_as_printed(scim, row)
    scim.target = Target()
    with pytest.raises(NotOffered):
        declared_as_printed(scim, row)
