"""Values as real directories hold them: each differs from its lookalike by what its name says, and stays valid JSON."""

from __future__ import annotations

import pytest

from conformance.requirements.verdict import NotOffered
from conformance.topics.one_attribute import external_id, text_of
from conformance.topics.real_values import VALUES, texts
from tests.conformance.topics.sessions import session


@pytest.mark.parametrize("kind", VALUES)
def test_a_value_differs_from_its_lookalike_and_is_this_check_s_own(kind: str) -> None:
    one, other = VALUES[kind].value("mark-1"), VALUES[kind].lookalike("mark-1")
    assert one.lower() != other.lower()
    assert one != VALUES[kind].value("mark-2")
    assert '"' not in one


@pytest.mark.parametrize(("kind", "length"), [("65 characters", 65), ("256 characters", 256)])
def test_long_values_differ_in_their_last_character(kind: str, length: int) -> None:
    one, other = VALUES[kind].value("mark"), VALUES[kind].lookalike("mark")
    assert (len(one), one[:-1]) == (length, other[:-1])


def test_texts_are_those_without_a_format_of_their_own() -> None:
    paths = [one.path for one in texts(session(), "User")]
    assert {"userName", "displayName", "title", "externalId"} <= {*paths}
    assert any(path.endswith(":department") for path in paths)
    assert {"locale", "timezone", "password", "emails"}.isdisjoint(paths)
    assert [one.path for one in texts(session(), "Group")] == ["displayName", "externalId"]


def test_a_type_has_an_external_id_whatever_its_schema_says() -> None:
    assert str(external_id(session(), "Group")) == "Group.externalId"
    with pytest.raises(NotOffered):
        external_id(session(), None)


def test_a_text_that_can_be_changed_is_the_display_name_where_there_is_one() -> None:
    assert text_of(session(), "User").path == "displayName"
    with pytest.raises(NotOffered):
        text_of(session(), "Nothing")
