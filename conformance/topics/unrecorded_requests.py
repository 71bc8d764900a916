"""Requests that must not be recorded, because their URLs or the cookies in the responses could contain the token."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from conformance.check_api.session import Session
from conformance.requirements.verdict import Undecided
from simulator.wire.body import Unusable
from simulator.wire.connections import Reply
from simulator.wire.urls import joined


def get_unrecorded(scim: Session, path: str, headers: Mapping[str, str], **parameters: str) -> Reply:
    """Send a GET without recording it; raises Undecided if there is no response."""
    url = f"{joined(scim.client.base_url, path)}?{urlencode({'count': '1', **parameters})}"
    sent = {"Accept": "application/scim+json", "User-Agent": "scimulator-check", **headers}
    try:
        return scim.client.connections.request("GET", url, sent)
    except (Unusable, OSError, ValueError) as error:
        raise Undecided(f"no response: {type(error).__name__}") from None  # the message of the error contains the URL
