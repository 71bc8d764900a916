"""A few rules of the SCIM interoperability profile that are quick to test; a claim of conformance is measured by them."""

from __future__ import annotations

from collections.abc import Callable

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.verdict import Finding, NotOffered, Undecided
from conformance.topics.discovery_documents import resource_types
from conformance.topics.samples import replaced

UNKNOWN_ATTRIBUTE = "scimulatorUnknown"  # no schema has it
UNKNOWN_URN = "urn:scimulator:check:2.0:Unknown"
Rule = Callable[[Session], None]


def broken_rules(scim: Session) -> list[str]:
    """A message for each rule that the target breaks; rules about features that it does not offer are skipped."""
    broken = []
    for sentence, rule in RULES.items():
        try:
            rule(scim)
        except (NotOffered, Undecided):
            continue
        except Finding as finding:
            broken.append(f"{sentence}: {finding.message} ({finding.got[:80]})")
    return broken


def _ids_are_names(scim: Session) -> None:
    for rtype in resource_types(scim):
        expect.equal(rtype.get("id"), rtype.get("name"), "id of a resource type")


def _unknown_attributes_are_refused(scim: Session) -> None:
    expect.scim_error(scim.post(scim.users, {**scim.user_body(), UNKNOWN_ATTRIBUTE: "x"}), 400, "invalidSyntax")


def _path_less_operations_are_refused(scim: Session) -> None:
    user = scim.new_user()
    answer = scim.patch(scim.path_of(user), {"op": "replace", "value": {"externalId": scim.name()}})
    expect.scim_error(answer, 400, "invalidSyntax")


def _whole_complex_values_are_replaced(scim: Session) -> None:
    user = scim.new_user(name={"givenName": "Goes", "familyName": "Before"})
    expect.written(scim.patch(scim.path_of(user), replaced({"familyName": "After"}, "name")))
    expect.lacks(scim.read(user).get("name") or {}, "givenName")


def _foreign_filters_are_refused(scim: Session) -> None:
    expect.scim_error(scim.search(f'{UNKNOWN_ATTRIBUTE} eq "x"'), 400, "invalidFilter")


def _deleted_users_are_gone(scim: Session) -> None:
    user = scim.new_user()
    expect.status(scim.delete(scim.path_of(user)), 204)
    expect.status(scim.get(scim.path_of(user)), 404)
    expect.status(scim.post(scim.users, scim.user_body(userName=user["userName"])), 201)


def _conflicts_are_told(scim: Session) -> None:
    first, second = scim.new_user(), scim.new_user()
    answer = scim.patch(scim.path_of(second), replaced(first["userName"], "userName"))
    expect.scim_error(answer, 409, "uniqueness")


RULES: dict[str, Rule] = {
    "5.1, the id of a resource type is its name": _ids_are_names,
    "5.3, unknown attributes are rejected": _unknown_attributes_are_refused,
    "6.3, filters on unknown attributes are rejected": _foreign_filters_are_refused,
    "6.5.1.1, PATCH operations without a path are rejected": _path_less_operations_are_refused,
    "6.5.2.1, PATCH replace replaces a whole complex attribute": _whole_complex_values_are_replaced,
    "6.6, deleted users are gone and their userNames can be used again": _deleted_users_are_gone,
    "6.9.1, a conflict in a PATCH gets 409": _conflicts_are_told,
}
