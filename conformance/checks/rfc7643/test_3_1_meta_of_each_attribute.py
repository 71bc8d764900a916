"""RFC 7643 section 3.1: a change of any attribute changes meta.lastModified and meta.version."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import Attribute
from conformance.topics.one_attribute import (
    body_with,
    can_change,
    different,
    fitting,
    is_required,
    is_same,
    made,
    value_of,
)
from conformance.topics.write_forms import write

Json = dict[str, Any]
TICK_S = 1.05  # a server that stores whole seconds shows another time after this
ROUNDS = ("replaced", "added", "removed")


@requirement(
    "RFC7643-3.1-21",
    "RFC7644-3.14-08",
    level="lie",
    consequence="A client that asks for resources changed since its last run misses the change, such as a removed member.",
    fix="Set lastModified and the version in the function that stores a resource, including its members and extensions.",
)
@for_each_resource_type
def test_meta_moves_with_each_attribute(scim: Session, type_name: str | None) -> None:
    """meta.lastModified and meta.version must change when any attribute changes, including members and extensions."""
    changing = _resources(scim, type_name)
    before = {path: scim.read(resource) for path, (_, resource) in changing.items()}
    unmoved: dict[str, list[str]] = {"lastModified": [], "version": []}
    for change in ROUNDS:
        _let_the_clock_tick(before)
        for path, (attribute, resource) in list(changing.items()):
            if not _changed(scim, change, attribute, resource, before[path]):
                continue
            after = scim.read(resource)
            if is_same(attribute, value_of(attribute, before[path]), value_of(attribute, after)):
                continue  # other checks report that the change was lost
            for name in _unmoved(scim, before[path], after):
                unmoved[name].append(f"{path} is {change}")
            before[path] = after
    if unmoved["lastModified"] and _clock_stands_still(scim, type_name, before):
        unmoved["lastModified"].clear()  # a test server may use a fixed clock
    findings = [
        Finding(
            f"meta.{name} does not change when {type_name} changes", "another value", f"the same after: {told(places)}"
        )
        for name, places in unmoved.items()
        if places
    ]
    if findings:
        scim.remarks += findings[1:]
        raise findings[0]


def told(places: list[str]) -> str:
    return ", ".join(places[:8]) + (f" and {len(places) - 8} more" if len(places) > 8 else "")


def _resources(scim: Session, type_name: str | None) -> dict[str, tuple[Attribute, Json]]:
    """For each attribute by its path, the attribute and a new resource that has it."""
    found: dict[str, tuple[Attribute, Json]] = {}
    for attribute in scim.target.attributes(str(type_name)):
        if can_change(attribute):
            try:
                body = body_with(scim, attribute, fitting(scim, attribute))
                found[attribute.path] = attribute, made(scim, attribute.resource_type, body)
            except NotOffered:
                continue
    if not found:
        raise NotOffered(f"a changeable attribute of {type_name}")
    return found


def _changed(scim: Session, change: str, attribute: Attribute, resource: Json, before: Json) -> bool:
    """Whether the change succeeded; changes that the target rejects or does not support are skipped."""
    form = {"replaced": "PATCH replace", "added": "PATCH add", "removed": "PATCH remove"}[change]
    removable = not is_required(attribute) and attribute.name != "active"
    if (change == "added" and not attribute.multi_valued) or (change == "removed" and not removable):
        return False
    try:
        value = None if change == "removed" else different(scim, attribute, value_of(attribute, before))
        return write(scim, form if scim.target.offers("patch") else "PUT", attribute, value, resource).succeeded
    except NotOffered:
        return False


def _let_the_clock_tick(resources: dict[str, Json]) -> None:
    """Wait if the target stores whole seconds, because a change within the same second shows the same time."""
    times = [_time(resource) for resource in resources.values()]
    if times and not any(moment.microsecond for moment in times if moment is not None):
        time.sleep(TICK_S)


def _clock_stands_still(scim: Session, type_name: str | None, resources: dict[str, Json]) -> bool:
    """Whether a resource that is created now has the same time as those created before all changes."""
    newest = _moment(scim.new(str(type_name)), "created")
    return newest is not None and any(_moment(resource, "created") == newest for resource in resources.values())


def _unmoved(scim: Session, before: Json, after: Json) -> list[str]:
    """The names of timestamps and versions in meta that are not newer than before."""
    was, is_ = _time(before), _time(after)
    found = ["lastModified"] if was is not None and is_ is not None and is_ <= was else []
    versions = [(resource.get("meta") or {}).get("version") for resource in (before, after)]
    if scim.target.offers("etag") and versions[0] is not None and versions[0] == versions[1]:
        found.append("version")
    return found


def _time(resource: Json) -> datetime | None:
    return _moment(resource, "lastModified")


def _moment(resource: Json, name: str) -> datetime | None:
    meta = resource.get("meta")
    text = meta.get(name) if isinstance(meta, dict) else None
    return None if text is None else expect.moment(text, f"meta.{name}")
