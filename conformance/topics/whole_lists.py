"""Read a whole list of a target page by page, by index or by cursor."""

from __future__ import annotations

from typing import Any

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.client import Answer
from simulator.wording import counted

PAGE = 100
MOST_PAGES = 60  # a check does not read the whole list of a target with more users


def all_ids(scim: Session, endpoint: str) -> list[str]:
    """The ids of a list in its order; raises NotOffered if it is too long, and Finding if the pages do not end."""
    found: list[str] = []
    pagination = scim.target.config.get("pagination")
    following: dict[str, Any] = {"startIndex": 1}
    if isinstance(pagination, dict) and pagination.get("index") is False:
        following = {"cursor": ""}
    for _ in range(MOST_PAGES):
        answer = scim.get(endpoint, count=PAGE, **following)
        items, total = listed(answer), answer["totalResults"]
        if isinstance(total, int) and total > PAGE * MOST_PAGES:
            raise NotOffered(f"a list of at most {PAGE * MOST_PAGES:,} resources")
        found += [str(item.get("id")) for item in items]
        if answer["nextCursor"]:
            following = {"cursor": answer["nextCursor"]}
        elif not items or "cursor" in following or (isinstance(total, int) and len(found) >= total):
            return found
        else:
            following = {"startIndex": len(found) + 1}
    raise Finding("the pages do not end", f"at most {MOST_PAGES} pages", counted(len(found), "entry", "entries"))


def listed(answer: Answer) -> list[dict[str, Any]]:
    """The resources of a page; a page by cursor may omit totalResults (RFC 9865 section 2)."""
    if answer.status == 200 and "cursor=" in answer.exchange.url and answer["totalResults"] is None:
        return [item for item in answer["Resources"] or () if isinstance(item, dict)]
    return expect.listing(answer)
