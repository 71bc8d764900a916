"""Entra ID as a provider: its requests, connection test, error codes, and knobs."""

from __future__ import annotations

from datetime import datetime

from simulator.directory.directory import Directory
from simulator.entra.connection_test import probe
from simulator.entra.default_mapping import default_mapping
from simulator.entra.error_codes import error_code
from simulator.entra.groups import EntraGroups
from simulator.entra.notices import notices
from simulator.entra.references import EntraReferences
from simulator.entra.requests import with_flag
from simulator.entra.settings import EntraSettings
from simulator.entra.users import EntraUsers
from simulator.mapping.synchronization_schema import SynchronizationSchema
from simulator.provisioning.answers import Failed
from simulator.provisioning.context import Context
from simulator.provisioning.provider import Connection, Notice
from simulator.provisioning.quarantine import Quarantine
from simulator.provisioning.request import Request
from simulator.provisioning.turn import Turn


class EntraProvider:
    """Implements `provisioning.provider.Provider`."""

    unjudged: frozenset[str] = frozenset()
    inactive_counts_as_gone = False
    updates_inactive = True
    offers_on_demand = True

    def __init__(
        self, directory: Directory, settings: EntraSettings, *, seed: int, schema: SynchronizationSchema | None = None
    ) -> None:
        schema = schema or SynchronizationSchema(default_mapping("user"), default_mapping("group"))
        shape = settings.shape()
        self.settings = settings
        directory.bin_keeps_memberships = True
        self.context = Context.fresh(directory, settings.of_job(), schema, seed)
        self.context.renames_deleted = settings.soft_delete_renames
        self.users = EntraUsers(self.context, settings, shape)
        self.groups = EntraGroups(self.context, settings, shape)
        self.references = EntraReferences(self.context, settings, shape)
        self._probes = 0

    async def probe(self, turn: Turn) -> None:
        """Run the connection test before a cycle (docs/notes/entra.md 1.1). Raises ConnectionTestFailed."""
        attribute = next((row.target for row in self.context.users.matching), "userName")
        self._probes += await probe(
            turn,
            seed=self.context.seed,
            first=self._probes + 1,
            attribute=attribute,
            users=self.settings.probe_count,
            groups=self.context.provisions_groups,
        )

    def on_wire(self, request: Request) -> Request:
        """Add the feature flag of the tenant URL to the request, depending on the knob (docs/notes/entra.md 1.2)."""
        if not self.settings.append_flag_to_requests:
            return request
        path = with_flag(request.path, self.settings.dialect)
        return Request(request.method, path, request.body, request.operation)

    def report(self, failure: Failed, turn: Turn) -> tuple[str, str]:
        """The error code of the provisioning log, and the reason of the failure."""
        return error_code(failure, bad_request=self.settings.bad_request_code), failure.reason

    def finished(self, turn: Turn) -> None:
        """Nothing to do: Entra does not wait for other requests."""

    def notices(self, before: Quarantine | None, after: Quarantine | None) -> list[Notice]:
        """The e-mail and the audit log entry of a quarantine."""
        return notices(before, after)

    def restarted(self) -> None:
        """Nothing to do: the state of the job contains everything that a restart clears."""

    def next_cycle_at(self, due: datetime) -> datetime:
        return due


def connection(settings: EntraSettings) -> Connection:
    """Entra's HTTP client (docs/entra.md, "Headers")."""
    media_type = "application/scim+json"
    headers: dict[str, str] = {}
    if settings.adscimversion_header != "absent":
        headers["ADSCIMVersion"] = settings.adscimversion_header
    return Connection(
        settings.timeout_seconds,
        f"{media_type}; charset=utf-8" if settings.content_type_charset else media_type,
        headers,
        accept=settings.accept_header == "scim",
    )
