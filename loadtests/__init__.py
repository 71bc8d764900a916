"""Locust scenarios that send what the simulator's Entra would send, and verify the end state."""
