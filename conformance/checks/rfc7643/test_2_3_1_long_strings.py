"""RFC 7643 section 2.3.1: strings as long as identity providers send them."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.target.client import Answer
from conformance.target.discovery import USER_URN
from conformance.topics.crowds import by_size
from conformance.topics.provider_limits import ENTRA_GROUP, LONG_STRINGS, LongString
from simulator.wording import counted

CUT = "Users with a common beginning of their names become indistinguishable, and the provider repeats the change in every cycle."
FIX = "Store strings up to the provider's maximum length, and reject longer ones with 400 invalidValue."
EVERY_STRING = pytest.mark.parametrize("string", LONG_STRINGS, ids=lambda string: string.path.rpartition(":")[2])
GROUP_NAME = LongString("displayName", 256, ENTRA_GROUP)


@EVERY_STRING
@requirement("RFC7643-2.3.1-01", "RFC7644-3.3-01", level="lie", consequence=CUT, fix=FIX)
def test_string_as_long_as_the_provider_allows_is_kept(scim: Session, string: LongString) -> None:
    """POST must store a string of the maximum length in Microsoft Entra ID or Okta; rejecting it is a warning."""
    _need(scim, string)

    def create(length: int) -> None:
        sent = string.sent(length, scim.name())
        _kept(scim, scim.post(scim.users, scim.user_body(**sent)), string, sent)

    by_size(scim, create, string.characters, string.short)


@EVERY_STRING
@requirement("RFC7643-2.3.1-01", "RFC7644-3.5.2-16", level="lie", consequence=CUT, fix=FIX)
def test_string_that_is_too_long_is_never_cut(scim: Session, string: LongString) -> None:
    """PATCH with a string one character longer than the provider's maximum must store all of it or reject it with a 4xx."""
    _need(scim, string)
    user = scim.new_user()

    def change(length: int) -> None:
        sent = string.sent(length, scim.name())
        answer = scim.patch(scim.path_of(user), {"op": "replace", "value": sent})
        if length > string.short and 400 <= answer.status < 500:
            return
        expect.written(answer)
        _equal(string.shown(scim.read(user)), string.shown(sent), string)

    by_size(scim, change, string.characters + 1, string.short)


@requirement("RFC7643-2.3.1-01", "RFC7644-3.3-01", level="lie", consequence=CUT, fix=FIX)
def test_long_name_of_a_group_is_kept(scim: Session) -> None:
    """POST must store a group's displayName of 256 characters, the maximum in Microsoft Entra ID; rejecting it is a warning."""

    def create(length: int) -> None:
        sent = GROUP_NAME.sent(length, scim.name())
        _kept(scim, scim.post(scim.groups, scim.group_body(**sent)), GROUP_NAME, sent)

    by_size(scim, create, GROUP_NAME.characters, GROUP_NAME.short)


def _need(scim: Session, string: LongString) -> None:
    urn, name = string.attribute
    if name != "externalId":
        scim.target.need_attribute(urn or USER_URN, name)


def _kept(scim: Session, answer: Answer, string: LongString, sent: dict[str, Any]) -> None:
    if 400 <= answer.status < 500:
        told = f"the server rejects {string.path} with {len(string.shown(sent))} characters; allowed by {string.source}"
        scim.warn(told, "201", f"{answer.status} {answer['detail'] or ''}".strip()[:200])
        return
    _equal(string.shown(scim.read(expect.created(answer))), string.shown(sent), string)


def _equal(got: object, wanted: object, string: LongString) -> None:
    """The values must be equal, except for case, which a server may change."""
    if str(got).lower() != str(wanted).lower():
        length = counted(len(got), "character") if isinstance(got, str) else json_of(got)
        raise Finding(f"the server changes or truncates {string.path}", f"{len(str(wanted))} characters", length)
