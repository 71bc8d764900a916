"""Handlers of the forms on the admin pages: each carries out one action and redirects to the page with the result."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reference_server.admin.actions import Actions
from reference_server.admin.guard import BadRequest
from reference_server.admin.signin import Browser
from reference_server.admin.site import Site
from reference_server.service.group_access import GRANTS

NUMBERS = (
    "sync_every_minutes",
    "deactivate_every_minutes",
    "window_start_hour",
    "window_end_hour",
    "brake_users",
    "brake_percent",
)
CHOICES = ("deprovisioning", "brake")
SWITCHES = ("adopt", "personal_data")
MOST_DIGITS = 12  # longer numbers are rejected as text


class Forms:
    """All endpoints below /admin that change something. They accept only POST requests with a valid CSRF token."""

    def __init__(self, site: Site, actions: Actions) -> None:
        self._site = site
        self._actions = actions

    def routes(self) -> list[Route]:
        """The routes, one for each form."""
        table = [
            ("/tenants", self.create_tenant),
            ("/tenants/{tenant}", self.change_tenant),
            ("/tenants/{tenant}/connections", self.create_connection),
            ("/connections/{connection}/rotate", self.rotate),
            ("/connections/{connection}/revoke", self.revoke),
            ("/connections/{connection}/sync", self.sync),
            ("/connections/{connection}/groups", self.groups),
            ("/connections/{connection}/settings", self.settings),
            ("/connections/{connection}/delete", self.delete),
            ("/connections/{connection}/sessions/{session}/end", self.end_session),
        ]
        return [Route(path, self._site.form(handler), methods=["POST"]) for path, handler in table]

    async def create_tenant(self, request: Request, browser: Browser, fields: dict[str, str]) -> Response:
        tenant = await self._actions.create_tenant(
            fields.get("name", "").strip(), fields.get("plan", "free"), "sso_configured" in fields
        )
        return self._site.go("/admin/", browser, message=f"Tenant {tenant.name} created.")

    async def change_tenant(self, request: Request, browser: Browser, fields: dict[str, str]) -> Response:
        tenant = await self._actions.change_tenant(
            request.path_params["tenant"], fields.get("plan", ""), "sso_configured" in fields
        )
        return self._site.go("/admin/", browser, message=f"Tenant {tenant.name} saved.")

    async def create_connection(self, request: Request, browser: Browser, fields: dict[str, str]) -> Response:
        connection, token = await self._actions.create_connection(request.path_params["tenant"])
        return self._site.go(f"/admin/connections/{connection.id}", browser, token=token)

    async def rotate(self, request: Request, browser: Browser, fields: dict[str, str]) -> Response:
        token = await self._actions.rotate(request.path_params["connection"])
        return self._site.go(_home(request), browser, token=token)

    async def revoke(self, request: Request, browser: Browser, fields: dict[str, str]) -> Response:
        await self._actions.revoke(request.path_params["connection"])
        return self._site.go(
            _home(request), browser, message="Token revoked. The provider can no longer push anything."
        )

    async def sync(self, request: Request, browser: Browser, fields: dict[str, str]) -> Response:
        before = await self._actions.start_sync(request.path_params["connection"], force="force" in fields)
        return self._site.go(_home(request), browser, synced_after=before)

    async def groups(self, request: Request, browser: Browser, fields: dict[str, str]) -> Response:
        mappings = _mappings(fields)
        await self._actions.change_connection(request.path_params["connection"], {"group_mappings": mappings or None})
        said = "Mappings saved. They take effect with the next full sync."
        return self._site.go(f"{_home(request)}/groups", browser, message=said)

    async def settings(self, request: Request, browser: Browser, fields: dict[str, str]) -> Response:
        wanted: dict[str, Any] = {name: fields[name] for name in CHOICES if name in fields}
        for name in NUMBERS:
            text = fields.get(name, "").strip()
            wanted[name] = int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else text
        wanted |= {name: name in fields for name in SWITCHES}
        await self._actions.change_connection(request.path_params["connection"], wanted)
        return self._site.go(f"{_home(request)}/settings", browser, message="Settings saved.")

    async def delete(self, request: Request, browser: Browser, fields: dict[str, str]) -> Response:
        if "sure" not in fields:
            raise BadRequest(
                "To delete the connection, select the checkbox to confirm. A deleted connection cannot be restored."
            )
        await self._actions.delete_connection(request.path_params["connection"])
        return self._site.go("/admin/", browser, message="Connection deleted. Its accounts remain as orphans.")

    async def end_session(self, request: Request, browser: Browser, fields: dict[str, str]) -> Response:
        await self._actions.end_session(request.path_params["session"])
        return self._site.go(_home(request) + f"/people/{fields.get('person', '')}", browser, message="Session ended.")


def _home(request: Request) -> str:
    return f"/admin/connections/{request.path_params['connection']}"


def _mappings(fields: dict[str, str]) -> dict[str, dict[str, list[str]]]:
    """The mappings of the form; rows with the same group are merged. Raises BadRequest for a row that is incomplete."""
    mappings: dict[str, dict[str, list[str]]] = {}
    for name, text in fields.items():
        row, group = name.removeprefix("group-"), text.strip()
        if name == row:
            continue
        grants = {kind: _names(fields.get(f"{kind}-{row}", "")) for kind in GRANTS}
        if not group and not any(grants.values()):
            continue
        if not group:
            named = ", ".join(grant for names in grants.values() for grant in names)
            raise BadRequest(f"No group is named for {named}. Enter the name or ID of the group, or clear the row.")
        if not any(grants.values()):
            raise BadRequest(f"The group “{group}” grants nothing. Enter what it grants, or clear the row.")
        held = mappings.setdefault(group, {})
        for kind, names in grants.items():
            if names:
                held[kind] = list(dict.fromkeys([*held.get(kind, ()), *names]))
    return mappings


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
