"""References between resources: made for a check, and followed as RFC 7643 2.3.7 says."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin, urlsplit

from conformance.check_api.session import Session
from conformance.requirements.verdict import NotOffered
from conformance.target.client import Answer
from conformance.target.discovery import USER_URN
from conformance.topics.round_trips import elements, enterprise, in_extension

KINDS = ["members", "nested members", "groups", "manager"]


def reference(scim: Session, kind: str) -> tuple[dict[str, Any], str]:
    """(the element that refers, the id it refers to) of a new resource; NotOffered where no $ref is shown."""
    other = scim.new_user()
    if kind == "manager":
        held = in_extension(scim.read(scim.new_user(**enterprise(scim, manager={"value": other["id"]})))).get("manager")
        found, id_ = [held] if isinstance(held, dict) else [], str(other["id"])
    elif kind == "nested members":
        inner = scim.new_group()
        answer = scim.post(scim.groups, scim.group_body(members=[{"value": inner["id"]}]))
        if answer.status != 201 or not isinstance(answer.json, dict):
            raise NotOffered("groups as members of groups")
        found, id_ = elements(scim.read(answer.json), "members"), str(inner["id"])
    else:
        if kind == "groups":
            scim.target.need_attribute(USER_URN, "groups")
        group = scim.new_group(members=[{"value": other["id"]}])
        shown, id_ = (group, other["id"]) if kind == "members" else (other, group["id"])
        found = elements(scim.read(shown), kind)
    if not found or not isinstance(found[0].get("$ref"), str):
        raise NotOffered(f"{kind}.$ref")
    return found[0], str(id_)


def is_readable(scim: Session, kind: str, id_: str) -> bool:
    """Whether the resource that a reference of this kind names can be read at its own endpoint."""
    endpoint = scim.groups if kind in ("groups", "nested members") else scim.users
    return scim.get(f"{endpoint}/{id_}").status == 200


def url_of(scim: Session, reference: str) -> str | None:
    """The URL below the base URL; None for one elsewhere, to which the token is not sent.

    A relative one starts at the service root; one with a leading slash is read both ways (A-41).
    """
    base = scim.client.base_url
    root, place = urlsplit(base), urlsplit(reference)
    if place.scheme or place.netloc:
        if not place.path.startswith(root.path.rstrip("/") + "/"):
            return None
        if (place.scheme, place.netloc) != (root.scheme, root.netloc):
            scim.warn("a reference names another host than the base URL", base, reference)
        return f"{root.scheme}://{root.netloc}{place.path}"
    if reference.startswith("/") and not reference.startswith(root.path.rstrip("/") + "/"):
        return base + reference
    resolved = urljoin(base + "/", reference)
    return resolved if resolved.startswith(base + "/") else None


def followed(scim: Session, reference: str) -> Answer | None:
    """The answer behind a reference; None for one outside the target."""
    url = url_of(scim, reference)
    if url is None:
        scim.warn("a reference leads outside the target", scim.client.base_url, reference)
        return None
    return scim.get(url)
