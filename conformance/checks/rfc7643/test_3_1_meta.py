"""RFC 7643 section 3.1: meta, with its timestamps, location, and version."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.client import Answer
from conformance.topics.references import url_of
from conformance.topics.samples import replaced

SKEW = timedelta(minutes=10)  # allows for inaccurate clocks, but not for a wrong time zone
CHANGES = 5  # several, because two can fall into the same millisecond
FORGED = {
    "resourceType": "Fake",
    "created": "2000-01-01T00:00:00Z",
    "lastModified": "2000-01-01T00:00:00Z",
    "location": "https://elsewhere.example/Users/1",
    "version": 'W/"scimulator"',
}


@requirement("RFC7643-3.1-16", "RFC7643-3.1-18", "RFC7643-3.1-02", "RFC7644-3.3.1-01")
@for_each_resource_type
def test_meta_is_complete(scim: Session, type_name: str) -> None:
    """meta must have resourceType, created, lastModified, and location."""
    if type_name is None:
        raise NotOffered("a resource type")
    meta = _meta(scim, scim.new(type_name))
    expect.resource_type({"meta": meta}, type_name)
    for name in ("created", "lastModified"):
        expect.moment(meta.get(name), f"meta.{name}")
    if not isinstance(meta.get("location"), str) or not meta["location"]:
        raise Finding("meta.location is missing", "a URI", json_of(meta.get("location")))


@requirement(
    "RFC7643-3.1-17", "RFC7643-3.1-16", level="lie", consequence="Audits rely on timestamps that a client has forged."
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_meta_of_a_client_is_ignored(scim: Session, method: str) -> None:
    """meta in POST and PUT must be ignored."""
    user = scim.new_user(**({"meta": FORGED} if method == "POST" else {}))
    if method == "PUT":
        body = scim.user_body(userName=user["userName"], meta=FORGED)
        expect.status(scim.put(scim.path_of(user), body), 200)
    meta = _meta(scim, user)
    expect.resource_type({"meta": meta}, "User")
    taken = [name for name, value in FORGED.items() if str(meta.get(name))[:10] == value[:10]]
    expect.equal(taken, [], "members of meta that the client has set")


@requirement("RFC7643-3.1-19", "RFC7643-3.1-16", level="lie")
@for_each_resource_type
def test_created_is_the_time_of_the_create(scim: Session, type_name: str) -> None:
    """meta.created must be an xsd:dateTime; a time more than ten minutes from the request is a warning."""
    if type_name is None:
        raise NotOffered("a resource type")
    text = _meta(scim, scim.new(type_name)).get("created")
    if text is None:
        raise NotOffered("meta.created")
    made = expect.moment(text, "meta.created")
    if made.tzinfo is not None and abs(made - datetime.now(UTC)) > SKEW:
        scim.warn(
            "meta.created differs from the time of the request", f"about {datetime.now(UTC):%Y-%m-%dT%H:%M}Z", text
        )


@requirement("RFC7643-3.1-20", level="cosmetic")
@for_each_resource_type
def test_new_resource_was_never_modified(scim: Session, type_name: str) -> None:
    """lastModified of a new resource must equal created; a difference below one second is a warning."""
    if type_name is None:
        raise NotOffered("a resource type")
    created_, modified = _times(_meta(scim, scim.new(type_name)))
    if abs(modified - created_) >= timedelta(seconds=1):
        raise Finding("lastModified of a new resource differs from created", str(created_), str(modified))
    if modified.replace(microsecond=0) != modified and modified != created_:
        scim.warn(
            "created and lastModified of a new resource differ by less than a second", str(created_), str(modified)
        )


@requirement(
    "RFC7643-3.1-21",
    level="lie",
    consequence="A client that asks for resources changed since its last run misses the change.",
)
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_last_modified_moves_with_a_change(scim: Session, method: str) -> None:
    """A change must advance lastModified, unless the server stores whole seconds, and must not change created."""
    user = scim.new_user()
    made, before = _times(_meta(scim, user))
    after = before
    for number in range(CHANGES):
        if method == "PATCH":
            expect.written(scim.patch(scim.path_of(user), replaced(f"Check {number}")))
        else:
            body = scim.user_body(userName=user["userName"], externalId=f"Check {number}")
            expect.status(scim.put(scim.path_of(user), body), 200)
        created_, after = _times(_meta(scim, user))
        expect.equal(created_, made, "meta.created")
        if after > before:
            return
    if after < before or before.microsecond:
        raise Finding("lastModified does not change when the resource changes", f"after {before}", str(after))


@requirement("RFC7643-3.1-22")
@for_each_resource_type
def test_location_leads_to_the_resource(scim: Session, type_name: str) -> None:
    """GET on meta.location must return the resource, and Content-Location, if present, must be the same URL."""
    if type_name is None:
        raise NotOffered("a resource type")
    resource = scim.new(type_name)
    answer = expect.status(scim.get(scim.path_of(resource)), 200)
    location = (answer["meta"] or {}).get("location")
    if not isinstance(location, str):
        raise Finding("meta.location is missing", "a URI", json_of(location))
    if "://" not in location:
        scim.warn("meta.location is not an absolute URI", "the resource's URI", location)
    url = url_of(scim, location)
    if url is None:
        scim.warn("meta.location is not below the base URL", scim.client.base_url, location)
        return
    expect.equal(expect.status(scim.get(url), 200)["id"], resource["id"], "id of the resource at meta.location")
    also = answer.headers.get("content-location")
    if also is not None:
        expect.equal(url_of(scim, also), url, "Content-Location")


@requirement("RFC7643-3.1-23", "RFC7643-3.1-24", level="cosmetic", consequence="Conditional requests never succeed.")
@for_each_resource_type
def test_version_is_the_etag(scim: Session, type_name: str) -> None:
    """meta.version must equal the ETag header, and must be present if the server supports etag."""
    if type_name is None:
        raise NotOffered("a resource type")
    answer = expect.status(scim.get(scim.path_of(scim.new(type_name))), 200)
    version, etag = _version(answer), answer.headers.get("etag")
    if scim.target.offers("etag"):
        expect.present(version is not None, "meta.version of a server that supports etag")
    if version is not None and etag is not None:
        expect.equal(version, etag, "meta.version compared with the ETag header")


@requirement(
    "RFC7643-3.1-26",
    "RFC7643-3.1-27",
    level="lie",
    consequence="One of two concurrent writers silently overwrites the change of the other.",
)
def test_version_is_a_proper_validator(scim: Session) -> None:
    """A weak version must begin with an upper-case `W/`; a strong one must change with every byte of the representation."""
    user = scim.new_user()
    path = scim.path_of(user)
    whole, part = (expect.status(scim.get(path, **q), 200) for q in ({}, {"attributes": "userName"}))
    tags = [tag for tag in (_version(whole), whole.headers.get("etag")) if isinstance(tag, str)]
    if not tags:
        raise NotOffered("versions")
    if any(tag.startswith("w/") for tag in tags):
        raise Finding("a weak version begins with a lower-case w/", "W/", json_of(tags))
    if all(tag.startswith("W/") for tag in tags):
        return
    if (
        whole.headers.get("etag") == part.headers.get("etag")
        and whole.exchange.response_body != part.exchange.response_body
    ):
        raise Finding(
            "two different representations have the same strong version", "W/, or two versions", json_of(tags)
        )
    expect.equal(
        scim.get(path).exchange.response_body,
        whole.exchange.response_body,
        "body of a second GET of the unchanged resource",
    )
    expect.status(scim.put(path, scim.user_body(userName=user["userName"])), 200)
    if _version(scim.get(path)) == _version(whole):
        raise Finding("the version does not change when the resource changes", "another version", json_of(tags))


@requirement(
    "RFC7643-3.1-02", level="refusal", consequence="The provider cannot link the account and creates it again."
)
@for_each_resource_type
def test_create_gets_id_and_meta_from_the_server(scim: Session, type_name: str) -> None:
    """The server must assign id and meta, and return them in the response to POST or at its Location."""
    if type_name is None:
        raise NotOffered("a resource type")
    answer = expect.status(scim.post(scim.target.need_type(type_name), scim.body(type_name)), 201)
    shown: Any = answer.json
    if not isinstance(shown, dict) or "id" not in shown:
        place = answer.headers.get("location")
        url = url_of(scim, place) if place else None
        shown = scim.get(url).json if url else None
        if url:
            scim.remember_url(url)
    if not isinstance(shown, dict) or not shown.get("id") or not isinstance(shown.get("meta"), dict):
        raise Finding(
            "a new resource has no id or no meta", "both, in the response or at Location", json_of(shown)[:160]
        )


def _meta(scim: Session, resource: dict[str, Any]) -> dict[str, Any]:
    held = scim.read(resource).get("meta")
    if not isinstance(held, dict):
        raise Finding("meta is missing", "an object", json_of(held))
    return held


def _times(meta: dict[str, Any]) -> tuple[datetime, datetime]:
    """(created, lastModified); raises NotOffered if either is missing."""
    if meta.get("created") is None or meta.get("lastModified") is None:
        raise NotOffered("meta.created and meta.lastModified")
    made, modified = (expect.moment(meta[name], f"meta.{name}") for name in ("created", "lastModified"))
    return made.replace(tzinfo=made.tzinfo or UTC), modified.replace(tzinfo=modified.tzinfo or UTC)


def _version(answer: Answer) -> Any:
    meta = answer["meta"]
    return meta.get("version") if isinstance(meta, dict) else None
