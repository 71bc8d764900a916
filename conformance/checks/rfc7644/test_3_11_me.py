"""RFC 7644 section 3.11: the alias /Me."""

from __future__ import annotations

from urllib.parse import urljoin

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding


@requirement(
    "RFC7644-3.2-08",
    "RFC7644-3.11-02",
    "RFC7644-3.11-03",
    level="cosmetic",
    consequence="A client cannot tell whether /Me is not implemented or the user does not exist.",
    fix="Return 501 with a SCIM error if /Me is not implemented.",
)
def test_me_is_offered_or_501(scim: Session) -> None:
    """GET /Me must return a resource, redirect to one with 308, or return 501 or 403; 404 is a warning."""
    answer = expect.status(scim.get("/Me"), 200, 308, 501, 404, 403)
    if answer.status == 308:
        location = urljoin(scim.client.base_url + "/", answer.headers.get("location", ""))
        if not location.startswith(scim.client.base_url + "/"):
            raise Finding("/Me redirects to a URL outside the base URL", scim.client.base_url, location)
        answer = expect.status(scim.get(location), 200)
    if answer.status == 200:
        expect.equal(
            isinstance(answer["id"], str) and answer["Resources"] is None,
            True,
            "whether the response is a single resource",
        )
    elif answer.status == 404:
        scim.warn("the server does not implement /Me and returns 404 instead of 501", "501", "404")
    elif answer.status == 501:
        expect.scim_error(answer, 501)
