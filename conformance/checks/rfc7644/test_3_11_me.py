"""RFC 7644 section 3.11: /Me."""

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
    consequence="A client cannot tell a feature that is not built from a person who is not there.",
    fix="Answer 501 in SCIM's form where /Me is not built.",
)
def test_me_is_offered_or_501(scim: Session) -> None:
    """GET /Me gives a resource, leads to one with 308, or is refused 501; 404 and 403 are taken for a refusal."""
    answer = expect.status(scim.get("/Me"), 200, 308, 501, 404, 403)
    if answer.status == 308:
        location = urljoin(scim.client.base_url + "/", answer.headers.get("location", ""))
        if not location.startswith(scim.client.base_url + "/"):
            raise Finding("the redirect leads elsewhere", scim.client.base_url, location)
        answer = expect.status(scim.get(location), 200)
    if answer.status == 200:
        expect.equal(isinstance(answer["id"], str) and answer["Resources"] is None, True, "one resource")
    elif answer.status == 404:
        scim.warn("/Me is not offered, which is told as 404", "501", "404")
    elif answer.status == 501:
        expect.scim_error(answer, 501)
