"""Durable tables on TinyDB; knows no SCIM."""
