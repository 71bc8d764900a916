"""Tenants: plan and SSO decide who may have a SCIM connection."""

from __future__ import annotations

import pytest

from tests.support import Scim


@pytest.mark.parametrize(
    ("plan", "sso", "missing"),
    [
        ("free", False, "the enterprise plan (this tenant has the free plan) and configured SSO"),
        ("team", True, "the enterprise plan (this tenant has the team plan)"),
        ("enterprise", False, "configured SSO"),
        ("enterprise", True, None),
    ],
)
def test_connection_needs_plan_and_sso(scim: Scim, plan: str, sso: bool, missing: str | None) -> None:
    tenant = scim.admin("POST", "/tenants", {"name": "T", "plan": plan, "sso_configured": sso}).json
    reply = scim.admin("POST", f"/tenants/{tenant['id']}/connections")
    if missing is None:
        assert reply.status == 201
        assert reply.json["token"].startswith("scim_tok_")
    else:
        assert (reply.status, reply.json["error"]) == (403, f"a SCIM connection requires {missing}")
