"""Resources that one check lists: a few of a type with a mark in common, the filter that chooses them, and their pages."""

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
NO_SEARCH = (403, 404, 405, 501)  # answers of a server without .search or without a query at the root (notes A-19)
MOST_PAGES = 30  # after which a walk by cursor is taken for endless


@dataclass(frozen=True, slots=True)
class Cohort:
    """`filter` chooses exactly `resources`; their names begin with `mark` and end in a, b, c …, in the order of creation."""

    endpoint: str
    resources: list[dict[str, Any]]
    filter: str
    mark: str

    @property
    def ids(self) -> list[str]:
        """In the order of creation."""
        return [str(resource["id"]) for resource in self.resources]


def cohort(
    scim: Session, count: int = 3, type_name: str = "User", each: Callable[[int], dict[str, Any]] | None = None
) -> Cohort:
    """Create users or groups for one check; `each(n)` gives the attributes of the n-th. Raises NotOffered without a filter."""
    scim.target.need("filter")
    mark, naming = scim.name(), NAMING[type_name]
    made = []
    for number in range(count):
        name = f"{mark}.{chr(ord('a') + number)}" + ("@check.example" if type_name == "User" else "")
        made.append(scim.new(type_name, **{naming: name, **(each(number) if each else {})}))
    endpoint = scim.target.need_type(type_name)
    return Cohort(endpoint, made, _filter_for(scim, endpoint, naming, mark, made), mark)


def full_resource(scim: Session, type_name: str) -> dict[str, Any]:
    """A resource with all that can be written and read; raises Undecided when the server would not make it."""
    unseen = {a.name for a in scim.target.attributes(type_name) if not a.parent and a.mutability == "writeOnly"}
    body = {name: value for name, value in scim.body(type_name, full=True).items() if name not in unseen}
    answer = scim.post(scim.target.need_type(type_name), body)
    if answer.status != 201 or not isinstance(answer.json, dict) or "id" not in answer.json:
        raise Undecided(f"set-up: a full {type_name} is answered {answer.status} ({str(answer['detail'])[:160]})")
    return Fields(answer.json)


def user_with_password(scim: Session, password: str) -> dict[str, Any]:
    """A user with a password; raises NotOffered for a server that takes none."""
    scim.target.need_attribute(USER_URN, "password")
    answer = scim.post(scim.users, scim.user_body(password=password))
    if answer.status == 400:
        raise NotOffered("users with a password")
    if answer.status != 201 or not isinstance(answer.json, dict):
        raise Undecided(f"set-up: a user with a password is answered {answer.status}")
    return Fields(answer.json)


def ids_in(resources: list[dict[str, Any]]) -> list[str]:
    """The ids of a listing, in its order."""
    return [str(resource.get("id")) for resource in resources]


def page(scim: Session, of: Cohort, **parameters: Any) -> Answer:
    """The cohort's list with these parameters; raises Finding unless it is a ListResponse."""
    if parameters.keys() & {"startIndex", "count"} and "cursor" not in parameters:
        need_index_pages(scim)
    answer = scim.search(of.filter, of.endpoint, **parameters)
    expect.listing(answer)
    return answer


def search(scim: Session, endpoint: str, **parameters: Any) -> Answer:
    """POST to .search below an endpoint ("" for the root); raises NotOffered where there is none."""
    answer = scim.post(f"{endpoint}/.search", {"schemas": [SEARCH_URN], **parameters})
    if answer.status in NO_SEARCH:
        raise NotOffered(f"POST {endpoint}/.search")
    return answer


def need_index_pages(scim: Session) -> None:
    """Raises NotOffered for a server that pages by cursor only."""
    pagination = scim.target.config.get("pagination")
    if isinstance(pagination, dict) and pagination.get("index") is False:
        raise NotOffered("pagination.index")


def need_cursors(scim: Session) -> dict[str, Any]:
    """`pagination` of the configuration; raises NotOffered unless it says that there are cursors (RFC 9865 section 4)."""
    pagination = scim.target.config.get("pagination")
    if not isinstance(pagination, dict) or pagination.get("cursor") is not True:
        raise NotOffered("pagination.cursor")
    return pagination


def cursor_rejected(scim: Session, answer: Answer, keyword: str) -> None:
    """The answer must be a 4xx in SCIM's form; another status than 400, or another scimType, is a warning.

    RFC 9865 2.1 names status and keyword in a SHOULD, and scimType is OPTIONAL (RFC 7644 3.12).
    """
    expect.refused(answer)
    if answer.status != 400 or answer["scimType"] != keyword:
        scim.warn("the error about paging has another status or scimType", f"400 {keyword}", answer.told)


def holds_items_per_page(scim: Session, answer: Answer, count: int | None = None) -> None:
    """itemsPerPage must be the number of resources in the page (RFC 7644 3.4.2); to repeat `count` is a warning."""
    held, length = answer["itemsPerPage"], len(answer["Resources"] or ())
    if held == count and count != length:
        scim.warn("itemsPerPage echoes count", str(length), str(held))
    else:
        expect.equal(held, length, "itemsPerPage")


def cursor_pages(scim: Session, of: Cohort, **parameters: Any) -> Iterator[Answer]:
    """The pages from the first to the one without nextCursor; raises Finding for a walk that does not end."""
    need_cursors(scim)
    cursor = ""
    for _ in range(MOST_PAGES):
        answer = page(scim, of, cursor=cursor, **parameters)
        yield answer
        if "nextCursor" not in answer.json:
            return
        cursor = str(answer["nextCursor"])
    raise Finding("the walk by cursor does not end", f"at most {MOST_PAGES} pages", "a nextCursor on each")


def _filter_for(scim: Session, endpoint: str, naming: str, mark: str, made: list[dict[str, Any]]) -> str:
    """A filter that this target understands; checks of lists are not about operators."""
    wanted = {str(resource["id"]) for resource in made}
    for text in (f'{naming} sw "{mark}."', " or ".join(f'{naming} eq "{resource[naming]}"' for resource in made)):
        answer = scim.search(text, endpoint)
        listed = (answer["Resources"] if answer.status == 200 else None) or []
        found = {str(item.get("id")) for item in listed if isinstance(item, dict)}
        if found and found <= wanted:
            return text
    raise NotOffered(f"a filter at {endpoint} that chooses several resources, by sw or by or")
