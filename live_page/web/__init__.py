"""The web application: sign-in with a one-time key, JSON endpoints, and messages about changes."""
