"""Change one resource by PATCH or PUT in several requests, and judge what a GET and a filter return afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered, Undecided
from conformance.target.client import Answer
from conformance.target.discovery import GROUP_URN, USER_URN
from conformance.target.fields import Fields
from conformance.topics.kept import also_changed, read_only
from conformance.topics.samples import replaced
from conformance.values.any_filter import literal

Json = dict[str, Any]
DOORS = ("PATCH", "PUT")
# The attributes by which providers look up a resource: (resource type, attribute).
KEYS = [("User", "userName"), ("User", "externalId"), ("Group", "displayName"), ("Group", "externalId")]


def needs(scim: Session, type_name: str, *names: str) -> None:
    """Raise NotOffered unless the target's schema has these attributes; externalId is part of every resource."""
    for name in names:
        if name != "externalId":
            scim.target.need_attribute({"User": USER_URN, "Group": GROUP_URN}[type_name], name)


def fresh(scim: Session, name: str) -> str:
    """A new value for an attribute; a userName is an email address, because some servers accept nothing else."""
    return f"{scim.name()}@check.example" if name == "userName" else scim.name()


def changed(scim: Session, resource: Mapping[str, Any], door: str, **values: Any) -> Answer:
    """Change attributes: PATCH sends one `replace` for each, PUT sends the resource as a GET shows it with the new values."""
    path = scim.path_of(resource)
    if door == "PATCH":
        return scim.patch(path, *(replaced(value, name) for name, value in values.items()))
    return scim.put(path, {**sendable(scim, scim.read(resource)), **values})


def sendable(scim: Session, resource: Mapping[str, Any]) -> Json:
    """The resource without the attributes that only the server sets."""
    own = read_only(scim, resource)
    return Fields((name, value) for name, value in resource.items() if name not in own)


def first_change(scim: Session, resource: Mapping[str, Any], door: str, **values: Any) -> Json:
    """The resource after a change that a check needs as setup; raises NotOffered if the server does not apply it."""
    answer = changed(scim, resource, door, **values)
    after = scim.read(resource)
    if answer.status not in (200, 204) or any(after.get(name) != value for name, value in values.items()):
        raise NotOffered(f"changing {', '.join(values)} by {door}")
    return after


def must_work(scim: Session, resource: Mapping[str, Any], answer: Answer, what: str, **values: Any) -> Json:
    """The resource after a change that must succeed and take effect; `what` describes the change in messages."""
    if answer.status == 501:
        raise NotOffered(what)
    if answer.status not in (200, 204):
        detail = f" ({str(answer['detail'])[:160]})" if answer["detail"] else ""
        raise Finding(f"the server rejects {what}", "200 or 204", f"{answer.status}{detail}", level="refusal")
    after = scim.read(resource)
    for name, value in values.items():
        if after.get(name) != value:
            raise Finding(
                f"{name} does not have the new value after {what}",
                json_of(value),
                json_of(after.get(name)),
                level="lie",
            )
    return after


def must_keep(
    scim: Session, before: Mapping[str, Any], after: Mapping[str, Any], what: str, *, apart_from: tuple[str, ...] = ()
) -> None:
    """No other attribute may have changed, except those that the server derives."""
    for name in also_changed(scim, before, after, *apart_from):
        told = json_of(before.get(name))[:200], json_of(after.get(name))[:200]
        raise Finding(f"{what} also changes {name}", *told, level="lie")


def lookup(scim: Session, type_name: str, name: str, value: Any) -> list[Json]:
    """The resources that a filter for this value returns; raises NotOffered if the target rejects the filter."""
    answer = scim.search(f"{name} eq {literal(value)}", scim.target.need_type(type_name))
    if answer.status in (400, 501):
        raise NotOffered(f"a filter on {name}")
    return expect.listing(answer)


def must_find(
    scim: Session, type_name: str, name: str, value: Any, *wanted: Mapping[str, Any], after: str
) -> list[Json]:
    """A lookup must return exactly these resources; `after` describes the preceding change."""
    found = lookup(scim, type_name, name, value)
    ids, expected = (sorted(str(one.get("id")) for one in held) for held in (found, wanted))
    if ids != expected:
        wanted_ids, found_ids = (", ".join(held) or "none" for held in (expected, ids))
        raise Finding(
            f"after {after}, a filter on {name} returns the wrong resources", wanted_ids, found_ids, level="lie"
        )
    return found


def identified(scim: Session, type_name: str, **values: Any) -> Json:
    """A new resource with an externalId and these values, read by GET; raises NotOffered if the target drops any of them."""
    body = scim.body(type_name, **({"externalId": scim.name()} | values))
    made = scim.post(scim.target.need_type(type_name), body)
    if made.status != 201 or not isinstance(made["id"], str):
        raise Undecided(f"setup: POST of a {type_name} returned {made.status} ({str(made['detail'])[:160]})")
    shown = scim.read(made.json)
    if lacking := [name for name in ("externalId", *values) if not shown.get(name)]:
        raise NotOffered(f"storing {', '.join(lacking)} of a {type_name}")
    return shown
