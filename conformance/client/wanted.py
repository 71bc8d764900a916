"""What a client wanted: the users that it tried to create, change, and delete, whatever the server answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeGuard

from conformance.client.journey import Journey
from conformance.client.sent import Sent, Write, named_value, writes_of


@dataclass
class Wish:
    """The last thing that the client wanted for one user; `active` is None if it never said."""

    name: str
    sent: Sent
    deleted: bool = False
    active: bool | None = None


def wishes(journey: Journey) -> dict[str, Wish]:
    """What the client wanted, by userName in lower case. Users that it cannot be seen to have named are left out."""
    found: dict[str, Wish] = {}
    names = {str(user.get("id")): str(user.get("userName")) for user in journey.seeded}
    at_the_end = names_by_id(journey)
    for sent in journey.sent:
        for write in writes_of(sent):
            if write.endpoint == "Users" and sent.status not in (401, 403):
                _wish(found, write, names.get(write.id) or at_the_end.get(write.id, ""))
        for resource in sent.resources():
            id_, name = str(resource.get("id")), named_value(resource, "userName")
            if isinstance(name, str) and name:
                _renamed(found, names.get(id_, name), name)
                names[id_] = name
    return found


def _wish(found: dict[str, Wish], write: Write, known: str) -> None:
    held = named_value(write.body, "userName") if write.method in ("POST", "PUT") else None
    name = held if isinstance(held, str) and held else known
    if not name:
        return
    wish = found.setdefault(name.lower(), Wish(name, write.sent))
    wish.sent, wish.deleted = write.sent, write.method == "DELETE"
    said = active_in(write)
    wish.active = said if said is not None or write.method == "POST" else wish.active
    if write.method in ("PATCH", "PUT") and write.sent.ok and (new := _new_name(write)):
        _renamed(found, known or name, new)


def _renamed(found: dict[str, Wish], old: str, new: str) -> None:
    """Keep the wish under the new name of the user."""
    if old.lower() != new.lower() and old.lower() in found:
        found[new.lower()] = found.pop(old.lower())
        found[new.lower()].name = new


def names_by_id(journey: Journey) -> dict[str, str]:
    """The latest userName of each id that a reply or the final state shows."""
    resources = [one for sent in journey.sent for one in sent.resources()]
    found: dict[str, str] = {}
    for one in (*journey.users, *resources):
        name = named_value(one, "userName")
        if isinstance(name, str):
            found.setdefault(str(one.get("id")), name)
    return found


def active_in(write: Write) -> bool | None:
    """The value of active that a write carries, also as a string; None if it carries none."""
    said: Any = named_value(write.body, "active") if write.method in ("POST", "PUT") else None
    for operation in write.operations:
        path, value = operation.get("path"), operation.get("value")
        value = value[0].get("value") if _is_wrapped(value) else value
        if isinstance(path, str) and path.lower().rpartition(":")[2] == "active":
            removed = str(operation.get("op")).lower() == "remove"
            said = False if removed else value
        elif not path and isinstance(value, dict) and (held := named_value(value, "active")) is not None:
            said = held
    return {"true": True, "false": False}.get(str(said).lower())


def _is_wrapped(value: Any) -> TypeGuard[list[dict[str, Any]]]:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _new_name(write: Write) -> str:
    """The userName that a change sets; empty if it sets none."""
    if write.method == "PUT":
        new = named_value(write.body, "userName")
        return new if isinstance(new, str) else ""
    for operation in write.operations:
        path, value = operation.get("path"), operation.get("value")
        new = value if isinstance(path, str) and path.lower() == "username" else None
        new = named_value(value, "userName") if not path and isinstance(value, dict) else new
        if isinstance(new, str) and new:
            return new
    return ""
