"""The target: probes before anything is written, and what its discovery documents offer."""

from __future__ import annotations

from typing import Any

from conformance.run.preflight import run_preflight
from conformance.target.client import Client, NoAnswer
from conformance.target.discovery import Target, discover
from live_page.session.playthrough import Playthrough
from live_page.session.problem import Problem
from simulator.wire.urls import BadUrl, http_url

FEATURES = {
    "patch": "PATCH",
    "bulk": "Bulk",
    "filter": "Filters",
    "changePassword": "Change of passwords",
    "sort": "Sorting",
    "etag": "ETags",
    "pagination": "Cursor pagination",
}
SECONDS = 10.0


def check_url(url: str, token: str) -> None:
    """Raise Problem unless these can be the URL and the token of a target."""
    try:
        http_url(url)
    except BadUrl as error:
        raise Problem(f"URL: {error}.", "Enter the base URL, such as https://host/scim/v2.") from None
    if not token:
        raise Problem("The token is missing.", "Enter the bearer token of the target.")


def look_at(play: Playthrough) -> dict[str, Any]:
    """The probes in sentences, and the capabilities. Sends requests, so do not call it on the event loop."""
    target = play.target
    token = target.token if isinstance(target.token, str) else None
    client = Client(target.url.partition("?")[0], token, timeout_s=SECONDS)
    virtual = target.embedded is not None and target.embedded.control_url is not None
    try:
        probes = [
            {
                "name": probe.probe,
                "ok": probe.ok,
                "sentence": probe.sentence,
                "advice": "" if probe.ok else probe.advice,
            }
            for probe in run_preflight(client)
            if not (virtual and probe.probe == "clock")  # it shows virtual time
        ]
        found = discover(client) if all(probe["ok"] for probe in probes[:2]) else Target()
    except NoAnswer as error:
        probes, found = [{"name": "reachable", "ok": False, "sentence": str(error), "advice": ""}], Target()
    return {"probes": probes, "features": _features(found), "types": _types(found)}


def _features(target: Target) -> list[dict[str, Any]]:
    """Every feature of ServiceProviderConfig, with its limits."""
    rows = []
    for name, title in FEATURES.items():
        held = target.config.get(name)
        if isinstance(held, dict):
            limits = ", ".join(f"{key} {value}" for key, value in held.items() if key != "supported")
            rows.append({"name": title, "supported": held.get("supported") is True, "limits": limits})
    return rows


def _types(target: Target) -> list[dict[str, Any]]:
    return [
        {
            "name": str(kind.get("name")),
            "endpoint": str(kind.get("endpoint")),
            "schema": str(kind.get("schema")),
            "extensions": [
                str(one.get("schema")) for one in kind.get("schemaExtensions") or () if isinstance(one, dict)
            ],
            "attributes": sum(attribute.parent is None for attribute in target.attributes(str(kind.get("name")))),
        }
        for kind in target.resource_types
    ]


def admin_url(play: Playthrough) -> str | None:
    """The admin pages of the embedded server."""
    return None if play.target.embedded is None else play.target.embedded.admin_url.removesuffix("/api") + "/"
