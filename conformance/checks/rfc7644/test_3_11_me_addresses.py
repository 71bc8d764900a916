"""RFC 7644 section 3.11: where /Me leads, and writes to a /Me that there is not.

Writes to a /Me that works are never tried: they would change or delete the account that the run itself uses.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import pytest

from conformance.check_api import expect
from conformance.check_api.session import PATCH_URN, Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.topics.samples import replaced


@requirement(
    "RFC7644-3.11-05",
    consequence="A client that remembers the address of /Me works on whoever is logged in next.",
    fix="Send the resource's own URI as Location and meta.location, not /Me.",
)
def test_me_names_its_permanent_location(scim: Session) -> None:
    """Where GET /Me is 200, Location is the resource's own URI, the same as meta.location, and leads to it."""
    answer = scim.get("/Me")
    if answer.status != 200 or not answer["id"]:  # an answer without an id is no resource, so there is no /Me
        raise NotOffered("/Me")
    location = answer.headers.get("location")
    if not location or location.rstrip("/").lower().endswith("/me"):
        raise Finding("/Me does not say where its resource lives", "Location with the resource's URI", repr(location))
    expect.equal((answer["meta"] or {}).get("location"), location, "meta.location against Location")
    resolved = urljoin(scim.client.base_url + "/", location)
    if not resolved.startswith(scim.client.base_url + "/"):
        scim.warn("Location of /Me is at another host", scim.client.base_url, location)
        return
    expect.equal(expect.status(scim.get(resolved), 200)["id"], answer["id"], "the id behind Location")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@requirement(
    "RFC7644-3.11-02",
    level="cosmetic",
    consequence="A client takes an alias for supported that leads nowhere.",
    fix="Answer 501 to every method at /Me.",
)
def test_me_that_is_not_offered_takes_no_writes(scim: Session, method: str) -> None:
    """Where GET /Me is refused 501 or 404, the writes are refused as well."""
    if scim.get("/Me").status not in (404, 501):
        raise NotOffered("writes to a /Me that is somebody")
    bodies: dict[str, Any] = {"DELETE": None, "PATCH": {"schemas": [PATCH_URN], "Operations": [replaced("Changed")]}}
    answer = scim.client.send(method, "/Me", bodies[method] if method in bodies else scim.user_body())
    scim.remember(answer)
    expect.gateway_error(scim, answer, 501, 404, 405, 403)
