"""RFC 7644 section 3.14: ETags and conditional changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.target.client import Answer
from conformance.topics.one_attribute import text_of
from conformance.topics.samples import replaced

ENTITY_TAG = re.compile(r'(W/)?"[\x21\x23-\x7e\x80-\xff]*"')
LOST = "Two clients change the same user, and one of the changes is silently lost."
STALE = 'W/"scimulator-stale"'


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@requirement(
    "RFC7644-3.14-01",
    "RFC7644-3.14-02",
    "RFC7644-3.14-03",
    "RFC7643-3.1-23",
    consequence="A client has no version to send with If-Match, so it cannot prevent lost updates.",
    fix="Send the same version string as ETag and as meta.version.",
)
def test_etag_is_the_version(scim: Session, method: str) -> None:
    """GET, POST, and PUT must return an ETag that equals meta.version; no meta.version is a warning."""
    scim.target.need("etag")
    if method == "POST":
        answer = expect.status(scim.post(scim.users, scim.user_body()), 201)
    else:
        user = scim.new_user()
        path = scim.path_of(user)
        answer = expect.status(scim.get(path) if method == "GET" else scim.put(path, user), 200)
    tag = answer.headers.get("etag")
    if not tag:
        raise Finding("the ETag header is missing", "an entity tag", "none")
    if not ENTITY_TAG.fullmatch(tag):
        raise Finding("the ETag is not a valid entity tag", '"…" or W/"…"', tag)
    if (version := (answer["meta"] or {}).get("version")) is None:
        scim.warn("meta.version is missing", tag, "none")
    else:
        expect.equal(version, tag, "meta.version compared with the ETag")


@requirement(
    "RFC7644-3.14-05",
    consequence="A client that polls downloads every resource again and again.",
    fix="Compare If-None-Match with weak comparison, and return 304 without a body.",
)
def test_unchanged_resource_is_304(scim: Session) -> None:
    """If-None-Match with the current tag must return 304 without a body, and after a change the resource."""
    scim.target.need("etag")
    user = scim.new_user()
    path = scim.path_of(user)
    headers = {"If-None-Match": scim.get(path).headers.get("etag", "")}
    answer = expect.status(scim.client.send("GET", path, headers=headers), 304)
    expect.equal(answer.exchange.response_body, b"", "the body of the 304")
    expect.status(scim.put(path, {**user, _text(scim): scim.name()}), 200)
    expect.status(scim.client.send("GET", path, headers=headers), 200)


def _text(scim: Session) -> str:
    """The attribute that is changed. It is not always externalId, because some servers do not store that."""
    return text_of(scim, "User").name


def _put(scim: Session, user: dict[str, Any], tag: str, value: str) -> Answer:
    return scim.put(scim.path_of(user), {**user, _text(scim): value}, headers={"If-Match": tag})


def _patch(scim: Session, user: dict[str, Any], tag: str, value: str) -> Answer:
    return scim.patch(scim.path_of(user), replaced(value, _text(scim)), headers={"If-Match": tag})


Change = Callable[[Session, dict[str, Any], str, str], Answer]
each_change = pytest.mark.parametrize("change", [_put, _patch], ids=["PUT", "PATCH"])


@each_change
@requirement(
    "RFC7644-3.14-07",
    "RFC7644-3.12-12",
    level="lie",
    consequence=LOST,
    fix="Compare If-Match before the change, and return 412 if it is outdated.",
)
def test_stale_if_match_has_no_effect(scim: Session, change: Change) -> None:
    """PUT and PATCH with an outdated If-Match must be rejected with 412 and must change nothing."""
    scim.target.need("etag")
    user = scim.new_user()
    stale = scim.get(scim.path_of(user)).headers.get("etag", "")
    value = scim.name()
    expect.status(scim.put(scim.path_of(user), {**user, _text(scim): value}), 200)
    expect.scim_error(change(scim, user, stale, "Lost"), (412, 409))
    expect.holds(scim.read(user), **{_text(scim): value})


@each_change
@requirement(
    "RFC7644-3.14-07",
    consequence="Clients that protect against lost updates cannot change anything.",
    fix="Compare If-Match with the version before the change, not with the version after it.",
)
def test_current_if_match_is_honoured(scim: Session, change: Change) -> None:
    """PUT and PATCH with the current If-Match must succeed; rejecting *, a list, or a weak tag is a warning."""
    scim.target.need("etag")
    user, value = scim.new_user(), scim.name()
    tag = scim.get(scim.path_of(user)).headers.get("etag", "")
    answer = change(scim, user, tag, value)
    if answer.status == 412 and tag.startswith("W/"):
        expect.unchanged(scim, user)
        scim.warn("the current weak tag does not match", "200", "412")
        return
    expect.written(answer)
    expect.holds(scim.read(user), **{_text(scim): value})
    now = scim.get(scim.path_of(user)).headers.get("etag", "")
    for other in ("*", f"{STALE}, {now}"):
        if change(scim, user, other, value).status not in (200, 204):
            scim.warn(f"a change with If-Match: {other[:24]} is rejected", "200", "an error")
            return


@each_change
@requirement(
    "RFC7644-3.14-08",
    level="lie",
    consequence=LOST,
    fix="Compute the version from the stored resource, or count its changes.",
)
def test_version_changes_with_the_resource(scim: Session, change: Change) -> None:
    """The ETag must change with the resource, and must stay the same after a GET."""
    scim.target.need("etag")
    user = scim.new_user()
    path = scim.path_of(user)
    before, again = (scim.get(path).headers.get("etag") for _ in range(2))
    expect.equal(again, before, "the ETag after a GET")
    expect.status(change(scim, user, "*", scim.name()), 200, 204)
    if scim.get(path).headers.get("etag") == before:
        raise Finding("the ETag does not change with the resource", "a different ETag", str(before))


@requirement(
    "RFC7644-3.14-09",
    level="lie",
    consequence="A user is deleted although another client has just changed it, for example to keep the account.",
    fix="Compare If-Match in DELETE as well.",
)
def test_delete_honours_if_match(scim: Session) -> None:
    """DELETE with an outdated If-Match must delete nothing, and with the current one it must delete the resource."""
    scim.target.need("etag")
    user = scim.read(scim.new_user())
    path = scim.path_of(user)
    expect.scim_error(scim.delete(path, headers={"If-Match": STALE}), (412, 409))
    expect.unchanged(scim, user)
    answer = scim.delete(path, headers={"If-Match": scim.get(path).headers.get("etag", "")})
    if answer.status == 412:
        scim.warn("the current weak tag does not match", "204", "412")
        return
    expect.status(answer, 204)


@requirement(
    "RFC7644-3.14-07",
    level="lie",
    consequence=LOST,
    fix="Compare the version and write in one atomic step: use a lock, or UPDATE … WHERE version = …",
)
def test_of_two_changes_at_once_one_wins(scim: Session) -> None:
    """Of two concurrent PUTs with the same current If-Match, one must succeed and the other must fail with 412."""
    scim.target.need("etag")
    user = scim.new_user()
    tag = scim.get(scim.path_of(user)).headers.get("etag", "")
    values = [scim.name(), scim.name()]
    with ThreadPoolExecutor(len(values)) as pool:
        answers = list(pool.map(lambda value: _put(scim, user, tag, value), values))
    statuses = [answer.status for answer in answers]
    if statuses == [412, 412] and tag.startswith("W/"):
        scim.warn("the current weak tag does not match", "200 and 412", "412 twice")
        return
    if sorted(statuses) not in ([200, 412], [200, 409]):
        raise Finding(
            "two concurrent changes with the same tag do not return 200 and 412",
            "200 and 412",
            " and ".join(map(str, statuses)),
        )
    expect.holds(scim.read(user), **{_text(scim): values[statuses.index(200)]})
