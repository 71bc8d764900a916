"""Microsoft Entra ID's provisioning service: what it sends, when, and what it makes of the answers (docs/entra.md)."""
