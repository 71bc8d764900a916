"""The provisioning engine that all identity providers share: cycles, order, retries, and quarantine."""
