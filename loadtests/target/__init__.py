"""The server under load: opened, read back, and cleaned up."""
