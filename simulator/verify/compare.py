"""Compares the actual with the expected state of a target. Each deviation is one Difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from simulator.mapping.expressions.roles import is_held_as_json
from simulator.mapping.target_path import ENTERPRISE_URN, value_at
from simulator.mapping.values import is_missing, is_same
from simulator.stream.events import DifferenceFacts, DifferenceKind
from simulator.verify.expected import ExpectedGroup, ExpectedState, ExpectedUser
from simulator.wording import counted

Resource = Mapping[str, Any]
SEVERITY = {kind: rank for rank, kind in enumerate(get_args(DifferenceKind))}
MOST_IDS = 5  # member ids listed in one difference


@dataclass(frozen=True, slots=True)
class Difference:
    """One deviation: its kind, person or group, attribute, expected value, and actual value."""

    kind: DifferenceKind
    person: str
    attribute: str
    expected: str
    found: str
    object_id: str = ""  # object id in the directory

    @property
    def shows_access(self) -> bool:
        """Whether a user is active in the target who should be inactive or deleted."""
        if self.kind == "unexpected":
            return self.found.startswith("user ")
        return self.kind == "active" and not self.expected.startswith("True")

    def facts(self) -> DifferenceFacts:
        """This difference in the format of the stream."""
        return {
            "kind": self.kind,
            "person": self.person,
            "attribute": self.attribute,
            "expected": self.expected,
            "found": self.found,
            "object_id": self.object_id,
        }


def worst_first(differences: Iterable[Difference]) -> list[Difference]:
    """The differences by severity: access first, then missing resources, then single values. The sort is stable."""
    return sorted(differences, key=lambda one: SEVERITY[one.kind])


class Comparison:
    """Compares repeatedly at low cost: a user is skipped if neither the resource nor the expected state changed."""

    def __init__(self) -> None:
        self._agreed: dict[str, tuple[ExpectedUser, Resource]] = {}

    def differences(
        self, expected: ExpectedState, users: Sequence[Resource] | None, groups: Sequence[Resource] | None
    ) -> list[Difference]:
        """The differences of all users and groups that were read. None: they were not read."""
        of_users = [] if users is None else self._users(expected, users)
        return of_users + ([] if groups is None else _groups(expected, groups))

    def of_touched(self, expected: ExpectedState, found: Mapping[tuple[str, str], Resource | None]) -> list[Difference]:
        """The differences of single resources, given by ("user" or "group", target id). None: the target does not have it."""
        result: list[Difference] = []
        for (kind, id_), resource in found.items():
            known: ExpectedUser | ExpectedGroup | None
            known = expected.users.get(id_) if kind == "user" else expected.groups.get(id_)
            if resource is None:
                if known is not None or id_ in expected.released:
                    name = known.name if known else expected.released[id_]
                    result.append(Difference("missing", name, "", f"{kind} {id_}", "no resource"))
            elif isinstance(known, ExpectedUser):
                result += self._user(known, id_, resource)
            elif isinstance(known, ExpectedGroup):
                result += _group_differences(known, resource)
            elif id_ in expected.released:
                result += _released(expected.released[id_], resource)
            elif id_ not in expected.foreign:
                result.append(Difference("unexpected", _name(resource), "", "no resource", f"{kind} {id_}"))
        return result

    def _users(self, expected: ExpectedState, found: Sequence[Resource]) -> list[Difference]:
        result: list[Difference] = []
        seen: set[str] = set()
        names: dict[str, str] = {}
        for resource in found:
            id_ = str(resource.get("id"))
            if id_ in seen:
                result.append(Difference("twice", _name(resource), "id", "listed once", "listed twice"))
            seen.add(id_)
            name = str(resource.get("userName", "")).casefold()
            if name in names:
                result.append(Difference("twice", _name(resource), "userName", "unique", f"also {names[name]}"))
            names[name] = id_
            if id_ in expected.users:
                result += self._user(expected.users[id_], id_, resource)
            elif id_ in expected.released:
                result += _released(expected.released[id_], resource)
            elif id_ not in expected.foreign:
                result.append(Difference("unexpected", _name(resource), "", "no resource", f"user {id_}"))
        result += unlinked_users(expected)
        for id_, user in expected.users.items():
            if id_ not in seen:
                result.append(Difference("missing", user.name, "", f"user {id_}", "no resource", user.object_id))
        return result

    def _user(self, expected: ExpectedUser, id_: str, resource: Resource) -> list[Difference]:
        agreed = self._agreed.get(id_)
        if agreed is not None and agreed[0] is expected and (agreed[1] is resource or agreed[1] == resource):
            self._agreed[id_] = (expected, resource)
            return []
        findings = list(_user_differences(expected, resource))
        if not findings:
            self._agreed[id_] = (expected, resource)
        return findings


def unlinked_users(expected: ExpectedState) -> list[Difference]:
    """A finding for each user who is in scope and was not provisioned."""
    return [
        Difference("missing", name, "", "provisioned", "no resource", object_id)
        for object_id, name in expected.unlinked.items()
    ]


def _user_differences(expected: ExpectedUser, resource: Resource) -> list[Difference]:
    findings = []
    for path, value in expected.values.items():
        held = value_at(resource, path)
        if not _agrees(value, held) and not is_held_as_json(resource.get("roles"), value):
            kind: DifferenceKind = "active" if path == "active" else "value"
            findings.append(Difference(kind, expected.name, path, repr(value), repr(held), expected.object_id))
    manager = value_at(resource, f"{ENTERPRISE_URN}:manager")
    held_manager = manager.get("value") if isinstance(manager, dict) else manager
    if held_manager != expected.manager:
        findings.append(
            Difference(
                "manager", expected.name, "manager", str(expected.manager), str(held_manager), expected.object_id
            )
        )
    return findings


def _agrees(wanted: Any, held: Any) -> bool:
    """Compare strings case-insensitively. A multi-valued attribute must contain every expected value."""
    if isinstance(wanted, list):
        return not is_missing(wanted, held)
    return is_same(wanted, held)


def _groups(expected: ExpectedState, found: Sequence[Resource]) -> list[Difference]:
    result: list[Difference] = []
    seen: set[str] = set()
    for resource in found:
        id_ = str(resource.get("id"))
        seen.add(id_)
        group = expected.groups.get(id_)
        if group is None:
            if id_ not in expected.foreign:
                result.append(Difference("unexpected", _name(resource), "", "no resource", f"group {id_}"))
            continue
        result += _group_differences(group, resource)
    for id_, group in expected.groups.items():
        if id_ not in seen:
            result.append(Difference("missing", group.name, "", f"group {id_}", "no resource", group.object_id))
    return result


def _group_differences(group: ExpectedGroup, resource: Resource) -> list[Difference]:
    result = []
    for path, value in group.values.items():
        held = value_at(resource, path)
        if not _agrees(value, held):
            result.append(Difference("value", group.name, path, repr(value), repr(held), group.object_id))
    listed = resource.get("members")
    members = [str(m.get("value")) for m in listed if isinstance(m, dict)] if isinstance(listed, list) else []
    return result + _member_differences(group, members)


def _released(person: str, resource: Resource) -> list[Difference]:
    if resource.get("active") is False:
        return []
    return [Difference("active", person, "active", "false (out of scope)", _shown(resource, "active"))]


def _member_differences(group: ExpectedGroup, members: list[str]) -> list[Difference]:
    name, expected, whose = group.name, group.members, group.object_id
    held = set(members)
    distinct = len(held)
    if group.possible:
        held, expected = held - group.possible, expected - group.possible
    if distinct == len(members) and held == expected:
        return []
    findings = []
    if held != expected:
        wrong = [f"{len(expected - held)} of {counted(len(expected), 'member')} missing: {_some(expected - held)}"] * (
            not held >= expected
        )
        wrong += [f"{len(held - expected)} unexpected: {_some(held - expected)}"] * (not held <= expected)
        found = f"{counted(len(held), 'member')}, {'; '.join(wrong)}"
        findings.append(Difference("members", name, "members", counted(len(expected), "member"), found, whose))
    if distinct != len(members):
        findings.append(
            Difference(
                "twice",
                name,
                "members",
                "no duplicates",
                counted(len(members) - distinct, "duplicate"),
                whose,
            )
        )
    return findings


def _some(ids: Iterable[str]) -> str:
    """The first ids, and the number of further ones."""
    listed = sorted(ids)
    more = len(listed) - MOST_IDS
    return ", ".join(listed[:MOST_IDS]) + (f" and {more} more" if more > 0 else "")


def _name(resource: Resource) -> str:
    return str(resource.get("displayName") or resource.get("userName") or resource.get("id"))


def _shown(resource: Resource, name: str) -> str:
    return repr(resource.get(name))
