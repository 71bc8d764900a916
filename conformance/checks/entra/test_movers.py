"""The requests of Entra ID when users change: several attributes in one PATCH, e-mails by type, managers, roles."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.target.discovery import ENTERPRISE_URN, USER_URN
from conformance.topics.entra_replay import send
from conformance.topics.replay import took_effect
from conformance.topics.samples import address
from simulator.entra import requests
from simulator.entra.requests import Dialect, WireShape
from simulator.mapping.attribute_mapping import AttributeChange

TODAYS = (Dialect.DEFAULT, Dialect.AAD_OPT_SCIM_062020)
DIALECTS = pytest.mark.parametrize("dialect", TODAYS, ids=[d.value for d in TODAYS])
WORK_MAIL = 'emails[type eq "work"].value'


def manager_of(resource: dict[str, Any]) -> Any:
    return (resource.get(ENTERPRISE_URN) or {}).get("manager")


@DIALECTS
@requirement(
    "RFC7644-3.5.2.1-04",
    "RFC7644-3.5.2.3-02",
    level="lie",
    consequence="A user who changes departments keeps the old one.",
)
def test_update_of_several_attributes(scim: Session, dialect: Dialect) -> None:
    """One PATCH of name, work e-mail, and department must store all values, and no path may become an attribute name."""
    scim.target.need_attribute(ENTERPRISE_URN, "department")
    scim.target.need_attribute(USER_URN, "emails.type")
    user, mail = scim.new_user(displayName="Before"), address(scim)
    changes = [
        AttributeChange("displayName", "After", True),
        AttributeChange("name.givenName", "Given", True),
        AttributeChange(WORK_MAIL, mail, False),
        AttributeChange(f"{ENTERPRISE_URN}:department", "Legal", False),
    ]
    answer = send(scim, requests.update_user(user["id"], changes, WireShape(dialect)))
    if took_effect(scim, answer, user, "Entra's update"):
        read = scim.read(user)
        expect.holds(read, displayName="After")
        expect.equal((read.get("name") or {}).get("givenName"), "Given", "name.givenName")
        expect.equal((read.get(ENTERPRISE_URN) or {}).get("department"), "Legal", "department")
        expect.equal(_work(read), [mail], "the work e-mail addresses")
        dotted = [name for name in read if ("." in name or ":" in name) and name not in scim.target.schemas]
        expect.equal([n for n in dotted if n != ENTERPRISE_URN], [], "the paths that were stored as attribute names")


@DIALECTS
@requirement(
    "RFC7644-3.5.2.1-12",
    level="lie",
    consequence="E-mail address, phone number, and postal address never reach the application.",
)
@pytest.mark.parametrize("exists", [False, True], ids=["add", "replace"])
@pytest.mark.parametrize(
    ("path", "value"),
    [
        (WORK_MAIL, ""),
        ('phoneNumbers[type eq "mobile"].value', "+47 22 00 00 00"),
        ('addresses[type eq "work"].locality', "Oslo"),
    ],
    ids=["mail", "phone", "address"],
)
def test_element_that_is_not_there_is_created(
    scim: Session, dialect: Dialect, path: str, value: str, exists: bool
) -> None:
    """A filtered path that matches no element must create one element with that type, even if it is sent twice."""
    name, kind = path.partition("[")[0], path.split('"')[1]
    scim.target.need_attribute(USER_URN, f"{name}.type")
    user, value = scim.new_user(), value or address(scim)
    request = requests.update_user(user["id"], [AttributeChange(path, value, exists)], WireShape(dialect))
    for _ in range(2):
        if took_effect(scim, send(scim, request), user, "Entra's change of an element that does not exist"):
            held = [e for e in scim.read(user).get(name) or () if isinstance(e, dict)]
            found = [(e.get("type"), e.get(path.rpartition(".")[2])) for e in held]
            expect.equal(found, [(kind, value)], f"the types and values of {name}")


@DIALECTS
@requirement("RFC7644-3.5.2.3-07", level="lie", consequence="E-mail still goes to a user's old address.")
def test_change_of_the_work_mail(scim: Session, dialect: Dialect) -> None:
    """`replace emails[type eq "work"].value` must change the work e-mail address and must not add a second one."""
    old, new = address(scim), address(scim)
    user = scim.new_user(emails=[{"type": "work", "primary": True, "value": old}])
    expect.equal(_work(scim.read(user)), [old], "the work e-mail addresses after the create")
    answer = send(scim, requests.update_user(user["id"], [AttributeChange(WORK_MAIL, new, True)], WireShape(dialect)))
    if took_effect(scim, answer, user, "Entra's change of the work e-mail address"):
        mails = [e.get("value") for e in scim.read(user).get("emails") or ()]
        expect.equal(mails, [new], "emails")


@requirement(
    "RFC7644-3.5.2-20",
    level="lie",
    consequence="The user ends up with broken e-mail entries that can no longer be read or changed.",
)
@pytest.mark.parametrize("order", list(permutations(range(3))), ids=lambda order: "".join(map(str, order)))
def test_parts_of_an_element_in_operations_of_their_own(scim: Session, order: tuple[int, ...]) -> None:
    """Adding the primary flag, type, and value of an e-mail in three operations, in any order, must create one e-mail."""
    scim.target.need_attribute(USER_URN, "emails.primary")
    scim.target.need_attribute(USER_URN, "emails.type")
    user, mail = scim.new_user(), address(scim)
    parts = [("primary", "true"), ("type", "work"), ("value", mail)]
    operations = [{"op": "Add", "path": f'emails[type eq "work"].{parts[i][0]}', "value": parts[i][1]} for i in order]
    if took_effect(
        scim, scim.patch(scim.path_of(user), *operations), user, "the addition of an e-mail in three operations"
    ):
        mails = [(e.get("type"), e.get("value")) for e in scim.read(user).get("emails") or ()]
        expect.equal(mails, [("work", mail)], "emails")
        flags = [e.get("primary") for e in scim.read(user).get("emails") or ()]
        if flags not in ([True], [None]):
            raise Finding("the server returns primary as something other than a JSON boolean", "true", json_of(flags))


@DIALECTS
@requirement(
    "RFC7644-3.5.2.3-11",
    level="lie",
    consequence="Approval requests go to the wrong manager.",
    fix='Accept the manager as a bare id, and return it as an object with "value".',
)
@pytest.mark.parametrize("form", ["bare", "object", "value_path", "list"])
def test_manager_in_every_form(scim: Session, dialect: Dialect, form: str) -> None:
    """A manager sent as a bare id, an object, a value path, or a list must be returned as an object with that id."""
    scim.target.need_attribute(ENTERPRISE_URN, "manager")
    manager, user = scim.new_user(), scim.new_user()
    shape = WireShape(dialect, manager_shape=form)
    answer = send(scim, requests.set_manager(user["id"], manager["id"], shape, exists=False))
    if took_effect(scim, answer, user, f"the manager as {form.replace('_', ' ')}"):
        held = manager_of(scim.read(user))
        if not isinstance(held, dict):
            raise Finding("the server does not return the manager as an object", '{"value": …}', json_of(held)[:120])
        expect.equal(held.get("value"), manager["id"], "manager.value")


@DIALECTS
@requirement("RFC7644-3.5.2.2-02", level="lie", consequence="Approval requests still go to the former manager.")
def test_manager_is_removed(scim: Session, dialect: Dialect) -> None:
    """Entra's removal of the manager must remove the manager and keep the other attributes of the extension."""
    scim.target.need_attribute(ENTERPRISE_URN, "manager")
    manager = scim.new_user()
    extension = {"manager": {"value": manager["id"]}, "department": "Stays"}
    user = scim.new_user(**{ENTERPRISE_URN: extension})
    answer = send(scim, requests.remove_manager(user["id"], WireShape(dialect)))
    if took_effect(scim, answer, user, "Entra's removal of the manager"):
        read = scim.read(user)
        expect.equal(manager_of(read) or None, None, "manager")
        expect.equal((read.get(ENTERPRISE_URN) or {}).get("department"), "Stays", "department")


@DIALECTS
@requirement("RFC7644-3.5.2-17", level="lie", consequence="A user's old title or department stays in the application.")
@pytest.mark.parametrize(
    "path", ["title", "displayName", f"{ENTERPRISE_URN}:department", f"{ENTERPRISE_URN}:employeeNumber"]
)
def test_change_of_one_attribute(scim: Session, dialect: Dialect, path: str) -> None:
    """A single attribute must be stored when Entra adds it, and again when Entra replaces it."""
    urn, _, name = path.rpartition(":")
    scim.target.need_attribute(urn or USER_URN, name)
    user = scim.new_user()
    for value, exists in (("Before", False), ("After", True)):
        change = [AttributeChange(path, value, exists)]
        answer = send(scim, requests.update_user(user["id"], change, WireShape(dialect)))
        if took_effect(scim, answer, scim.read(user), f"Entra's change of {name}"):
            read = scim.read(user)
            expect.equal((read.get(urn) or {}).get(name) if urn else read.get(name), value, name)


@requirement(
    "RFC7644-3.5.2.3-07", level="lie", consequence="Role changes never arrive, and users keep their old roles."
)
def test_primary_as_text_in_a_filter(scim: Session) -> None:
    """`replace roles[primary eq "True"].display` must change the primary role, or be rejected with a SCIM error 400."""
    scim.target.need_attribute(USER_URN, "roles.display")
    user = scim.new_user(roles=[{"value": "r1", "display": "Reader", "primary": True}])
    answer = scim.patch(
        scim.path_of(user), {"op": "Replace", "path": 'roles[primary eq "True"].display', "value": "Admin"}
    )
    if answer.status >= 400:
        expect.scim_error(answer, 400)
        expect.unchanged(scim, user)
        return
    displays = [role.get("display") for role in scim.read(user).get("roles") or ()]
    expect.equal(displays, ["Admin"], "the display values of the roles")


def _work(resource: dict[str, Any]) -> list[Any]:
    return [e.get("value") for e in resource.get("emails") or () if isinstance(e, dict) and e.get("type") == "work"]
