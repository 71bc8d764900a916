"""Shared by the checks of large sizes: the crowd of the run, groups of its users, and walks through their lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from conformance.check_api import expect
from conformance.check_api.crowd import GROUPS, USERS, Crowd
from conformance.check_api.session import Session
from conformance.requirements.verdict import Finding, NotOffered, Undecided
from conformance.target.client import Answer
from conformance.topics.cohorts import need_index_pages
from conformance.topics.round_trips import elements
from conformance.topics.samples import member

PAGE = 100
MOST_PAGES = 120  # a target that shows fewer than ten users per page is not walked through
PORTION = 100  # members that are added at once where a target rejects all of them

Json = dict[str, Any]
T = TypeVar("T")


def need_crowd(scim: Session) -> Crowd:
    """The crowd of the run; raises NotOffered when there is none."""
    if scim.crowd.absent:
        raise NotOffered(f"{USERS:,} users: {scim.crowd.absent}")
    return scim.crowd


def need_large_group(scim: Session) -> tuple[Crowd, Json]:
    """The crowd and its group of everyone; raises NotOffered when the target has no groups or did not create it."""
    crowd = need_crowd(scim)
    if not crowd.group:
        raise NotOffered(f"a group of {len(crowd.users):,} members")
    return crowd, crowd.group


def need_many_groups(scim: Session) -> tuple[Crowd, Json]:
    """The crowd and its group of everyone; raises NotOffered when the small groups do not exist, either."""
    crowd, group = need_large_group(scim)
    if len(crowd.groups) < GROUPS:
        raise NotOffered(f"{GROUPS} groups")
    return crowd, group


def members_of(ids: Iterable[str]) -> list[Json]:
    """Users as elements of members."""
    return [member({"id": id_}) for id_ in ids]


def new_large_group(scim: Session, ids: Sequence[str]) -> Json:
    """A group of this check with these members; in portions where the target does not accept all of them at once."""
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
    """The group must show exactly these members, each of them once."""
    shown = [str(item.get("value")) for item in elements(resource, "members")]
    missing, strangers = set(ids) - set(shown), set(shown) - set(ids)
    if not missing and not strangers and len(shown) == len(ids):
        return
    told = [f"{len(missing):,} missing"] if missing else []
    told += [f"{len(strangers):,} that must not be there"] if strangers else []
    told += [f"{len(shown) - len(set(shown)):,} repeated"] if len(shown) > len(set(shown)) else []
    raise Finding(
        f"{where} shows other members than the group has", f"{len(ids):,} members", f"{len(shown):,}: {', '.join(told)}"
    )


def by_size(scim: Session, attempt: Callable[[T], None], large: T, small: T) -> None:
    """Judge an attempt of a large size; what fails with a small one as well is left to the check that is about it."""
    known = len(scim.remarks)
    try:
        attempt(large)
    except (NotOffered, Undecided):
        raise
    except Finding:
        if not _works(scim, attempt, small):
            raise NotOffered("what fails with a small size as well") from None
        raise
    if told := scim.remarks[known:]:
        del scim.remarks[known:]
        if not _works(scim, attempt, small):
            raise NotOffered("what is rejected with a small size as well")
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
    """Whether a large request was carried out; a rejection is a warning, and a 5xx is a failure.

    The form of the error is left to the checks of errors.
    """
    if 400 <= answer.status < 500:
        scim.warn(
            f"{what} is rejected, although {source}", "200 or 204", f"{answer.status} {answer['detail'] or ''}".strip()
        )
        return False
    expect.written(answer)
    return True


def walk(scim: Session, endpoint: str, expression: str, wanted: int, **parameters: Any) -> tuple[list[str], set[int]]:
    """The ids over all pages in their order, and every totalResults that a page gave; continues behind what each page holds.

    It ends with an empty page, or when as many as `wanted` and as every page announced were shown.
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
    """A walk must have given each of these ids exactly once, and each page the same total."""
    missing, repeated = set(wanted) - set(shown), len(shown) - len(set(shown))
    if missing or repeated or set(shown) - set(wanted):
        got = f"{len(shown):,} entries, {len(missing):,} missing, {repeated:,} repeated"
        raise Finding("the pages do not give each user once", f"{len(wanted):,} entries", got)
    expect.equal(sorted(totals), [len(wanted)], "totalResults over all pages")
