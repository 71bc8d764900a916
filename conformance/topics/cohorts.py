"""Cohorts: a few resources of one type that a check creates and lists, the filter that matches them, and their pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.verdict import Finding, NotOffered, Undecided
from conformance.target.client import Answer
from conformance.target.discovery import USER_URN
from conformance.target.fields import Fields

SEARCH_URN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
NAMING = {"User": "userName", "Group": "displayName"}  # the attribute that carries the mark
NO_SEARCH = (403, 404, 405, 501)  # statuses of a server that lacks .search or queries at the root
MOST_PAGES = 30  # more pages by cursor count as endless


@dataclass(frozen=True, slots=True)
class Cohort:
    """`filter` matches exactly `resources`; their names begin with `mark` and end in a, b, c …, in the order of creation."""

    endpoint: str
    resources: list[dict[str, Any]]
    filter: str
    mark: str

    @property
    def ids(self) -> list[str]:
        """The ids in the order of creation."""
        return [str(resource["id"]) for resource in self.resources]


def cohort(
    scim: Session, count: int = 3, type_name: str = "User", each: Callable[[int], dict[str, Any]] | None = None
) -> Cohort:
    """Create users or groups; `each(n)` returns attributes of the n-th. Raises NotOffered if the target cannot filter."""
    scim.target.need("filter")
    mark, naming = scim.name(), NAMING[type_name]
    made = []
    for number in range(count):
        name = f"{mark}.{chr(ord('a') + number)}" + ("@check.example" if type_name == "User" else "")
        made.append(scim.new(type_name, **{naming: name, **(each(number) if each else {})}))
    endpoint = scim.target.need_type(type_name)
    return Cohort(endpoint, made, _filter_for(scim, endpoint, naming, mark, made), mark)


def full_resource(scim: Session, type_name: str) -> dict[str, Any]:
    """A new resource with every attribute that can be written and read; raises Undecided if it cannot be created."""
    unseen = {a.name for a in scim.target.attributes(type_name) if not a.parent and a.mutability == "writeOnly"}
    body = {name: value for name, value in scim.body(type_name, full=True).items() if name not in unseen}
    answer = scim.post(scim.target.need_type(type_name), body)
    if answer.status != 201 or not isinstance(answer.json, dict) or "id" not in answer.json:
        raise Undecided(
            f"setup: POST of a {type_name} with every attribute returned {answer.status} ({str(answer['detail'])[:160]})"
        )
    return Fields(answer.json)


def user_with_password(scim: Session, password: str) -> dict[str, Any]:
    """A new user with a password; raises NotOffered if the server does not accept passwords."""
    scim.target.need_attribute(USER_URN, "password")
    answer = scim.post(scim.users, scim.user_body(password=password))
    if answer.status == 400:
        raise NotOffered("users with a password")
    if answer.status != 201 or not isinstance(answer.json, dict):
        raise Undecided(f"setup: POST of a user with a password returned {answer.status}")
    return Fields(answer.json)


def ids_in(resources: list[dict[str, Any]]) -> list[str]:
    """The ids of listed resources, in their order."""
    return [str(resource.get("id")) for resource in resources]


def page(scim: Session, of: Cohort, **parameters: Any) -> Answer:
    """Request a page of the cohort with these parameters; raises Finding if the response is not a ListResponse."""
    if parameters.keys() & {"startIndex", "count"} and "cursor" not in parameters:
        need_index_pages(scim)
    answer = scim.search(of.filter, of.endpoint, **parameters)
    expect.listing(answer)
    return answer


def search(scim: Session, endpoint: str, **parameters: Any) -> Answer:
    """POST to .search below an endpoint ("" for the root); raises NotOffered if the server lacks it."""
    answer = scim.post(f"{endpoint}/.search", {"schemas": [SEARCH_URN], **parameters})
    if answer.status in NO_SEARCH:
        raise NotOffered(f"POST {endpoint}/.search")
    return answer


def need_index_pages(scim: Session) -> None:
    """Raise NotOffered for a server that supports only cursor-based pagination."""
    pagination = scim.target.config.get("pagination")
    if isinstance(pagination, dict) and pagination.get("index") is False:
        raise NotOffered("pagination.index")


def need_cursors(scim: Session) -> dict[str, Any]:
    """`pagination` of ServiceProviderConfig; raises NotOffered unless its `cursor` is true (RFC 9865 section 4)."""
    pagination = scim.target.config.get("pagination")
    if not isinstance(pagination, dict) or pagination.get("cursor") is not True:
        raise NotOffered("pagination.cursor")
    return pagination


def cursor_rejected(scim: Session, answer: Answer, keyword: str) -> None:
    """The response must be a 4xx with a SCIM error; a status other than 400, or another scimType, is a warning.

    In RFC 9865 2.1, status and scimType are a SHOULD, and RFC 7644 3.12 makes scimType OPTIONAL.
    """
    expect.refused(answer)
    if answer.status != 400 or answer["scimType"] != keyword:
        scim.warn("unexpected status or scimType in a pagination error", f"400 {keyword}", answer.told)


def holds_items_per_page(scim: Session, answer: Answer, count: int | None = None) -> None:
    """itemsPerPage must be the number of resources in the page (RFC 7644 3.4.2); returning `count` instead is a warning."""
    held, length = answer["itemsPerPage"], len(answer["Resources"] or ())
    if held == count and count != length:
        scim.warn("itemsPerPage repeats count instead of the number of resources in the page", str(length), str(held))
    else:
        expect.equal(held, length, "itemsPerPage")


def cursor_pages(scim: Session, of: Cohort, **parameters: Any) -> Iterator[Answer]:
    """All pages, up to the one without nextCursor; raises Finding if they do not end."""
    need_cursors(scim)
    cursor = ""
    for _ in range(MOST_PAGES):
        answer = page(scim, of, cursor=cursor, **parameters)
        yield answer
        if "nextCursor" not in answer.json:
            return
        cursor = str(answer["nextCursor"])
    raise endless()


def endless() -> Finding:
    """The finding of a walk that has not ended after MOST_PAGES pages."""
    return Finding("the pages by cursor do not end", f"at most {MOST_PAGES} pages", "every page has a nextCursor")


def _filter_for(scim: Session, endpoint: str, naming: str, mark: str, made: list[dict[str, Any]]) -> str:
    """A filter for the cohort that this target supports, because checks of lists must not depend on operators."""
    wanted = {str(resource["id"]) for resource in made}
    for text in (f'{naming} sw "{mark}."', " or ".join(f'{naming} eq "{resource[naming]}"' for resource in made)):
        answer = scim.search(text, endpoint)
        listed = (answer["Resources"] if answer.status == 200 else None) or []
        found = {str(item.get("id")) for item in listed if isinstance(item, dict)}
        if found and found <= wanted:
            return text
    raise NotOffered(f"a filter at {endpoint} that matches several resources, with sw or with or")
