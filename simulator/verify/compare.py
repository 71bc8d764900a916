"""Compares what a target holds with what it must hold; pure, one Difference per finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from simulator.verify.expected import ExpectedState, ExpectedUser

ENTERPRISE_URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One finding: kind (missing, unexpected, twice, value, active, manager, members), who, what, expected, found."""

    kind: str
    person: str
    attribute: str
    expected: str
    found: str

    def to_json(self) -> dict[str, str]:
        return asdict(self)


class Comparison:
    """Compares again and again, cheaply: a user whose resource and expectation are both unchanged is not walked again."""

    def __init__(self) -> None:
        self._agreed: dict[str, tuple[ExpectedUser, Resource]] = {}

    def differences(
        self, expected: ExpectedState, users: Sequence[Resource], groups: Sequence[Resource]
    ) -> list[Difference]:
        """All findings over users and groups as they were read."""
        return [*self._users(expected, users), *_groups(expected, groups)]

    def _users(self, expected: ExpectedState, found: Sequence[Resource]) -> list[Difference]:
        result: list[Difference] = []
        seen: set[str] = set()
        names: dict[str, str] = {}
        for resource in found:
            id_ = str(resource.get("id"))
            if id_ in seen:
                result.append(Difference("twice", _name(resource), "id", "once", "twice in the list"))
            seen.add(id_)
            name = str(resource.get("userName", "")).casefold()
            if name in names:
                result.append(Difference("twice", _name(resource), "userName", "unique", f"also {names[name]}"))
            names[name] = id_
            if id_ in expected.users:
                result += self._user(expected.users[id_], id_, resource)
            elif id_ in expected.released:
                if resource.get("active") is not False:
                    person = expected.released[id_]
                    result.append(
                        Difference("active", person, "active", "false: out of scope", _shown(resource, "active"))
                    )
            elif id_ not in expected.foreign:
                result.append(Difference("unexpected", _name(resource), "", "not there", f"user {id_}"))
        result += [Difference("missing", name, "", "provisioned", "not there") for name in expected.unlinked.values()]
        for id_, user in expected.users.items():
            if id_ not in seen:
                result.append(Difference("missing", user.name, "", f"user {id_}", "not there"))
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


def _user_differences(expected: ExpectedUser, resource: Resource) -> list[Difference]:
    findings = []
    for path, value in expected.values.items():
        held = found_at(resource, path)
        same = held == value or (
            isinstance(held, str) and isinstance(value, str) and held.casefold() == value.casefold()
        )
        if not same or isinstance(held, bool) is not isinstance(value, bool):
            kind = "active" if path == "active" else "value"
            findings.append(Difference(kind, expected.name, path, repr(value), repr(held)))
    manager = found_at(resource, f"{ENTERPRISE_URN}:manager")
    held_manager = manager.get("value") if isinstance(manager, dict) else manager
    if held_manager != expected.manager:
        findings.append(Difference("manager", expected.name, "manager", str(expected.manager), str(held_manager)))
    return findings


def _groups(expected: ExpectedState, found: Sequence[Resource]) -> list[Difference]:
    result: list[Difference] = []
    seen: set[str] = set()
    for resource in found:
        id_ = str(resource.get("id"))
        seen.add(id_)
        group = expected.groups.get(id_)
        if group is None:
            if id_ not in expected.foreign:
                result.append(Difference("unexpected", _name(resource), "", "not there", f"group {id_}"))
            continue
        if resource.get("displayName") != group.name:
            shown = _shown(resource, "displayName")
            result.append(Difference("value", group.name, "displayName", repr(group.name), shown))
        listed = resource.get("members")
        members = [str(m.get("value")) for m in listed if isinstance(m, dict)] if isinstance(listed, list) else []
        result += _member_differences(group.name, group.members, members)
    for id_, group in expected.groups.items():
        if id_ not in seen:
            result.append(Difference("missing", group.name, "", f"group {id_}", "not there"))
    return result


def _member_differences(name: str, expected: frozenset[str], members: list[str]) -> list[Difference]:
    held = set(members)
    if len(held) == len(members) and held == expected:
        return []
    findings = [Difference("members", name, "members", id_, "not a member") for id_ in sorted(expected - held)]
    findings += [Difference("members", name, "members", "not a member", id_) for id_ in sorted(held - expected)]
    if len(held) != len(members):
        findings.append(Difference("twice", name, "members", "each once", f"{len(members) - len(held)} listed twice"))
    return findings


def found_at(resource: Resource, path: str) -> Any:
    """The value a target path names in a resource as it was answered, None where there is none."""
    if path.startswith("urn:"):
        urn, _, name = path.rpartition(":")
        home = resource.get(urn)
        return home.get(name) if isinstance(home, dict) else None
    if "[" in path:
        name, _, rest = path.partition('[type eq "')
        kind, _, sub = rest.partition('"].')
        elements = resource.get(name)
        for element in elements if isinstance(elements, list) else ():
            if isinstance(element, dict) and element.get("type") == kind:
                return element.get(sub)
        return None
    name, _, sub = path.partition(".")
    value = resource.get(name)
    return value if not sub else (value.get(sub) if isinstance(value, dict) else None)


def _name(resource: Resource) -> str:
    return str(resource.get("displayName") or resource.get("userName") or resource.get("id"))


def _shown(resource: Resource, name: str) -> str:
    return repr(resource.get(name))
