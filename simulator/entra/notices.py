"""The notifications that Entra ID sends about a quarantine: an e-mail and an entry in the audit log (QUAR)."""

from __future__ import annotations

from simulator.provisioning.provider import Notice
from simulator.provisioning.quarantine import Quarantine

SENDER = "azure-noreply@microsoft.com"


def notices(before: Quarantine | None, after: Quarantine | None) -> list[Notice]:
    """An e-mail and an audit log entry when a job is put into quarantine, and again when the reason changes."""
    if after is None or (before is not None and before.reason == after.reason):
        return []
    told = f"The provisioning job is in quarantine ({after.reason}). {after.message}"
    if before is not None:
        told = f"The reason of the quarantine is now {after.reason}. {after.message}"
    return [Notice("e-mail", f"From {SENDER}: {told}"), Notice("audit log", f"Activity: Quarantine. {told}")]
