"""Shadow → accounts, on the clock."""
