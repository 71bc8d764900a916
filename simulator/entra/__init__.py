"""Simulates the provisioning service of Microsoft Entra ID (docs/entra.md)."""
