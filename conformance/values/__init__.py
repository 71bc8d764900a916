"""Fitting values, resources, filters and PATCHes for whatever schema a target publishes."""
