"""Interoperability profile sections 6.5.1.1 and 6.5.3: which PATCH is refused, and by which code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.target.client import Answer
from conformance.topics.samples import address, addresses, replaced

PATH_LESS: dict[str, dict[str, Any]] = {
    "replace": {"op": "replace", "value": {"displayName": "Changed"}},
    "add": {"op": "add", "value": {"displayName": "Changed"}},
    "several keys": {"op": "replace", "value": {"displayName": "Changed", "name.familyName": "Changed"}},
}
PROHIBITED: dict[str, Callable[[str], dict[str, Any]]] = {  # the operation that writes an address
    "an operator but eq": lambda own: replaced(own, 'emails[type sw "wor"].value'),
    "the element itself": lambda own: replaced({"type": "work", "value": own}, 'emails[type eq "work"]'),
    "a value that is no array": lambda own: {"op": "add", "path": "emails", "value": {"type": "other", "value": own}},
}
GUESS = "A client that relies on the profile is told success for what it never meant, or guesses at the refusal."
REFUSE = "Answer 400 invalidSyntax to every operation without a path (Okta and Entra send such: offer a switch)."


@pytest.mark.parametrize("case", list(PATH_LESS))
@requirement("INTEROP-6.5.1.1-01", "INTEROP-6.5.1.1-03", level="lie", consequence=GUESS, fix=REFUSE)
def test_interop_operation_without_path_is_refused(scim: Session, case: str) -> None:
    """An operation without a path is 400 invalidSyntax and changes nothing; with a path it is carried out."""
    user = scim.new_user(displayName="Before")
    expect.scim_error(scim.patch(scim.path_of(user), PATH_LESS[case]), 400, "invalidSyntax")
    expect.unchanged(scim, user)
    expect.written(scim.patch(scim.path_of(user), replaced("Changed")))


@pytest.mark.parametrize("first", [True, False], ids=["at the end", "at the beginning"])
@requirement("INTEROP-6.5.1.1-04", level="lie", consequence="Half of a change is stored and reported as refused.")
def test_interop_one_operation_without_path_refuses_all(scim: Session, first: bool) -> None:
    """Beside an operation without a path, one with a path is not carried out either."""
    user = scim.new_user(displayName="Before", externalId=scim.name())
    operations = [replaced(scim.name(), "externalId"), PATH_LESS["replace"]]
    answer = scim.patch(scim.path_of(user), *(operations if first else operations[::-1]))
    expect.scim_error(answer, 400)
    expect.unchanged(scim, user)


@pytest.mark.parametrize("case", list(PROHIBITED))
@requirement("INTEROP-6.5.3-01", level="lie", consequence=GUESS)
def test_interop_prohibited_patch_is_told(scim: Session, case: str) -> None:
    """What clients may not send may be taken or be 400; a refused one changes nothing."""
    user, answer = _patched(scim, PROHIBITED[case])
    if answer.status == 400:
        expect.scim_error(answer, 400)
        expect.unchanged(scim, user)
    else:
        expect.written(answer)
    scim.note(f"{case} is {'refused' if answer.status == 400 else 'taken'}")


@requirement("INTEROP-6.5.3-02", level="cosmetic", consequence=GUESS)
def test_interop_prohibited_operator_is_called_invalid_syntax(scim: Session) -> None:
    """A 400 for an operator but eq in a path is invalidSyntax."""
    _, answer = _patched(scim, PROHIBITED["an operator but eq"])
    if answer.status == 400:
        expect.scim_error(answer, 400, "invalidSyntax")
    else:
        expect.written(answer)


@requirement("INTEROP-6.5.3-03", level="lie", consequence="Two addresses of a person become one and the same.")
def test_interop_several_matches_are_called_invalid_filter(scim: Session) -> None:
    """A 400 for a path filter that matches several elements is invalidFilter, and changes nothing."""
    first, second, new = (address(scim) for _ in range(3))
    user = scim.new_user(emails=[{"value": value, "type": "work"} for value in (first, second)])
    answer = scim.patch(scim.path_of(user), replaced(new, 'emails[type eq "work"].value'))
    if answer.status == 400:
        expect.scim_error(answer, 400, "invalidFilter")
        expect.unchanged(scim, user)
    else:
        expect.written(answer)


@requirement("INTEROP-6.5.3-04", level="cosmetic", consequence=GUESS)
def test_interop_path_to_an_element_is_called_invalid_path(scim: Session) -> None:
    """A 400 for a path that stops at the element is invalidPath, and changes nothing."""
    user, answer = _patched(scim, PROHIBITED["the element itself"])
    if answer.status == 400:
        expect.scim_error(answer, 400, "invalidPath")
        expect.unchanged(scim, user)
    else:
        expect.written(answer)
        expect.equal(scim.read(user).get("id"), user["id"], "id")


def _patched(scim: Session, operation: Callable[[str], dict[str, Any]]) -> tuple[dict[str, Any], Answer]:
    work, home, _ = addresses(scim)
    user = scim.new_user(emails=[work, home])
    return user, scim.patch(scim.path_of(user), operation(address(scim)))
