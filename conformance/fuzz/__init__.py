"""Schemathesis over an OpenAPI document that is made from the target's own discovery."""
