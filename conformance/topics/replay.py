"""Send exactly the requests of a provider, and judge the result by the state that a separate GET shows.

A successful request must have taken effect (level "lie"). A rejected request must not have changed anything, and is
itself reported (level "refusal").
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
    """Send exactly this request; a resource that it creates is deleted after the check."""
    if request.method == "PATCH":
        scim.target.need("patch")
    if "filter=" in request.path:
        scim.target.need("filter")
    scim.target.need_type("Group" if request.path.startswith("/Groups") else "User")
    if request.method == "POST":
        return scim.post(request.path, request.body, headers=headers)
    return scim.client.send(request.method, request.path, request.body, headers=headers)


def took_effect(scim: Session, answer: Answer, before: Mapping[str, Any], what: str) -> bool:
    """True after a success; otherwise raises a Finding, after verifying that the rejected request changed nothing."""
    if answer.status in SUCCESS:
        return True
    if answer.status < 400:
        raise Finding(f"{what}: providers do not understand the status", "200 or 204", answer.told)
    expect.unchanged(scim, before)
    raise Finding(f"the server rejects {what}", "200 or 204", answer.told, level="refusal")


def created(scim: Session, request: Request, headers: Mapping[str, str | None] | None = None) -> dict[str, Any]:
    """The resource that the request created, read by GET."""
    answer = send(scim, request, headers)
    if answer.status != 201 or not isinstance(answer.json, dict) or not isinstance(answer.json.get("id"), str):
        raise Finding(
            f"the server rejects the request ({request.operation})",
            "201 with the resource",
            answer.told,
            level="refusal",
        )
    return scim.read(answer.json)
