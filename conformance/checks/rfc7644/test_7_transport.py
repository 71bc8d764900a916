"""RFC 7644 section 7: TLS, secure cookies, and rate limits."""

from __future__ import annotations

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.topics.transport import is_local, is_secure_cookie, speaks_tls_1_2
from simulator.wire.retry_after import delay_seconds

BURST = 12


@requirement(
    "RFC7644-7.2-01",
    "RFC7644-7.2-02",
    "RFC7644-7.4-02",
    level="lie",
    consequence="Anyone on the network path can read the token and then every user's data.",
    fix="Serve only https with TLS 1.2 or later, and mark cookies as Secure.",
)
def test_transport_is_protected(scim: Session) -> None:
    """The base URL must be https and cookies must be Secure; http on a local address is a note."""
    base = scim.client.base_url
    answer = scim.get("/ServiceProviderConfig")
    cookie = answer.headers.get("set-cookie")
    if cookie is not None and not is_secure_cookie(cookie):
        raise Finding("a cookie can be sent without TLS", "Secure", cookie.partition("=")[0])
    if not base.startswith("https://"):
        if not is_local(base):
            raise Finding("the base URL does not use TLS", "https", base)
        scim.note("the base URL uses http on a local address")
    elif speaks_tls_1_2(base) is False:
        scim.note("the server supports TLS 1.3 but not TLS 1.2")


@requirement(
    "RFC7644-7.6-02",
    consequence="An initial cycle never ends, because the client does not know how long to wait.",
    fix="Return 429 with a SCIM error and a Retry-After in whole seconds.",
)
def test_burst_is_served_or_told_to_wait(scim: Session) -> None:
    """A dozen requests in a row should be served or rejected with 429 and a Retry-After in seconds (warning)."""
    for _ in range(BURST):
        answer = scim.client.send("GET", scim.users, parameters={"count": 1}, patient=False)
        expect.status(answer, 200, 429)
        if answer.status == 429:
            wait = answer.headers.get("retry-after", "")
            if delay_seconds(wait) is None:
                raise Finding("the 429 does not say how long to wait", "Retry-After in seconds", wait or "none")
            expect.gateway_error(scim, answer, 429)
            return
