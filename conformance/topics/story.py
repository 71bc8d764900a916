"""A story: a sequence of steps in the life of one user and one group, each followed by a GET and by lookups.

The steps are data, so that Hypothesis can draw them from a seed and shorten a failing story. A step that is impossible at
its place is skipped, and a deleted resource is created again as soon as a step needs it. `Life` predicts what a GET and a
lookup must return after each step.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conformance.check_api.session import Session
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.client import Answer
from conformance.topics.history import DOORS, changed, lookup, sendable
from conformance.topics.samples import member, members, replaced

Json = dict[str, Any]
Step = tuple[str, str]  # what happens, and through which method
NAMES = 3  # renames rotate between these, so that names are freed and used again
KEYS = ("userName", "externalId", "displayName")
BY_DOOR = (
    "deactivate",
    "reactivate",
    "rename",
    "other case",
    "new externalId",
    "new title",
    "rename group",
    "join",
    "leave",
)
ONCE = ("delete user", "delete group")
STEPS: list[Step] = [(what, door) for what in BY_DOOR for door in DOORS] + [(what, "") for what in ONCE]
# The steps that must precede a step when it is tested alone.
BEFORE: dict[str, list[Step]] = {
    "reactivate": [("deactivate", "PATCH")],
    "leave": [("join", "PATCH")],
}
MOST_TRIES = 40  # attempts to shorten a failing story


class Wrong(Exception):
    """A step, a GET, or a lookup had the wrong result."""

    def __init__(self, what: str, expected: str, got: str) -> None:
        super().__init__(what)
        self.finding = what, expected, got


class Life:
    """One user and one group: their expected state, and the log of the steps so far."""

    def __init__(self, scim: Session) -> None:
        self._scim = scim
        mark = scim.name()
        self._names = [f"{mark}.{number}@check.example" for number in range(NAMES)]
        self._number = 0
        self.taken = 0
        self.told: list[str] = []
        self.user: Json = {"userName": self._names[0], "externalId": f"{mark}-e0", "title": "t0", "active": True}
        self.group: Json = {"displayName": f"{mark} g0"}
        self._mark = mark
        self._is_member: bool | None = False  # None: unknown, because a server may remove inactive users from groups
        self._ids: dict[str, str] = {}  # of resources that exist
        self._former: dict[str, str] = {}  # key → the value that the last step replaced
        self._offers(scim)
        for kind in ("User", "Group"):
            self._create(kind)
            self._keep_stored(kind)

    def run(self, steps: Iterable[Step]) -> None:
        """Carry out the steps; raises Wrong at the first wrong result."""
        self._observe()
        for what, door in steps:
            self.taken += 1
            if self._take(what, door):
                self._observe()

    def _offers(self, scim: Session) -> None:
        """Drop the attributes that the target's schema lacks; raises NotOffered if the target cannot filter."""
        scim.target.need("filter")
        known = {a.name for a in scim.target.attributes("User")} or {"userName", "title", "active"}
        self.user = {name: value for name, value in self.user.items() if name == "externalId" or name in known}

    def _keep_stored(self, kind: str) -> None:
        """Drop the attributes that the target does not store, which other checks report."""
        held, shown = self.user if kind == "User" else self.group, self._scim.read(self._resource(kind))
        for name, value in list(held.items()):
            expected, got = _folded(name, value, shown.get(name))
            if expected != got and name != "userName":
                del held[name]

    # ── steps ──

    def _take(self, what: str, door: str) -> bool:
        """Carry out a step; returns False if it is impossible at this point."""
        self._former = {}
        self._number += 1
        if what in ONCE:
            return self._once(what)
        for kind in ("User", "Group"):
            if kind not in self._ids:
                self._create(kind)
        if what in ("join", "leave"):
            return self._membership(what, door)
        kind = "Group" if what == "rename group" else "User"
        values = self._values(what)
        if not values.keys() <= (self.group if kind == "Group" else self.user).keys():
            return False
        self._tell(f"{door} {kind} {values}", changed(self._scim, self._resource(kind), door, **values), (200, 204))
        self._set(kind, values)
        return True

    def _values(self, what: str) -> Json:
        now = str(self.user["userName"])
        values: dict[str, Json] = {
            "deactivate": {"active": False},
            "reactivate": {"active": True},
            "rename": {"userName": self._names[(self._names.index(now.lower()) + 1) % NAMES]},
            "other case": {"userName": now.upper() if now.lower() == now else now.lower()},
            "new externalId": {"externalId": f"{self._mark}-e{self._number}"},
            "new title": {"title": f"t{self._number}"},
            "rename group": {"displayName": f"{self._mark} g{self._number}"},
        }
        return values[what]

    def _membership(self, what: str, door: str) -> bool:
        group, user = self._resource("Group"), self._resource("User")
        if door == "PUT":
            held = {**sendable(self._scim, self._scim.read(group)), "members": [member(user)] if what == "join" else []}
            answer = self._scim.put(self._scim.path_of(group), held)
        elif what == "join":
            answer = self._scim.patch(self._scim.path_of(group), {**replaced([member(user)], "members"), "op": "add"})
        else:
            path = f'members[value eq "{user["id"]}"]'
            answer = self._scim.patch(self._scim.path_of(group), {"op": "remove", "path": path})
        if what == "leave" and not self._is_member and answer.status == 400:
            return False  # RFC 7644 3.5.2.2 lets a server reject the removal of a value that is not there
        self._tell(f"{door} Group: the user must {what}", answer, (200, 204))
        self._is_member = what == "join"
        return True

    def _once(self, what: str) -> bool:
        kind = what.split()[1].capitalize()
        there = kind in self._ids
        answer = self._scim.delete(self._path(kind))
        self._tell(f"DELETE {kind}{'' if there else ' again'}", answer, (204, 200, 202) if there else (404, 410))
        if there:
            self._ids[f"gone {kind}"] = self._ids.pop(kind)
            self._is_member = False
        return True

    def _create(self, kind: str) -> None:
        held = self.user if kind == "User" else self.group
        answer = self._scim.post(self._scim.target.need_type(kind), self._scim.body(kind, **held))
        self._tell(f"POST {kind} {held}", answer, (201,))
        if str(answer["id"]) in self._ids.values():
            raise Wrong("a new resource has the id of a deleted resource", "a new id", str(answer["id"]))
        self._ids[kind] = str(answer["id"])

    def _tell(self, what: str, answer: Answer, expected: tuple[int, ...]) -> None:
        self.told.append(f"{len(self.told) + 1}. {self.plain(what)} → {answer.status}")
        if answer.status not in expected:
            raise Wrong("the server rejects a valid request", " or ".join(map(str, expected)), str(answer.status))

    def plain(self, words: str) -> str:
        """The text with readable names: without the mark of the run, and with a description in place of each id."""
        for kind, id_ in self._ids.items():
            words = words.replace(id_, f"‹id of the {kind}›")
        return words.replace(self._mark, "…")

    def _set(self, kind: str, values: Json) -> None:
        held = self.user if kind == "User" else self.group
        self._former = {name: held[name] for name in values if name in KEYS}
        held.update(values)
        if values.get("active") is False and self._is_member:
            self._is_member = None

    # ── expected state ──

    def _observe(self) -> None:
        for kind, held in (("User", self.user), ("Group", self.group)):
            answer = self._scim.get(self._path(kind))
            if kind not in self._ids:
                self._must(f"GET of a deleted {kind}", 404, 404 if answer.status == 410 else answer.status)
                continue
            self._must(f"GET of the {kind}", 200, answer.status)
            for name, value in held.items():
                self._must(f"{name} of the {kind}", *_folded(name, value, answer[name]))
            if kind == "Group":
                self._observe_members(members(answer.json))
        self._look_up("User", "userName", self.user["userName"])
        for name, value in self._former.items():
            kind, now = ("Group", self.group) if name == "displayName" else ("User", self.user)
            self._look_up(kind, name, now[name])
            if value.lower() != now[name].lower():
                found = [str(one.get("id")) for one in lookup(self._scim, kind, name, value)]
                self._must(f"a filter on the former {name}", [], found)

    def _observe_members(self, held: list[str]) -> None:
        seen = [id_ for id_ in held if id_ != self._ids.get("gone User")]
        if self._is_member is None:
            self._is_member = bool(seen)
        self._must("the members of the Group", [self._ids["User"]] if self._is_member else [], seen)

    def _look_up(self, kind: str, name: str, value: str) -> None:
        found = lookup(self._scim, kind, name, value)
        self._must(
            f"a filter on {name}", [self._ids[kind]] if kind in self._ids else [], [str(o.get("id")) for o in found]
        )
        for one in found:
            for shown, expected in (self.user if kind == "User" else self.group).items():
                self._must(f"{shown} in a list", *_folded(shown, expected, one.get(shown)))

    def _must(self, what: str, expected: Any, got: Any) -> None:
        if expected != got:
            raise Wrong(f"{what}: unexpected value", json_of(expected)[:160], json_of(got)[:160])

    def _path(self, kind: str) -> str:
        return f"{self._scim.target.need_type(kind)}/{self._ids.get(kind) or self._ids[f'gone {kind}']}"

    def _resource(self, kind: str) -> Json:
        schema = f"urn:ietf:params:scim:schemas:core:2.0:{kind}"
        return {"schemas": [schema], "id": self._ids[kind]}


def _folded(name: str, expected: Any, got: Any) -> tuple[Any, Any]:
    """The values in lower case for userName, which some servers change to lower case; another check judges that."""
    fold = name == "userName" and isinstance(expected, str) and isinstance(got, str)
    return (expected.lower(), got.lower()) if fold else (expected, got)


def possible_steps(scim: Session) -> list[Step]:
    """The steps that work alone on a new user and a new group; other checks report those that do not."""
    found = []
    for step in STEPS:
        if step[1] == "PATCH" and not scim.target.offers("patch"):
            continue
        life = Life(scim)
        try:
            life.run([*BEFORE.get(step[0], []), step])
        except (Wrong, Finding, NotOffered):
            continue
        found.append(step)
    return found


def judged(scim: Session, steps: list[Step]) -> Finding | None:
    """The finding of a failing story, shortened: the wrong result, and the numbered steps that led to it."""
    found = _told(scim, steps)
    if found is None:
        return None
    tries, size = MOST_TRIES, len(found[0]) // 2
    while size and tries:
        at = 0
        while at < len(found[0]) and tries:
            tries -= 1
            shorter = _told(scim, [*found[0][:at], *found[0][at + size :]])
            found, at = (shorter, at) if shorter else (found, at + size)
        size = min(size // 2, len(found[0]) // 2)
    _told(scim, found[0])  # the last requests of the check must be those of the shortest story
    for line in found[2]:
        scim.note(f"story: {line}")
    return found[1]


def _told(scim: Session, steps: list[Step]) -> tuple[list[Step], Finding, list[str]] | None:
    """The steps up to the first that fails, its finding, and the log of the story; None if no step fails."""
    life = Life(scim)
    try:
        life.run(steps)
    except Wrong as wrong:
        what, expected, got = (life.plain(words) for words in wrong.finding)
        finding = Finding(f"{what}, although each step works alone", expected, got, level="lie")
        return steps[: life.taken], finding, life.told
    return None
