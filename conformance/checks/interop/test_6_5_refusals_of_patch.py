"""Interoperability profile sections 6.5.1.1 and 6.5.3: which PATCH requests are rejected, and with which scimType."""

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
PROHIBITED: dict[str, Callable[[str], dict[str, Any]]] = {  # operations that write a given e-mail address
    "an operator but eq": lambda own: replaced(own, 'emails[type sw "wor"].value'),
    "the element itself": lambda own: replaced({"type": "work", "value": own}, 'emails[type eq "work"]'),
    "a value that is not an array": lambda own: {
        "op": "add",
        "path": "emails",
        "value": {"type": "other", "value": own},
    },
}
GUESS = "A client gets success for a change that it did not intend, or cannot tell why its request was rejected."
REFUSE = "Reject every operation without a path with 400 invalidSyntax (Okta and Entra send such: offer a setting)."


@pytest.mark.parametrize("case", list(PATH_LESS))
@requirement("INTEROP-6.5.1.1-01", "INTEROP-6.5.1.1-03", level="lie", consequence=GUESS, fix=REFUSE)
def test_interop_operation_without_path_is_refused(scim: Session, case: str) -> None:
    """A PATCH operation without a path must be rejected with 400 invalidSyntax and must change nothing."""
    user = scim.new_user(displayName="Before")
    expect.scim_error(scim.patch(scim.path_of(user), PATH_LESS[case]), 400, "invalidSyntax")
    expect.unchanged(scim, user)
    expect.written(scim.patch(scim.path_of(user), replaced("Changed")))


@pytest.mark.parametrize("first", [True, False], ids=["at the end", "at the beginning"])
@requirement(
    "INTEROP-6.5.1.1-04", level="lie", consequence="The server stores half of a change and reports it as rejected."
)
def test_interop_one_operation_without_path_refuses_all(scim: Session, first: bool) -> None:
    """If one operation has no path, PATCH must be rejected as a whole, including its operations with a path."""
    user = scim.new_user(displayName="Before", externalId=scim.name())
    operations = [replaced(scim.name(), "externalId"), PATH_LESS["replace"]]
    answer = scim.patch(scim.path_of(user), *(operations if first else operations[::-1]))
    expect.scim_error(answer, 400)
    expect.unchanged(scim, user)


@pytest.mark.parametrize("case", list(PROHIBITED))
@requirement("INTEROP-6.5.3-01", level="lie", consequence=GUESS)
def test_interop_prohibited_patch_is_told(scim: Session, case: str) -> None:
    """A PATCH that the profile prohibits should be accepted, or be rejected with 400 without any change (warning)."""
    user, answer = _patched(scim, PROHIBITED[case])
    if answer.status == 400:
        expect.scim_error(answer, 400)
        expect.unchanged(scim, user)
    else:
        expect.written(answer)
    scim.note(f"the server {'rejects' if answer.status == 400 else 'accepts'} {case}")


@requirement("INTEROP-6.5.3-02", level="cosmetic", consequence=GUESS)
def test_interop_prohibited_operator_is_called_invalid_syntax(scim: Session) -> None:
    """If a path with an operator other than `eq` is rejected with 400, the scimType must be invalidSyntax."""
    _, answer = _patched(scim, PROHIBITED["an operator but eq"])
    if answer.status == 400:
        expect.scim_error(answer, 400, "invalidSyntax")
    else:
        expect.written(answer)


@requirement(
    "INTEROP-6.5.3-03", level="lie", consequence="Two e-mail addresses of a user are overwritten with the same value."
)
def test_interop_several_matches_are_called_invalid_filter(scim: Session) -> None:
    """If a path filter that matches several elements is rejected with 400, the scimType must be invalidFilter."""
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
    """If a path that ends at the matched element is rejected with 400, the scimType must be invalidPath."""
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
