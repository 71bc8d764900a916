"""Helpers for checks with large data: the crowd of the run, large groups, and reading all pages of a list."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from conformance.check_api import expect
from conformance.check_api.crowd import GROUPS, USERS, Crowd
from conformance.check_api.session import Session
from conformance.requirements.verdict import Finding, NotOffered, Undecided
from conformance.target.client import Answer
from conformance.topics.cohorts import need_index_pages
from conformance.topics.round_trips import elements
from conformance.topics.samples import member
from simulator.wording import counted

PAGE = 100
MOST_PAGES = 120  # a check gives up on a target that returns fewer than ten users per page
PORTION = 100  # members per request if a target rejects all of them at once

Json = dict[str, Any]
T = TypeVar("T")


def need_crowd(scim: Session) -> Crowd:
    """The crowd of the run; raises NotOffered if there is none."""
    if scim.crowd.absent:
        raise NotOffered(f"{USERS:,} users: {scim.crowd.absent}")
    return scim.crowd


def need_large_group(scim: Session) -> tuple[Crowd, Json]:
    """The crowd and the group of all its users; raises NotOffered if the target did not create the group."""
    crowd = need_crowd(scim)
    if not crowd.group:
        raise NotOffered(f"a group of {len(crowd.users):,} members")
    return crowd, crowd.group


def need_many_groups(scim: Session) -> tuple[Crowd, Json]:
    """The crowd and the group of all its users; raises NotOffered if the crowd lacks the many small groups, too."""
    crowd, group = need_large_group(scim)
    if len(crowd.groups) < GROUPS:
        raise NotOffered(f"{GROUPS} groups")
    return crowd, group


def shown_groups(user: Mapping[str, Any], wanted: Collection[str]) -> set[str]:
    """Those of the groups that the user shows. The user can also be a member of other checks' groups, which do not count."""
    return {str(item.get("value")) for item in elements(user, "groups")}.intersection(wanted)


def members_of(ids: Iterable[str]) -> list[Json]:
    """Users as elements of members."""
    return [member({"id": id_}) for id_ in ids]


def new_large_group(scim: Session, ids: Sequence[str]) -> Json:
    """A new group with these members, added in portions if the target does not accept all of them at once."""
    body = scim.group_body(members=members_of(ids))
    answer = scim.post(scim.groups, body)
    if answer.status == 201:
        return expect.created(answer)
    group = scim.new_group(displayName=body["displayName"])
    for start in range(0, len(ids), PORTION):
        portion = members_of(ids[start : start + PORTION])
        expect.written(scim.patch(scim.path_of(group), {"op": "add", "path": "members", "value": portion}))
    return group


def has_members(resource: Mapping[str, Any], ids: Sequence[str], where: str) -> None:
    """The group must show each of these members exactly once, and no others."""
    shown = [str(item.get("value")) for item in elements(resource, "members")]
    missing, strangers = set(ids) - set(shown), set(shown) - set(ids)
    if not missing and not strangers and len(shown) == len(ids):
        return
    told = [f"{len(missing):,} missing"] if missing else []
    told += [f"{len(strangers):,} unexpected"] if strangers else []
    told += [f"{len(shown) - len(set(shown)):,} repeated"] if len(shown) > len(set(shown)) else []
    raise Finding(
        f"{where} does not show the members of the group",
        counted(len(ids), "member"),
        f"{len(shown):,}: {', '.join(told)}",
    )


def by_size(scim: Session, attempt: Callable[[T], None], large: T, small: T) -> None:
    """Judge `attempt` with large data; raises NotOffered if it fails with small data as well, which other checks report."""
    known = len(scim.remarks)
    try:
        attempt(large)
    except (NotOffered, Undecided):
        raise
    except Finding:
        if not _works(scim, attempt, small):
            raise NotOffered("large amounts of data, because the request fails with little data as well") from None
        raise
    if told := scim.remarks[known:]:
        del scim.remarks[known:]
        if not _works(scim, attempt, small):
            raise NotOffered("large amounts of data, because the server rejects the request with little data as well")
        scim.remarks += told


def _works(scim: Session, attempt: Callable[[T], None], small: T) -> bool:
    known = len(scim.remarks)
    try:
        attempt(small)
    except Finding:
        return False
    finally:
        told = scim.remarks[known:]
        del scim.remarks[known:]
    return not told


def accepted_or_rejected(scim: Session, answer: Answer, what: str, source: str) -> bool:
    """Whether a large request succeeded; a rejection is a warning, and a 5xx is a failure.

    Other checks judge the error body.
    """
    if 400 <= answer.status < 500:
        scim.warn(
            f"the server rejects {what}, although {source}",
            "200 or 204",
            f"{answer.status} {answer['detail'] or ''}".strip(),
        )
        return False
    expect.written(answer)
    return True


def walk(scim: Session, endpoint: str, expression: str, wanted: int, **parameters: Any) -> tuple[list[str], set[int]]:
    """The ids across all pages in their order, and the values of totalResults. Each page starts after the last resource.

    Reading stops at an empty page, or after as many resources as `wanted` and every totalResults say.
    """
    need_index_pages(scim)
    shown: list[str] = []
    totals: set[int] = set()
    for _ in range(MOST_PAGES):
        answer = scim.search(expression, endpoint, startIndex=len(shown) + 1, **parameters)
        items = expect.listing(answer)
        totals.add(answer["totalResults"])
        shown += [str(item.get("id")) for item in items]
        if not items or len(shown) >= max(wanted, *totals):
            return shown, totals
    raise NotOffered(f"{wanted:,} resources in {MOST_PAGES} pages")


def each_once(shown: Sequence[str], wanted: Sequence[str], totals: set[int]) -> None:
    """All pages together must have shown each of these ids exactly once, each with the same totalResults."""
    missing, repeated = set(wanted) - set(shown), len(shown) - len(set(shown))
    if missing or repeated or set(shown) - set(wanted):
        got = f"{counted(len(shown), 'entry', 'entries')}, {len(missing):,} missing, {repeated:,} repeated"
        raise Finding("the pages do not list each user exactly once", f"{len(wanted):,} entries", got)
    expect.equal(sorted(totals), [len(wanted)], "totalResults across all pages")
