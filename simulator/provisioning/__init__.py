"""The provisioning engine that every identity provider shares: cycles, order, retries, quarantine."""
