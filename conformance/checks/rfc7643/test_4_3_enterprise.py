"""RFC 7643 section 4.3: the enterprise extension of users."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import ENTERPRISE_URN
from conformance.topics.references import followed
from conformance.topics.round_trips import accepted, created, enterprise, in_extension, kept_or_refused

TEXTS = ["employeeNumber", "costCenter", "organization", "division", "department"]
TEXT_ROWS = [f"RFC7643-4.3-0{number}" for number in range(2, 7)]
MANAGER = "Entra sends the manager again with every change."


@requirement(
    "RFC7643-4.3-01",
    *TEXT_ROWS,
    level="lie",
    consequence="Values such as the cost center and the department never reach the application.",
)
@pytest.mark.parametrize("name", TEXTS)
def test_enterprise_attribute_is_created_changed_and_removed(scim: Session, name: str) -> None:
    """POST must store enterprise attributes (ignoring them is a warning), and PATCH by full path must replace and remove them."""
    answer = expect.status(scim.post(scim.users, scim.user_body(**enterprise(scim, **{name: "Check 1"}))), 201)
    user = scim.read(expect.created(answer))
    expect.lacks(user, name)
    if in_extension(user).get(name) is None and in_extension(answer.json).get(name) is None:  # RFC 7644 3.3
        scim.warn(f"POST ignores {name}", "Check 1", "no value")
    else:
        expect.equal(in_extension(user).get(name), "Check 1", name)
    path, full = scim.path_of(user), f"{ENTERPRISE_URN}:{name}"
    expect.written(scim.patch(path, {"op": "replace", "path": full, "value": "Check 2"}))
    expect.equal(in_extension(scim.read(user)).get(name), "Check 2", f"{name} after it was replaced")
    expect.written(scim.patch(path, {"op": "remove", "path": full}))
    expect.lacks(in_extension(scim.read(user)), name)


@requirement(
    *TEXT_ROWS, level="lie", consequence="A provider that matches users by employee number creates them again."
)
@pytest.mark.parametrize("name", TEXTS)
def test_enterprise_attribute_is_found_by_its_full_path(scim: Session, name: str) -> None:
    """A filter by the full path of an enterprise attribute must find exactly the matching users; rejecting it is a warning."""
    value = scim.name()
    user = accepted(scim, **enterprise(scim, **{name: value}))
    accepted(scim, **enterprise(scim, **{name: f"not {value}"}))
    expect.chosen(scim, scim.search(f'{ENTERPRISE_URN}:{name} eq "{value}"'), user)


@requirement("RFC7643-4.3-07", "RFC7643-4.3-08", "RFC7643-3.3-05", level="lie", consequence=MANAGER)
def test_manager_comes_back_as_an_object(scim: Session) -> None:
    """manager must be an object with the id of the manager as `value`."""
    manager, _, held = _reporting(scim)
    if not isinstance(held, dict) or held.get("value") != manager["id"]:
        raise Finding(
            "manager is not an object with the id of the manager as value",
            f'{{"value": "{manager["id"]}"}}',
            json_of(held),
        )


@requirement("RFC7643-4.3-09", level="cosmetic")
def test_manager_has_a_reference(scim: Session) -> None:
    """manager.$ref should be present, and GET on it should return the manager (warning)."""
    manager, _, held = _reporting(scim)
    if not isinstance(held, dict):
        raise Finding("manager is not an object", "an object", json_of(held))
    if not isinstance(held.get("$ref"), str):
        raise Finding("manager has no $ref", "the URI of the manager", json_of(held))
    answer = followed(scim, held["$ref"])
    if answer is not None:
        expect.equal(expect.status(answer, 200)["id"], manager["id"], "id of the resource at manager.$ref")


@requirement("RFC7643-4.3-10", level="lie", consequence="The application shows a wrong name for the manager.")
def test_display_name_of_a_manager_is_the_servers(scim: Session) -> None:
    """manager.displayName in POST should be ignored, and in PATCH be ignored or rejected (warning)."""
    _read_only_display_name(scim)
    _, user, held = _reporting(scim, displayName="Fake")
    _not_fake(held, "POST")
    change = {"op": "replace", "path": f"{ENTERPRISE_URN}:manager.displayName", "value": "Fake"}
    answer = scim.patch(scim.path_of(user), change)
    if answer.status >= 300:
        expect.keyword(scim, answer, 400, "mutability")
    _not_fake(in_extension(scim.read(user)).get("manager"), "PATCH")


@requirement("RFC7643-4.3-08", level="lie")
def test_manager_who_does_not_exist_is_stored_or_refused(scim: Session) -> None:
    """A manager with an unknown id should be stored or rejected, not silently dropped (warning)."""
    unknown = scim.unknown()
    body = scim.user_body(**enterprise(scim, manager={"value": unknown}))
    user = kept_or_refused(scim, scim.post(scim.users, body))
    if user is None:
        scim.note("the server rejects managers that do not exist")
        return
    held = in_extension(user).get("manager")
    if not held:
        scim.warn("the server silently drops a manager that does not exist", "the manager, or 400", "201")
    elif not isinstance(held, dict) or held.get("value") != unknown:
        raise Finding("the stored manager differs from the sent one", unknown, json_of(held))


def _reporting(scim: Session, **more: str) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """(manager, report, the report's manager as a GET shows it)."""
    manager = scim.new_user()
    body = scim.user_body(**enterprise(scim, manager={"value": manager["id"], **more}))
    user = created(expect.status(scim.post(scim.users, body), 201))
    return manager, user, in_extension(scim.read(user)).get("manager")


def _read_only_display_name(scim: Session) -> None:
    """Raise NotOffered if the target declares the attribute as writable, because its own declaration counts."""
    declared = scim.target.need_attribute(ENTERPRISE_URN, "manager.displayName")
    if declared.get("mutability", "readOnly") != "readOnly":
        raise NotOffered("a readOnly manager.displayName")


def _not_fake(held: Any, method: str) -> None:
    if isinstance(held, dict) and held.get("displayName") == "Fake":
        raise Finding(
            "the server stores the manager.displayName that a client sent", f"ignored by {method}", json_of(held)
        )
