"""A company of people and groups, each made from its number and the seed alone."""
