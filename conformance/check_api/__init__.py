"""The API that checks are written with: the session, the assertions, and the generated cases."""
