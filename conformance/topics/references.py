"""Create references between resources, and follow them (RFC 7643 section 2.3.7)."""

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
    """A new reference, as (the element with `$ref`, the id it refers to); raises NotOffered if no `$ref` is returned."""
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
    """Whether a GET at its own endpoint returns the referenced resource."""
    endpoint = scim.groups if kind in ("groups", "nested members") else scim.users
    return scim.get(f"{endpoint}/{id_}").status == 200


def url_of(scim: Session, reference: str) -> str | None:
    """The absolute URL of a reference; None if it is not below the base URL, because the token must not be sent elsewhere.

    A relative reference is resolved against the base URL. One with a leading slash may also start at the host.
    """
    base = scim.client.base_url
    root, place = urlsplit(base), urlsplit(reference)
    if place.scheme or place.netloc:
        if not place.path.startswith(root.path.rstrip("/") + "/"):
            return None
        if (place.scheme, place.netloc) != (root.scheme, root.netloc):
            scim.warn("the host in a reference differs from the host in the base URL", base, reference)
        return f"{root.scheme}://{root.netloc}{place.path}"
    if reference.startswith("/") and not reference.startswith(root.path.rstrip("/") + "/"):
        return base + reference
    resolved = urljoin(base + "/", reference)
    return resolved if resolved.startswith(base + "/") else None


def followed(scim: Session, reference: str) -> Answer | None:
    """The response to a GET on a reference; None if it is not below the base URL."""
    url = url_of(scim, reference)
    if url is None:
        scim.warn("a reference points outside the base URL", scim.client.base_url, reference)
        return None
    return scim.get(url)
