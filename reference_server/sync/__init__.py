"""The scheduled sync from the shadow store to the accounts."""
