"""RFC 7643 section 2.4: multi-valued attributes with many elements."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.target.discovery import USER_URN
from conformance.topics.crowds import by_size
from conformance.topics.provider_limits import ENTRA_LISTS
from conformance.topics.round_trips import elements
from simulator.wording import counted

LISTS = {"emails": "{}-{:03}@check.example", "roles": "{}-{:03}", "phoneNumbers": "tel:+1-201-555-{1:04}"}
LOST = "Addresses and roles are lost although the provider assumes that they are stored."
FIX = "Store every element, or reject the request with 400 invalidValue when there are too many."


@pytest.mark.parametrize("number", [21, 51, 101])
@pytest.mark.parametrize("name", LISTS)
@requirement("RFC7643-2.4-01", "RFC7644-3.3-01", "RFC7643-2.3-02", level="lie", consequence=LOST, fix=FIX)
def test_every_element_of_a_long_list_is_kept(scim: Session, name: str, number: int) -> None:
    """POST must store every element of a list of 21, 51, or 101 elements; rejecting it is a warning."""
    scim.target.need_attribute(USER_URN, name)

    def create(elements_sent: int) -> None:
        sent = _values(scim, name, elements_sent)
        answer = scim.post(scim.users, scim.user_body(**{name: [{"value": value} for value in sent]}))
        if 400 <= answer.status < 500:
            told = f"{answer.status} {answer['detail'] or ''}".strip()
            scim.warn(f"the server rejects {name} with {elements_sent} elements, although {ENTRA_LISTS}", "201", told)
            return
        _same(scim.read(expect.created(answer)), name, sent)

    by_size(scim, create, number, 2)


@requirement("RFC7644-3.5.2.1-06", "RFC7643-2.4-01", level="lie", consequence=LOST, fix=FIX)
def test_add_to_a_long_list_loses_no_element(scim: Session) -> None:
    """PATCH `add` of one email address to a user with 50 must leave 51."""
    scim.target.need_attribute(USER_URN, "emails")

    def add(before: int) -> None:
        sent = _values(scim, "emails", before + 1)
        user = scim.new_user(emails=[{"value": value} for value in sent[:-1]])
        _same(scim.read(user), "emails", sent[:-1])
        answer = scim.patch(scim.path_of(user), {"op": "add", "path": "emails", "value": [{"value": sent[-1]}]})
        if before > 1 and 400 <= answer.status < 500:
            return
        expect.written(answer)
        _same(scim.read(user), "emails", sent)

    by_size(scim, add, 50, 1)


def _values(scim: Session, name: str, number: int) -> list[str]:
    mark = scim.name()
    return [LISTS[name].format(mark, at) for at in range(number)]


def _same(user: dict[str, object], name: str, sent: list[str]) -> None:
    shown = [str(item.get("value")).lower() for item in elements(user, name)]
    missing = [value for value in sent if value.lower() not in shown]
    if missing or len(shown) != len(sent):
        got = f"{counted(len(shown), 'element')}, {len(missing)} of those sent missing"
        raise Finding(f"{name} does not have the sent elements", f"{len(sent)} elements", got)
