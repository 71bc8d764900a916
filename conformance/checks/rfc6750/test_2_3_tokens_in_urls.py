"""RFC 6750 section 2.3: bearer tokens in the URL, which a server should not accept."""

from __future__ import annotations

from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, Undecided
from conformance.topics.challenges import with_token
from conformance.topics.unrecorded_requests import get_unrecorded

LOGS = "The token ends up in the logs of every proxy between the client and the server."


@requirement("RFC6750-2.3-01", "RFC6750-2.3-02", level="lie", consequence=LOGS)
def test_token_in_the_url_is_refused_or_kept_from_caches(scim: Session) -> None:
    """A token in the query (`access_token`) should be rejected, or the response should not be cacheable (warning)."""
    answer = get_unrecorded(scim, scim.users, {}, access_token=with_token(scim))
    if answer.status in (400, 401, 403):
        return
    if answer.status != 200:
        raise Finding(
            "the server returns an unexpected status for a request with a token in the URL", "401", str(answer.status)
        )
    scim.note("the server accepts a token in the URL")
    control = answer.all("cache-control").lower()
    if "private" not in control and "no-store" not in control:
        raise Finding(
            "shared caches may store the response to a request with a token in the URL",
            "Cache-Control: private",
            control or "none",
        )


@requirement("RFC6750-3.1-01", level="lie")
def test_two_different_tokens_are_refused_or_the_header_counts(scim: Session) -> None:
    """Two different tokens, in the header and in the URL, should be rejected, or the header should decide (warning)."""
    own = with_token(scim)
    wrong_in_url = get_unrecorded(
        scim, scim.users, {"Authorization": f"Bearer {own}"}, access_token="scimulator-wrong-Qz7vXw93KdLm26Rb"
    )
    wrong_in_header = get_unrecorded(
        scim, scim.users, {"Authorization": "Bearer scimulator-wrong-Qz7vXw93KdLm26Rb"}, access_token=own
    )
    if wrong_in_header.status == 200:
        raise Finding(
            "the server accepts a valid token in the URL although the header holds an invalid one", "400 or 401", "200"
        )
    if wrong_in_url.status == 200:
        scim.note("of two tokens, the server uses the one in the header")
    elif wrong_in_url.status == 400:
        if "invalid_request" not in wrong_in_url.all("www-authenticate"):
            scim.warn(
                "the challenge does not have the error code invalid_request",
                'error="invalid_request"',
                "another code or none",
            )
    elif wrong_in_url.status != 401:
        raise Undecided(f"a request with two tokens got the status {wrong_in_url.status}")
