"""RFC 7644 section 3.14: ETags, and changes that depend on them."""

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
LOST = "Two clients change the same person, and the change of one is gone without a word."
STALE = 'W/"scimulator-stale"'


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@requirement(
    "RFC7644-3.14-01",
    "RFC7644-3.14-02",
    "RFC7644-3.14-03",
    "RFC7643-3.1-23",
    consequence="A client that wants to change safely has nothing to hold on to.",
    fix="Send the version as ETag and as meta.version, the same text in both.",
)
def test_etag_is_the_version(scim: Session, method: str) -> None:
    """The answers to a GET, a create and a replace have an ETag header that equals meta.version."""
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
        raise Finding("the ETag is no entity tag", '"…" or W/"…"', tag)
    if (version := (answer["meta"] or {}).get("version")) is None:
        scim.warn("meta.version is missing", tag, "none")
    else:
        expect.equal(version, tag, "meta.version against ETag")


@requirement(
    "RFC7644-3.14-05",
    consequence="A client that polls loads everything again and again.",
    fix="Compare If-None-Match weakly, and answer 304 without a body.",
)
def test_unchanged_resource_is_304(scim: Session) -> None:
    """If-None-Match with the current tag gives 304 without body; after a change it gives the resource."""
    scim.target.need("etag")
    user = scim.new_user()
    path = scim.path_of(user)
    headers = {"If-None-Match": scim.get(path).headers.get("etag", "")}
    answer = expect.status(scim.client.send("GET", path, headers=headers), 304)
    expect.equal(answer.exchange.response_body, b"", "the body")
    expect.status(scim.put(path, {**user, _text(scim): scim.name()}), 200)
    expect.status(scim.client.send("GET", path, headers=headers), 200)


def _text(scim: Session) -> str:
    """The attribute that is changed: not every server stores externalId."""
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
    fix="Compare If-Match before the change: 412 when it is stale.",
)
def test_stale_if_match_has_no_effect(scim: Session, change: Change) -> None:
    """A change with an old tag is refused 412 and changes nothing."""
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
    consequence="Whoever changes with care cannot change at all.",
    fix="Compare If-Match with the version before the change, not with the one after it.",
)
def test_current_if_match_is_honoured(scim: Session, change: Change) -> None:
    """A change with the current tag works, weak as it may be, and so do * and a list that has it."""
    scim.target.need("etag")
    user, value = scim.new_user(), scim.name()
    tag = scim.get(scim.path_of(user)).headers.get("etag", "")
    answer = change(scim, user, tag, value)
    if answer.status == 412 and tag.startswith("W/"):
        expect.unchanged(scim, user)
        scim.warn("a current weak tag does not match", "200", "412")
        return
    expect.written(answer)
    expect.holds(scim.read(user), **{_text(scim): value})
    now = scim.get(scim.path_of(user)).headers.get("etag", "")
    for other in ("*", f"{STALE}, {now}"):
        if change(scim, user, other, value).status not in (200, 204):
            scim.warn(f"If-Match: {other[:24]} is refused", "200", "a refusal")
            return


@each_change
@requirement(
    "RFC7644-3.14-08",
    level="lie",
    consequence=LOST,
    fix="Compute the version from the stored resource, or count its changes.",
)
def test_version_changes_with_the_resource(scim: Session, change: Change) -> None:
    """The ETag after a change is another one; after a GET it is the same."""
    scim.target.need("etag")
    user = scim.new_user()
    path = scim.path_of(user)
    before, again = (scim.get(path).headers.get("etag") for _ in range(2))
    expect.equal(again, before, "the ETag after a GET")
    expect.status(change(scim, user, "*", scim.name()), 200, 204)
    if scim.get(path).headers.get("etag") == before:
        raise Finding("the ETag is the same after a change", "another one", str(before))


@requirement(
    "RFC7644-3.14-09",
    level="lie",
    consequence="A person is deleted who has just been changed to stay.",
    fix="Compare If-Match in DELETE, too.",
)
def test_delete_honours_if_match(scim: Session) -> None:
    """A DELETE with an old tag deletes nothing; one with the current tag deletes."""
    scim.target.need("etag")
    user = scim.read(scim.new_user())
    path = scim.path_of(user)
    expect.scim_error(scim.delete(path, headers={"If-Match": STALE}), (412, 409))
    expect.unchanged(scim, user)
    answer = scim.delete(path, headers={"If-Match": scim.get(path).headers.get("etag", "")})
    if answer.status == 412:
        scim.warn("a current weak tag does not match", "204", "412")
        return
    expect.status(answer, 204)


@requirement(
    "RFC7644-3.14-07",
    level="lie",
    consequence=LOST,
    fix="Compare and change in one step: a lock, or UPDATE … WHERE version = …",
)
def test_of_two_changes_at_once_one_wins(scim: Session) -> None:
    """Of two PUTs with the same current tag at the same time one works and the other is 412."""
    scim.target.need("etag")
    user = scim.new_user()
    tag = scim.get(scim.path_of(user)).headers.get("etag", "")
    values = [scim.name(), scim.name()]
    with ThreadPoolExecutor(len(values)) as pool:
        answers = list(pool.map(lambda value: _put(scim, user, tag, value), values))
    statuses = [answer.status for answer in answers]
    if statuses == [412, 412] and tag.startswith("W/"):
        scim.warn("a current weak tag does not match", "200 and 412", "412 twice")
        return
    if sorted(statuses) not in ([200, 412], [200, 409]):
        raise Finding("two changes with the same tag", "200 and 412", " and ".join(map(str, statuses)))
    expect.holds(scim.read(user), **{_text(scim): values[statuses.index(200)]})
