"""Filters judged by our core and by scim2-models: every difference is fixed, or is explained here by the RFC."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from scim2_models import EnterpriseUser, InvalidFilterException, ScimFilter, User

from reference_server.scim.errors import InvalidFilter
from reference_server.scim.filter import parse_filter
from reference_server.scim.resource_type import resource_types
from tests.differential.people import filters, users

USERS = resource_types().by_name["User"]
Theirs = User[EnterpriseUser]


def ours(text: str, user: dict[str, Any]) -> bool | str:
    try:
        return bool(parse_filter(text, USERS).matches(user))
    except InvalidFilter:
        return "refused"


def theirs(text: str, user: dict[str, Any]) -> bool | str:
    try:
        return bool(ScimFilter[Theirs](text).match(Theirs.model_validate(user)))
    except InvalidFilterException:
        return "refused"


def agree(text: str, user: dict[str, Any]) -> None:
    assert ours(text, user) == theirs(text, user), text


@given(text=filters, user=users)
@settings(max_examples=160, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_filters_match_alike(text: str, user: dict[str, Any]) -> None:
    agree(text, user)


@pytest.mark.full
@given(text=filters, user=users)
@settings(max_examples=25_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_filters_match_alike_at_length(text: str, user: dict[str, Any]) -> None:
    agree(text, user)
