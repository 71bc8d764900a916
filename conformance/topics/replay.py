"""Replays what a provider sends: exactly its request, judged by the state that an independent GET shows.

A success must have taken effect (else it is a lie), a refusal must have changed nothing (and is told as a refusal).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.verdict import Finding
from conformance.target.client import Answer
from simulator.provisioning.request import Request

SUCCESS = (200, 201, 204)


def send(scim: Session, request: Request, headers: Mapping[str, str | None] | None = None) -> Answer:
    """Exactly this request; what it creates is removed afterwards."""
    if request.method == "PATCH":
        scim.target.need("patch")
    if "filter=" in request.path:
        scim.target.need("filter")
    scim.target.need_type("Group" if request.path.startswith("/Groups") else "User")
    if request.method == "POST":
        return scim.post(request.path, request.body, headers=headers)
    return scim.client.send(request.method, request.path, request.body, headers=headers)


def took_effect(scim: Session, answer: Answer, before: Mapping[str, Any], what: str) -> bool:
    """True after a success; raises the Finding of a refusal once it is sure that the refusal changed nothing."""
    if answer.status in SUCCESS:
        return True
    if answer.status < 400:
        raise Finding(f"{what} is answered in a form that no provider reads", "200 or 204", answer.told)
    expect.unchanged(scim, before)
    raise Finding(f"{what} is refused", "200 or 204", answer.told, level="refusal")


def created(scim: Session, request: Request, headers: Mapping[str, str | None] | None = None) -> dict[str, Any]:
    """The resource of a creation as a GET shows it."""
    answer = send(scim, request, headers)
    if answer.status != 201 or not isinstance(answer.json, dict) or not isinstance(answer.json.get("id"), str):
        raise Finding(f"the {request.operation} is refused", "201 with the resource", answer.told, level="refusal")
    return scim.read(answer.json)
