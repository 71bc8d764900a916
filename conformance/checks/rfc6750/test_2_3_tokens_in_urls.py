"""RFC 6750 section 2.3: the token in the URL, which a server had better not take."""

from __future__ import annotations

from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, Undecided
from conformance.topics.challenges import with_token
from conformance.topics.unrecorded_requests import get_unrecorded

LOGS = "The token stands in the logs of every proxy on the way."


@requirement("RFC6750-2.3-01", "RFC6750-2.3-02", level="lie", consequence=LOGS)
def test_token_in_the_url_is_refused_or_kept_from_caches(scim: Session) -> None:
    """access_token in the query: 401, or an answer that no shared cache keeps."""
    answer = get_unrecorded(scim, scim.users, {}, access_token=with_token(scim))
    if answer.status in (400, 401, 403):
        return
    if answer.status != 200:
        raise Finding("a token in the URL gets another answer", "401", str(answer.status))
    scim.note("a token in the URL is taken")
    control = answer.all("cache-control").lower()
    if "private" not in control and "no-store" not in control:
        raise Finding("an answer to a token in the URL may be cached", "Cache-Control: private", control or "none")


@requirement("RFC6750-3.1-01", level="lie")
def test_two_different_tokens_are_refused_or_the_header_counts(scim: Session) -> None:
    """A token in the header and another in the URL: 400 invalid_request or 401, or the header alone counts."""
    own = with_token(scim)
    wrong_in_url = get_unrecorded(scim, scim.users, {"Authorization": f"Bearer {own}"}, access_token="scimulator-wrong")
    wrong_in_header = get_unrecorded(scim, scim.users, {"Authorization": "Bearer scimulator-wrong"}, access_token=own)
    if wrong_in_header.status == 200:
        raise Finding("the token in the URL counts more than that in the header", "400 or 401", "200")
    if wrong_in_url.status == 200:
        scim.note("of two tokens the one in the header counts")
    elif wrong_in_url.status == 400:
        if "invalid_request" not in wrong_in_url.all("www-authenticate"):
            scim.warn("the challenge does not say what is wrong", 'error="invalid_request"', "another or none")
    elif wrong_in_url.status != 401:
        raise Undecided(f"two tokens at once are answered {wrong_in_url.status}")
