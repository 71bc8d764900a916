"""RFC 7644 section 3.11: the location of /Me, and writes to /Me on servers that do not implement it.

These checks never write to a working /Me, because that would change or delete the account that the run itself uses.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import pytest

from conformance.check_api import expect
from conformance.check_api.session import PATCH_URN, Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.topics.samples import replaced


@requirement(
    "RFC7644-3.11-05",
    consequence="A client that stores the URI of /Me later reads and changes the account of another user.",
    fix="Send the permanent URI of the resource, not /Me, in Location and meta.location.",
)
def test_me_names_its_permanent_location(scim: Session) -> None:
    """If GET /Me returns 200, Location must be the permanent URI of that resource and must equal meta.location."""
    answer = scim.get("/Me")
    if (
        answer.status != 200 or not answer["id"]
    ):  # a response without an id is not a resource, so the server does not offer /Me
        raise NotOffered("/Me")
    location = answer.headers.get("location")
    if not location or location.rstrip("/").lower().endswith("/me"):
        raise Finding(
            "/Me does not return the permanent URI of its resource",
            "Location with the URI of the resource",
            json_of(location),
        )
    expect.equal((answer["meta"] or {}).get("location"), location, "meta.location compared with Location")
    resolved = urljoin(scim.client.base_url + "/", location)
    if not resolved.startswith(scim.client.base_url + "/"):
        scim.warn("the Location of /Me is on a different host", scim.client.base_url, location)
        return
    expect.equal(expect.status(scim.get(resolved), 200)["id"], answer["id"], "the id of the resource at Location")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@requirement(
    "RFC7644-3.11-02",
    level="cosmetic",
    consequence="A client assumes that /Me is supported although it is not.",
    fix="Return 501 for every HTTP method on /Me.",
)
def test_me_that_is_not_offered_takes_no_writes(scim: Session, method: str) -> None:
    """If GET /Me returns 404 or 501, writes to /Me should be rejected as well (warning)."""
    if scim.get("/Me").status not in (404, 501):
        raise NotOffered("a server that does not implement /Me")
    bodies: dict[str, Any] = {"DELETE": None, "PATCH": {"schemas": [PATCH_URN], "Operations": [replaced("Changed")]}}
    answer = scim.client.send(method, "/Me", bodies[method] if method in bodies else scim.user_body())
    scim.remember(answer)
    expect.gateway_error(scim, answer, 501, 404, 405, 403)
