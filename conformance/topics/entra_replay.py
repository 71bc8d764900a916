"""Replays what Entra sends with the headers that were captured of it: no Accept, its own version header, a charset."""

from __future__ import annotations

from typing import Any

from conformance.check_api.session import Session
from conformance.target.client import Answer
from conformance.topics import replay
from simulator.provisioning.request import Request

CONTENT_TYPE = "application/scim+json; charset=utf-8"  # MicrosoftDocs/azure-docs#12728
HEADERS = {"Accept": None, "ADSCIMVersion": "5.0"}  # MicrosoftDocs/azure-docs#94189 and #21660


def send(scim: Session, request: Request) -> Answer:
    """Exactly this request; what it creates is removed afterwards."""
    return replay.send(scim, request, _headers(request))


def created(scim: Session, request: Request) -> dict[str, Any]:
    """The resource of a creation as a GET shows it."""
    return replay.created(scim, request, _headers(request))


def _headers(request: Request) -> dict[str, str | None]:
    return dict(HEADERS) if request.body is None else {**HEADERS, "Content-Type": CONTENT_TYPE}
