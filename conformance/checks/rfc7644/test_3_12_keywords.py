"""RFC 7644 section 3.12: scimType names the error condition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from conformance.check_api import expect
from conformance.check_api.session import PATCH_URN, Session
from conformance.requirements.catalogue import requirement
from conformance.target.client import Answer
from conformance.target.discovery import USER_URN
from conformance.topics.samples import addresses, replaced


class Fault(NamedTuple):
    """A request with one fault: the acceptable statuses, the scimType that fits best, and others that also fit."""

    send: Callable[[Session, dict[str, Any]], Answer]
    statuses: tuple[int, ...]
    word: str
    others: tuple[str, ...] = ()


def _patch(scim: Session, user: dict[str, Any], **operation: Any) -> Answer:
    return scim.patch(scim.path_of(user), operation)


def _without_name(scim: Session) -> dict[str, Any]:
    return {name: value for name, value in scim.user_body().items() if name != "userName"}


def _filtered_path(scim: Session, user: dict[str, Any]) -> Answer:
    work, _, _ = addresses(scim)
    scim.target.need_attribute(USER_URN, "emails")
    return _patch(scim, user, op="replace", path='emails[type xx "work"].value', value=work["value"])


def _no_operations(scim: Session, user: dict[str, Any]) -> Answer:
    scim.target.need("patch")
    return scim.client.send("PATCH", scim.path_of(user), {"schemas": [PATCH_URN]})


SYNTAX, VALUE = "invalidSyntax", "invalidValue"
FAULTS = {
    "filter": Fault(lambda scim, _: scim.search('userName xx "a"'), (400,), "invalidFilter"),
    "filter in a path": Fault(_filtered_path, (400,), "invalidFilter", ("invalidPath", "noTarget")),
    "path": Fault(
        lambda scim, user: _patch(scim, user, op="replace", path="a[", value="x"),
        (400,),
        "invalidPath",
        ("invalidFilter",),
    ),
    "body is a list": Fault(lambda scim, _: scim.client.send("POST", scim.users, []), (400,), SYNTAX, (VALUE,)),
    "body is a string": Fault(lambda scim, _: scim.client.send("POST", scim.users, "x"), (400,), SYNTAX, (VALUE,)),
    "no Operations": Fault(_no_operations, (400,), SYNTAX, (VALUE,)),
    "remove without path": Fault(
        lambda scim, user: _patch(scim, user, op="remove"), (400,), "noTarget", ("invalidPath", SYNTAX)
    ),
    "no userName": Fault(lambda scim, _: scim.post(scim.users, _without_name(scim)), (400,), VALUE, (SYNTAX,)),
    "removal of userName": Fault(
        lambda scim, user: _patch(scim, user, op="remove", path="userName"), (400,), "mutability", (VALUE,)
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
@requirement(
    "RFC7644-3.12-18",
    "RFC7644-3.12-21",
    "RFC7644-3.12-22",
    "RFC7644-3.12-23",
    "RFC7644-3.12-24",
    "RFC7644-3.12-25",
    consequence="The provider shows its administrator the wrong cause of an error.",
    fix="Use the scimType of RFC 7644 table 9 that names the reason of each rejection.",
)
def test_scim_type_fits_the_fault(scim: Session, fault: str) -> None:
    """A request with one fault must be rejected with 400 and must change nothing; a different scimType is a warning."""
    user = scim.read(scim.new_user())
    case = FAULTS[fault]
    answer = case.send(scim, user)
    expect.keyword(scim, answer, case.statuses, case.word, *case.others)
    expect.unchanged(scim, user)


@requirement(
    "RFC7644-3.12-21", level="lie", consequence="A change of the id breaks the provider's link to the account."
)
def test_change_of_id_is_mutability(scim: Session) -> None:
    """PATCH `replace` of id must not change it and must be rejected with 400; ignoring it is a warning."""
    user = scim.read(scim.new_user())
    answer = scim.patch(scim.path_of(user), replaced("scimulator-other", "id"))
    expect.unchanged(scim, user)
    if (
        answer.status < 300
    ):  # RFC 7644 section 3.12 shows a mutability error for id, but servers may also ignore readOnly attributes.
        scim.warn("PATCH of id succeeds and is ignored", "400 mutability", str(answer.status))
        return
    expect.keyword(scim, answer, 400, "mutability", "invalidPath", "noTarget")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@requirement(
    "RFC7644-3.12-20",
    "RFC7644-3.12-11",
    level="lie",
    consequence=(
        "authentik links the existing user only if the error has scimType uniqueness; otherwise it never "
        "manages that user."
    ),
    fix="Return 409 with scimType uniqueness for every request with a userName that is already in use.",
)
def test_taken_user_name_is_uniqueness(scim: Session, method: str) -> None:
    """POST, PUT, and PATCH with a userName that is already in use must be rejected; a missing scimType is a warning."""
    taken, user = scim.new_user()["userName"], scim.read(scim.new_user())
    if method == "POST":
        expect.keyword(scim, scim.post(scim.users, scim.user_body(userName=taken)), 409, "uniqueness")
    elif method == "PUT":
        expect.keyword(scim, scim.put(scim.path_of(user), scim.user_body(userName=taken)), (409, 400), "uniqueness")
    else:
        expect.keyword(scim, scim.patch(scim.path_of(user), replaced(taken, "userName")), (409, 400), "uniqueness")
    expect.unchanged(scim, user)
